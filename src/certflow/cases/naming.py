"""What a case is called: its number, its title, the facts that lists show (catalogue B4)."""

from collections.abc import Mapping
from typing import Any

from certflow.cases.turn import Turn
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.numbers import next_number
from certflow.core.text import Text
from certflow.forms.parts import Field, FormDefinition


def next_case_number(session: Session) -> str:
    """Return the next case number: year, month, day, hour and a counter, 20261120090004."""
    hour = clock.now().astimezone(clock.SHANGHAI).strftime("%Y%m%d%H")
    return f"{hour}{next_number(session, f'case/{hour}'):04d}"


def describe(turn: Turn, form: FormDefinition, variables: Mapping[str, Any]) -> None:
    """Bring the case's organisation, summary and title in line with an answer.

    The variable `organisation` is the body the case belongs to; service.json names the
    variables that lists show and the words of the title that is made of their labels.
    """
    case, spec = turn.case, turn.loaded.settings.get("case_title")
    if variables.get("organisation"):
        case.organisation_id = int(str(variables["organisation"]))
    kept = (
        {name: variables[name] for name in spec["variables"] if name in variables} if spec else {}
    )
    if not spec or not kept:
        return
    fields = {field.name: field for page in form.pages for field in page.fields}
    labels = {name: _label(fields.get(name), value) for name, value in kept.items()}
    case.summary = {**case.summary, **kept}
    case.title = Text(
        spec["text"]["zh"].format(**{name: text.zh for name, text in labels.items()}),
        spec["text"]["en"].format(**{name: text.en for name, text in labels.items()}),
    ).as_json()


def _label(field: Field | None, value: object) -> Text:
    found = next((one for one in field.options if one.value == value), None) if field else None
    return Text.read(found.label) if found else Text.read(str(value))
