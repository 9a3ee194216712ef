"""The condition builder's two questions: what can be known here, is this condition right (H1)."""

from typing import Any

from flask import request

from certflow.core.access import allow
from certflow.core.db import db
from certflow.core.text import Text
from certflow.studio import drafts
from certflow.studio.called import ends_in_force
from certflow.studio.conditions import objection
from certflow.studio.variables import Value, Variable, known_at
from certflow.web.edge import locale
from certflow.web.studio.area import EDIT, LOOK, blueprint

_TYPES = {"text", "number", "boolean", "date", "list", "rows", "record", "any"}


@blueprint.get("/<key>/draft/variables")
@allow(LOOK)
def variables(key: str) -> dict[str, Any]:
    """Return the variables that can be known at `element` (an element or flow; "" for all)."""
    found = _known(key, request.args.get("element", ""))
    return {"variables": [_shown(one) for one in found]}


@blueprint.post("/<key>/draft/condition")
@allow(EDIT)
def condition(key: str) -> dict[str, Any]:
    """Say what is wrong with a condition.

    Sent: `text` and `element`, or `known`: the variables of a form, which is not saved yet.
    """
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    own = given.get("known")
    known = _read(own) if isinstance(own, list) else _known(key, str(given.get("element")))
    found = objection(str(given.get("text", "")), known)
    if found is None:
        return {"ok": True, "message": "", "at": None, "severity": None}
    return {
        "ok": found.severity == "warning",
        "message": found.message.of(locale()),
        "at": [found.start, found.end],
        "severity": found.severity,
    }


def _known(key: str, element: str) -> list[Variable]:
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    return known_at(content, element, ends_in_force(session))


def _shown(one: Variable) -> dict[str, Any]:
    language = locale()
    return {
        "name": one.name,
        "type": one.type,
        "label": one.label.of(language) or one.name,
        "source": one.source.of(language),
        "always": one.always,
        "values": [{"value": v.value, "label": v.label.of(language)} for v in one.values],
    }


def _read(given: list[Any]) -> list[Variable]:
    found = []
    for one in given:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            kind = one.get("type") if one.get("type") in _TYPES else "any"
            label = Text.read(str(one.get("label", "")))
            found.append(Variable(one["name"], str(kind), _values(one.get("values")), label, label))
    return found


def _values(given: object) -> tuple[Value, ...]:
    listed = given if isinstance(given, list) else []
    return tuple(
        Value(one["value"], Text.read(str(one.get("label", ""))))
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("value"), str | int | float | bool)
    )
