"""Who of a trial's people does a task, and how a kept answer fits this world (catalogue H5).

Values that name something of a database (a person, a body, a certificate) are kept as "@1": the
first that is offered at that moment. So a test made elsewhere means the same here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from certflow.accounts.changes import particulars
from certflow.accounts.queries import Holders, holder_ids, person_of_user
from certflow.cases import assignment, operations, versions
from certflow.cases.evidence import files_in
from certflow.cases.models import Case, HumanTask
from certflow.cases.notices import holders, role_of
from certflow.cases.queries import tasks_of
from certflow.cases.registry import Choice, Step, offered_by
from certflow.cases.registry import particulars as registered
from certflow.cases.turn import Turn
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid
from certflow.core.text import Text
from certflow.forms.parts import Field, FormDefinition
from certflow.studio import cast

PLACE: Final = re.compile(r"@([1-9][0-9]?)")
OWN: Final = "@own."
OTHER: Final = "@other."
"""Before the particulars of the applicant, and of the person whom the case is about besides."""
PARTICULARS: Final = ("name", "birth_date", "document_number", "phone", "address", "household")
SAMPLE: Final = "样例文件.pdf"
NOBODY = Text("没有人可以办理这项任务。", "There is nobody who may do this task.")


def performer(session: Session, task: HumanTask) -> Actor:
    """Return who does a task and let them take it: its holder, else the first of its group.

    Raises:
        Invalid: nobody may.

    """
    role = role_of(task)
    people = holders(task)
    group = isinstance(people, Holders)
    ids = holder_ids(session, people) if isinstance(people, Holders) else sorted(people)
    case = session.get_one(Case, task.case_id)
    why = NOBODY
    for user_id in sorted(ids):
        if group and user_id == case.applicant_id and task.role != "applicant":
            continue
        actor = cast.actor_of(session, user_id, role)
        try:
            with session.begin_nested():
                assignment.claim(session, actor, task.id)
        except Forbidden as refused:
            why = refused.message
            continue
        return actor
    raise Invalid(why)


def complete(session: Session, task: HumanTask, data: Mapping[str, Any], outcome: str) -> None:
    """Let whoever has a task do it with a kept answer."""
    actor = performer(session, task)
    answer = fitted(session, task, actor, data)
    operations.complete_task(session, actor, task.id, answer, outcome)


def step_of(session: Session, task: HumanTask, actor: Actor) -> Step:
    """Return what registered functions get to know at a task."""
    case = session.get_one(Case, task.case_id)
    turn = Turn(session, case, actor, versions.loaded(session, case.version_id))
    turn.restore()
    return turn.step()


def fitted(
    session: Session, task: HumanTask, actor: Actor, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a kept answer as it fits this world: places filled in, files put there."""
    case = session.get_one(Case, task.case_id)
    form = versions.loaded(session, case.version_id).forms[task.form]
    step = step_of(session, task, actor)
    answer = translated(form, data, lambda known, value: _chosen(step, known, value))
    known = particulars_of(session, OWN, case.applicant_id)
    known += particulars_of(session, OTHER, cast.other_than(session, case.applicant_id))
    answer = dict(with_own(answer, dict(reversed(known))))
    for file_id, _path in files_in(form, answer):
        cast.sample_file(session, actor.user_id or 0, SAMPLE, file_id)
    return answer


def particulars_of(session: Session, of: str, user_id: int) -> list[tuple[str, str]]:
    """Return the words that stand for somebody's particulars in a test, each with what it means.

    Where a word means several things (of two exams each has its ticket) the first is the latest.
    """
    person = person_of_user(session, user_id)
    if person is None:
        return []
    told = {**particulars(person), "document_number": person.document_number}
    known = [(name, told[name]) for name in PARTICULARS if told.get(name)]
    known += own_words(session, user_id)
    return [(f"{of}{name}", value) for name, value in known]


def own_words(session: Session, user_id: int) -> list[tuple[str, str]]:
    """Return what a user alone has and forms ask for by its very words, as (field, value)."""
    return [one for found in registered.values() for one in found(session, user_id)]


def with_own(value: Any, own: Mapping[str, str]) -> Any:
    """Return an answer with every word that stands for a particular filled in."""
    if isinstance(value, str):
        return own.get(value, value)
    if isinstance(value, dict):
        return {name: with_own(one, own) for name, one in value.items()}
    if isinstance(value, list):
        return [with_own(one, own) for one in value]
    return value


Translate = Callable[[Field, Any], Any]


def translated(form: FormDefinition, data: Mapping[str, Any], say: Translate) -> dict[str, Any]:
    """Return answers with each value of a run-time choice as `say` puts it, in records too."""
    told = dict(data)
    for name, known in form.answered.items():
        if name not in told:
            continue
        if known.record is not None and isinstance(told[name], list):
            told[name] = [translated(known.record, row, say) for row in told[name]]
        elif known.source and not known.source.startswith("records:"):
            value = told[name]
            several = isinstance(value, list)
            told[name] = [say(known, one) for one in value] if several else say(known, value)
    return told


def offers(step: Step, known: Field) -> Sequence[Choice]:
    """Return what can be chosen now at a field, without what is blocked."""
    offered = offered_by(known.source)
    return [one for one in offered(step) if one.blocked is None] if offered else []


def _chosen(step: Step, known: Field, value: Any) -> Any:
    place = PLACE.fullmatch(value) if isinstance(value, str) else None
    if place is None:
        return value
    found = offers(step, known)
    return found[(int(place[1]) - 1) % len(found)].value if found else value


def kept(session: Session, actor: Actor, task_id: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a move that says which task is done with which answer, for any world."""
    task = session.get_one(HumanTask, task_id)
    step = step_of(session, task, actor)
    form = versions.loaded(session, step.case.version_id).forms[task.form]
    same = [one.id for one in tasks_of(session, task.case_id) if one.element == task.element]
    answer = translated(form, data, lambda known, value: placed(step, known, value))
    found = {"element": task.element, "data": answer}
    return {**found, "nth": same.index(task.id)} if same.index(task.id) else found


def placed(step: Step, known: Field, value: Any) -> Any:
    """Return the place ("@2") at which an id is offered now; any other value as it is."""
    values = [one.value for one in offers(step, known)]
    known_here = str(value) in values and str(value).isdecimal()
    return f"@{values.index(str(value)) + 1}" if known_here else value
