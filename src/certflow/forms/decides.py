"""The few scalars of a form that reach the engine (design §4: answers never do)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from certflow.core.clock import now
from certflow.forms.parts import FormDefinition
from certflow.forms.review import review_field, tally
from certflow.forms.schema import expression_names

MOST_ITEMS = 100


class NotScalarError(ValueError):
    """A decision of a form came out as more than a scalar or a short list of scalars."""


def decisions(
    form: FormDefinition,
    data: Mapping[str, Any],
    outcome: str | None = None,
    reviewed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the engine's variables: `<form key>_outcome` and what `decides` names.

    Expressions see every answer, `outcome`, and for a review <field>_passed, _failed, _na, _open.
    Raises ExpressionError where one cannot be computed, NotScalarError where its value is large.
    """
    names = {**expression_names(form, data), "outcome": outcome, **_counts(form, data, reviewed)}
    found: dict[str, Any] = {f"{form.key}_outcome": outcome} if outcome else {}
    for variable, condition in form.decides.items():
        found[variable] = _scalar(variable, condition.expression.evaluate(names, now=now()))
    return found


def _counts(
    form: FormDefinition, data: Mapping[str, Any], reviewed: Mapping[str, Any] | None
) -> dict[str, int]:
    field = review_field(form)
    if field is None:
        return {}
    return {
        f"{field.name}_{key}": count
        for key, count in tally(form, data.get(field.name), reviewed).items()
    }


def _scalar(variable: str, value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and len(value) <= MOST_ITEMS:
        return [
            _scalar(variable, each) if not isinstance(each, list) else _refuse(variable)
            for each in value
        ]
    return _refuse(variable)


def _refuse(variable: str) -> object:
    raise NotScalarError(f"{variable} is neither a scalar nor a short list of scalars")
