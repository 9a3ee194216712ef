"""What a case is called: its number, its title, the facts that lists show (catalogue B4)."""

from collections.abc import Mapping
from typing import Any

from certflow.cases.parties import take_part
from certflow.cases.registry import offered_by
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

    The variable `organisation` is the body the case belongs to; service.json names what
    the case is about, the variables that lists show and the words of the title that is made of
    their labels.
    """
    case, spec = turn.case, turn.loaded.settings.get("case_title")
    if variables.get("organisation"):
        _belong(turn, int(str(variables["organisation"])))
    about = str(turn.loaded.settings.get("about") or "")
    if variables.get(about):
        case.summary = {**case.summary, about: str(variables[about])}
    kept = (
        {name: variables[name] for name in spec["variables"] if name in variables} if spec else {}
    )
    if not spec or not kept:
        return
    fields = {field.name: field for page in form.pages for field in page.fields}
    labels = {name: _labels(turn, fields.get(name), value) for name, value in kept.items()}
    case.summary = {**case.summary, **kept}
    case.title = Text(
        spec["text"]["zh"].format(**{name: text.zh for name, text in labels.items()}),
        spec["text"]["en"].format(**{name: text.en for name, text in labels.items()}),
    ).as_json()


def _belong(turn: Turn, organisation_id: int) -> None:
    """Let the case belong to an organisation; the one before keeps what it has seen."""
    before, turn.case.organisation_id = turn.case.organisation_id, organisation_id
    if before is not None and before != organisation_id and turn.case.state != "draft":
        take_part(turn.session, turn.case.id, "body", organisation_id=before)


def _labels(turn: Turn, field: Field | None, value: object) -> Text:
    """Return what a value is called, several values one after the other."""
    offered: dict[str, Text] = {one.value: one.label for one in field.options} if field else {}
    if field and not offered and (choices := offered_by(field.source)) is not None:
        offered = {one.value: one.label for one in choices(turn.step())}
    several = value if isinstance(value, list) else [value]
    found = [offered.get(str(one), Text.read(str(one))) for one in several]
    return Text("、".join(one.zh for one in found), ", ".join(one.en for one in found))
