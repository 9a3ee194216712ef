"""Whoever reads the audit trail reads words, not codes (catalogue I2)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import certflow
from certflow.web.admin.action_words import ACTIONS

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
RECORDS = re.compile(r"_?record")


def recorded(source: str) -> Iterator[str]:
    """Yield the actions that a module writes into the trail, as far as they stand there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and RECORDS.fullmatch(_name(node.func)):
            for given in node.args:
                if isinstance(given, ast.Constant) and ACTION.fullmatch(str(given.value)):
                    yield str(given.value)


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_every_action_of_the_trail_has_words() -> None:
    sources = [path.read_text() for path in Path(certflow.__path__[0]).rglob("*.py")]
    found = {one for text in sources if "audit" in text for one in recorded(text)}
    assert len(found) > 80
    assert found - set(ACTIONS) == set()
