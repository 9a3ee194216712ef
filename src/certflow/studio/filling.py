"""Answers made up for a task of a trial: all fields, or only what must be filled (catalogue H5).

Records come from the invented person's library where a form picks from it, choices from what is
offered at that moment; what the form's own checks refuse is tried again in another way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from certflow.cases import operations, registry
from certflow.cases.worksheet import Worksheet, library_of, open_worksheet, picked_rows
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.files import StoredFile
from certflow.core.text import Text
from certflow.forms.commands import add_records
from certflow.forms.generate import sample
from certflow.forms.parts import Field, FormDefinition, Option, Outcome
from certflow.forms.review import review_field, targets
from certflow.studio import cast
from certflow.studio.performing import SAMPLE, offers, own_words, step_of

TRIES: Final = 8
_USUAL: Final = {0: True, 1: False}
"""The first tries take what is offered first, and say yes, then no; the others leave it to chance.

They keep what the form knows already; each of the others makes one of it up anew, since some forms
want a change.
"""
_REMARK: Final = "样例意见：请补充说明。"


@dataclass(frozen=True)
class Filled:
    """Made-up answers, and what the form still says against them."""

    data: dict[str, Any]
    errors: Mapping[str, Text]


def filled(
    session: Session, actor: Actor, task_id: int, outcome: str = "", *, full: bool = True
) -> Filled:
    """Make answers up for a task that `actor` has; the best of a few tries.

    `full` fills optional fields too. Without an outcome it is the form's first.
    """
    sheet = open_worksheet(session, actor, task_id, "zh")
    chosen = sheet.form.outcome(outcome) or next(iter(sheet.form.outcomes), None)
    best: Filled | None = None
    for seed in range(TRIES):
        data = _made(session, actor, sheet, chosen, full=full, seed=seed)
        found = Filled(data, _errors(session, actor, task_id, data, chosen))
        if best is None or len(found.errors) < len(best.errors):
            best = found
        if not found.errors:
            break
    return best or Filled({}, {})


def _errors(
    session: Session, actor: Actor, task_id: int, data: Mapping[str, Any], outcome: Outcome | None
) -> Mapping[str, Text]:
    try:
        operations.check_task(session, actor, task_id, data, outcome.key if outcome else "")
    except Invalid as refused:
        return refused.fields or {"": refused.message}
    return {}


def _made(
    session: Session,
    actor: Actor,
    sheet: Worksheet,
    outcome: Outcome | None,
    *,
    full: bool,
    seed: int,
) -> dict[str, Any]:
    form, step = sheet.form, step_of(session, sheet.task, actor)
    choices = _choices(step, form)
    given: dict[str, Any] = {"choices": choices, "reviewed": sheet.reviewed}
    given |= {"seed": seed, "usual": _USUAL.get(seed), "today": clock.today()}
    made = sample(form, full=full, **given)
    if not full and outcome is not None:
        whole = sample(form, **given)
        made |= {name: whole[name] for name in outcome.requires if name in whole}
    known = {
        name: one
        for name, one in sheet.data.items()
        if one not in (None, "", [], {}) and _still_offered(form.answered.get(name), one, choices)
    }
    known = _but_one(known, seed - len(_USUAL))
    own = dict(reversed(own_words(session, actor.user_id or 0)))
    made |= {name: value for name, value in own.items() if name in made}
    data = _picked(session, actor, sheet, {**made, **known}, step)
    _judge(sheet, data, outcome, fails=seed % 2 == 0)
    _attach(session, actor, form, data, full=full)
    return data


def _but_one(known: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Leave out the one at a place, counted round and round; a place before the first leaves all."""
    left_out = list(known)[place % len(known)] if known and place >= 0 else ""
    return {name: one for name, one in known.items() if name != left_out}


def _still_offered(known: Field | None, value: Any, choices: Mapping[str, list[Option]]) -> bool:
    """Whether what was chosen before can be chosen now."""
    if known is None or known.source not in choices:
        return True
    offered = {one.value for one in choices[known.source]}
    return {str(one) for one in (value if isinstance(value, list) else [value])} <= offered


def _choices(step: registry.Step, form: FormDefinition) -> dict[str, list[Option]]:
    """Return what can be chosen now, by source."""
    fields = [*form.fields.values()]
    fields += [inner for one in fields if one.record for inner in one.record.fields.values()]
    return {
        one.source: [Option(each.value, each.label) for each in offers(step, one)]
        for one in fields
        if one.source and not one.source.startswith("records:")
    }


def _picked(
    session: Session,
    actor: Actor,
    sheet: Worksheet,
    data: dict[str, Any],
    step: registry.Step,
) -> dict[str, Any]:
    """Fill lists of records from the person's library where it has some that suit the case."""
    records: list[Any] = []
    for library in registry.libraries.values():
        records += library(session, actor.person_id) if actor.person_id else []
    suited = [one for one in records if _suits(one.data, step.data)]
    for name in library_of(sheet.form, suited, "zh"):
        if sheet.data.get(name):
            continue
        rows = picked_rows(sheet.form, name, [str(one.id) for one in suited], suited, data)
        if rows:
            data = add_records(sheet.form, {**data, name: []}, name, rows)
    return data


def _suits(record: Mapping[str, Any], variables: Mapping[str, Any]) -> bool:
    """Whether a record is of the field (or whatever the two have in common) that it is about."""
    shared = {name for name in record if isinstance(variables.get(name), str)}
    return all(record[name] == variables[name] for name in shared)


def _judge(sheet: Worksheet, data: dict[str, Any], outcome: Outcome | None, *, fails: bool) -> None:
    """Pass everything that is reviewed; fail the first where the outcome asks for mending."""
    field = review_field(sheet.form)
    if field is None:
        return
    judged: Sequence[Any] = targets(sheet.form, sheet.reviewed or {})
    verdicts: dict[str, Any] = {one.key: {"verdict": "pass"} for one in judged}
    if fails and judged and outcome is not None and outcome.kind != "primary":
        offered = [
            one
            for one in field.nonconformities
            if not one.applies or judged[0].field.name in one.applies
        ]
        code = {"code": offered[0].code} if offered else {}
        verdicts[judged[0].key] = {"verdict": "fail", "remark": _REMARK, **code}
    data[field.name] = verdicts


def _attach(
    session: Session, actor: Actor, form: FormDefinition, data: dict[str, Any], *, full: bool
) -> None:
    """Put sample files where files are asked for."""

    def files(known: Field, row: dict[str, Any]) -> None:
        if known.widget == "file" and (known.required or full) and not _known(session, row, known):
            row[known.name] = [cast.sample_file(session, actor.user_id or 0, SAMPLE)]

    for known in form.answered.values():
        files(known, data)
        for row in (data.get(known.name) or []) if known.record else []:
            for inner in known.record.answered.values() if known.record else ():
                files(inner, row)


def _known(session: Session, row: Mapping[str, Any], known: Field) -> bool:
    ids = row.get(known.name) or []
    return bool(ids) and all(session.get(StoredFile, one) is not None for one in ids)
