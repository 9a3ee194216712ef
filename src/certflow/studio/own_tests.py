"""A process's own tests as publishing looks at them: what came of each, and why not (H4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from certflow.core.db import Session
from certflow.core.text import NOTHING, Text, joined
from certflow.studio import running_tests, scenarios


@dataclass(frozen=True)
class OwnTest:
    """What came of one of a process's tests; `said` tells why it did not pass."""

    name: str
    title: Text
    passed: bool
    said: Text = NOTHING


def run(session: Session, key: str, content: Mapping[str, Any]) -> list[OwnTest]:
    """Run every test that a bundle carries, now."""
    neighbours = running_tests.neighbours(session, key)
    return [_told(one) for one in scenarios.run(key, content, neighbours).results]


def remembered(session: Session, key: str, content: Mapping[str, Any]) -> list[OwnTest]:
    """Return the same for a page: a test that ran against the very same before is not run again."""
    neighbours = running_tests.neighbours(session, key)
    found = running_tests.results(key, content, neighbours, run=True)
    return [_told(one) for one in found.values() if one is not None]


def _told(one: scenarios.Result) -> OwnTest:
    return OwnTest(one.name, one.title, one.passed, NOTHING if one.passed else joined(one.why))
