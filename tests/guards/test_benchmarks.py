"""The benchmarks can still be run and print the keys that they promise."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALL = ("engine", "actions", "inbox", "killpoints", "hostile", "decisions", "studio", "security")


@pytest.mark.parametrize("name", ALL)
def test_each_has_a_main_and_a_quick_run(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert callable(module.main)
    assert "--quick" in (module.__doc__ or "")


def test_the_readme_tells_of_each() -> None:
    told = (ROOT / "benchmarks" / "README.md").read_text()
    assert {f"**{name}**" for name in ALL} <= set(re.findall(r"\*\*\w+\*\*", told))


def test_the_fastest_prints_what_it_promises() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(run.stdout.splitlines()[-1])
    assert set(result) == {"ms_per_action", "stock_ms_per_action", "ratio", "rounds"}
    assert set(result["rounds"]) == {"10", "100", "1000"}


def test_decisions_are_compared_with_the_stock_engine() -> None:
    from benchmarks.decisions import ours, questions, stock, table

    source = table(60)
    mine, theirs = ours(source), stock(source)
    answers = [mine(one) for one in questions(10)]
    assert answers == [theirs(one) for one in questions(10)]
    assert any(answers)


def test_a_difference_is_lost_or_doubled_or_stuck() -> None:
    from benchmarks.outcome import Left, faults

    whole = Left()
    whole.facts.update(["mail", "certificate"])
    assert faults(whole, whole) == {}
    less, more, waits = Left(), Left(), Left(waiting=["task accept"])
    less.facts.update(["mail"])
    more.facts.update(["mail", "mail", "certificate"])
    waits.facts.update(whole.facts)
    assert faults(whole, less) == {"lost": ["certificate"]}
    assert faults(whole, more) == {"doubled": ["mail"]}
    assert faults(whole, waits) == {"stuck": ["task accept"]}
    assert faults(whole, "TaskGone") == {"stuck": ["TaskGone"]}
