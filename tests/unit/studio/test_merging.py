"""Two people change one part: what they did at different places goes together, the rest is asked."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "factories" / "merging.mjs"
COLLIDES = "collides"


def merged(*given: list[Any]) -> list[Any]:
    """Return each base, mine and theirs (and which side is preferred) put together."""
    done = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(given), capture_output=True, check=True, text=True
    )
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "both"),
    [
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 3}}, {"a": {"x": 3, "y": 2}}),
        ({"a": 1}, {"a": 1, "new": 2}, {}, {"new": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}, {"a": 2}),
        ("<x/>", "<mine/>", "<x/>", "<mine/>"),
        ({"a": 1}, {"a": 2}, {"a": 3}, COLLIDES),
        ({"a": 1}, {"a": 2}, {}, COLLIDES),
        ({"l": [1]}, {"l": [1, 2]}, {"l": [1, 3]}, COLLIDES),
        ("<x/>", "<mine/>", "<theirs/>", COLLIDES),
    ],
)
def test_changes_at_different_places_go_together(base, mine, theirs, both) -> None:
    assert merged([base, mine, theirs]) == [both]


def test_a_side_that_is_preferred_wins_only_where_they_contradict() -> None:
    base = {"a": 1, "b": 1, "c": 1, "gone": 1}
    mine, theirs = {"a": 2, "b": 2, "c": 1, "gone": 2}, {"a": 3, "b": 1, "c": 3}
    assert merged([base, mine, theirs, "mine"], [base, mine, theirs, "theirs"]) == [
        {"a": 2, "b": 2, "c": 3, "gone": 2},
        {"a": 3, "b": 2, "c": 3},
    ]
