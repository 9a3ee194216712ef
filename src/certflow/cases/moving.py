"""Running cases moved to another version of their service, and back (catalogue H6).

A case whose steps are the same there changes its version and nothing else. Where something is
otherwise, it is put where the mapping says, in a turn of its own. Deadlines stay where they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from certflow.calendar.models import Deadline
from certflow.cases import calling
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import Answer, Case, DueTimer, HumanTask
from certflow.cases.turn import Turn
from certflow.cases.versions import Loaded, loaded
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session, table_of
from certflow.core.errors import AppError
from certflow.core.prepared import Prepared
from certflow.core.text import Text
from certflow.engine.carrying import Carried, Remark, carry, places, with_dues

_CASES = table_of(Case)
_CHANGED = ("version_id", "version", "updated_at", "audit_seq", "audit_head")
_CHANGE_VERSION = Prepared(update(_CASES).where(_CASES.c.id == bindparam("row_id")))


@dataclass(frozen=True)
class Fate:
    """What becomes of a case. With `why` it cannot be moved; `notes` say what will be otherwise.

    `before` is the run as it was, None where it did not change.
    """

    why: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    before: bytes | None = None


@dataclass
class Destination:
    """The version that cases are moved to, and for steps it lacks, at which to go on instead.

    Cases of one version that wait at the same places fare alike: that is found out once.
    """

    session: Session
    target: Loaded
    mapping: Mapping[str, str]
    _alike: dict[tuple[int, tuple[str, ...]], Carried] = field(default_factory=dict)

    def carried(self, version_id: int, stored: bytes) -> Carried:
        """Return how a run would stand in the new version."""
        key = version_id, places(stored)
        found = self._alike.get(key)
        if found is None or not (found.same or found.obstacles):
            old = loaded(self.session, version_id).definition
            found = carry(old, self.target.definition, stored, self.mapping)
            self._alike[key] = found
        return found

    def fate(self, version_id: int, carried: Carried, used: Iterable[Text]) -> Fate:
        """Say what becomes of a run; `used` is what its case needs and the version lacks."""
        return Fate(
            why=(*(self._told(version_id, one) for one in carried.obstacles), *used),
            notes=tuple(self._told(version_id, one) for one in carried.notes),
        )

    def _told(self, version_id: int, remark: Remark) -> Text:
        known = (loaded(self.session, version_id), self.target)
        home = next((one for one in known if remark.element in one.definition.elements), known[0])
        name = home.name_of(remark.element)
        return Text(f"“{name.zh}”：{remark.message.zh}", f"{name.en}: {remark.message.en}")

    def lacking(self, versions: Mapping[int, int]) -> dict[int, list[Text]]:
        """Return what cases have and the version does not know: answered forms, deadlines.

        `versions` holds the cases by id, each with its present version.
        """
        found: dict[int, list[Text]] = defaultdict(list)
        answered = select(Answer.case_id, Answer.form).distinct()
        for case_id, form in self.session.execute(answered.where(Answer.case_id.in_(versions))):
            old = loaded(self.session, versions[case_id])
            if form in old.forms and form not in self.target.forms:
                title = old.forms[form].title
                zh = f"已填过的表单“{title.zh}”在新版本里没有。"
                en = f'The form "{title.en}", which was answered, is not in the new version.'
                found[case_id].append(Text(zh, en))
        known = self.target.settings.get("deadlines", {})
        running = select(Deadline.case_id, Deadline.key).where(
            Deadline.case_id.in_(versions), Deadline.state.in_(("running", "paused"))
        )
        for case_id, key in self.session.execute(running):
            if key not in known:
                old = loaded(self.session, versions[case_id])
                name = Text.read(old.settings.get("deadlines", {}).get(key, {}).get("name", key))
                zh = f"正在计时的“{name.zh}”在新版本里没有。"
                en = f'"{name.en}", which is running, is not in the new version.'
                found[case_id].append(Text(zh, en))
        return found


def move(
    destination: Destination, actor: Actor, cases: Sequence[Case], reason: str
) -> dict[int, Fate]:
    """Move cases to a version, each as far as it can be; return what became of each.

    `cases` are locked, with their runs.
    """
    session, fates = destination.session, dict[int, Fate]()
    lacking = destination.lacking({case.id: case.version_id for case in cases})
    alike: list[Case] = []
    for case in cases:
        carried = destination.carried(case.version_id, case.run)
        fate = destination.fate(case.version_id, carried, lacking.get(case.id, ()))
        if not fate.why and not carried.same:
            fate = _replaced(destination, actor, case, reason, fate)
        elif not fate.why:
            alike.append(case)
        fates[case.id] = fate
    _change_version(session, actor, alike, destination.target, reason)
    return fates


def move_back(
    session: Session, actor: Actor, case: Case, version_id: int, before: bytes | None, reason: str
) -> None:
    """Undo a move: the case stands again as it did. It must not have gone on since."""
    old = loaded(session, version_id)
    if before is None:
        _change_version(session, actor, [case], old, reason)
        return
    stood = Turn(session, case, actor, loaded(session, case.version_id))
    stood.restore()
    case.run = before
    turn = _turn(session, case, actor, old, reason)
    waiting = {task.id for task in turn.run.open_tasks}
    turn.waited = frozenset({*waiting, *stood.waited})
    turn.timed = stood.timed
    calling.tell_again(turn)
    turn.called |= stood.called
    session.execute(
        update(HumanTask)
        .where(HumanTask.case_id == case.id, HumanTask.engine_id.in_(waiting))
        .values(state="open", closed_at=None)
    )
    turn.settle()
    _rename(turn)


def _dues(session: Session, case: Case) -> dict[str, datetime]:
    """Return when a case's timers are due: a resumed case, an edited calendar has moved them."""
    query = select(DueTimer.engine_id, DueTimer.due_at).where(DueTimer.case_id == case.id)
    return dict(session.execute(query).all())


def _replaced(destination: Destination, actor: Actor, case: Case, reason: str, fate: Fate) -> Fate:
    """Move one case on which something is otherwise; a step that fails leaves it as it was."""
    session, was = destination.session, case.version_id
    before = with_dues(case.run, _dues(session, case))
    carried = destination.carried(was, before)
    try:
        with session.begin_nested():
            stood = Turn(session, case, actor, loaded(session, was))
            stood.restore()
            case.run = carried.stored
            turn = _turn(session, case, actor, destination.target, reason)
            turn.waited, turn.timed = stood.waited, stood.timed
            turn.called |= stood.called
            turn.run.advance()
            turn.settle()
            _rename(turn)
    except (StepFailed, BudgetExceeded) as error:
        return Fate(why=(error.reason,))
    except AppError as error:
        return Fate(why=(error.message,))
    return Fate(notes=fate.notes, before=before)


def _turn(session: Session, case: Case, actor: Actor, target: Loaded, reason: str) -> Turn:
    """Begin a case's turn in another version."""
    before = loaded(session, case.version_id).number
    case.version_id = target.version_id
    turn = Turn(session, case, actor, target)
    turn.restore()
    turn.record(
        "case.migrated", before={"version": before}, after={"version": target.number}, reason=reason
    )
    return turn


def _change_version(
    session: Session, actor: Actor, cases: Sequence[Case], target: Loaded, reason: str
) -> None:
    """Give cases another version in which they stand as they do, all of them in a few statements."""
    rows, by_version = [], defaultdict[int, list[int]](list)
    together = audit.Trail("", 0, "")
    for case in cases:
        by_version[case.version_id].append(case.id)
        trail = audit.Trail(case.chain_key, case.audit_seq, case.audit_head)
        was = loaded(session, case.version_id).number
        after = {"version": target.number}
        audit.record(
            session,
            "case.migrated",
            actor,
            chain=trail,
            before={"version": was},
            after=after,
            reason=reason,
        )
        together.events += trail.events
        rows.append(
            {
                "row_id": case.id,
                "version_id": target.version_id,
                "version": case.version + 1,
                "updated_at": clock.now(),
                "audit_seq": trail.audit_seq,
                "audit_head": trail.audit_head,
            }
        )
    if rows:
        _CHANGE_VERSION.run(session, *rows)
        audit.write(session, together)
        for case, row in zip(cases, rows, strict=True):
            for name in _CHANGED:
                set_committed_value(case, name, row[name])
    for version_id, ids in by_version.items():
        _follow(session, ids, loaded(session, version_id), target)


def _follow(session: Session, case_ids: list[int], old: Loaded, target: Loaded) -> None:
    """Let open tasks at steps that stayed bear the names and forms of the new version."""
    for element in old.definition.elements.values():
        found = target.definition.elements.get(element.id)
        if found is None or {element.kind, found.kind} != {"userTask"}:
            continue
        title = _title(target, element.id)
        if title != _title(old, element.id):
            session.execute(
                update(HumanTask)
                .where(HumanTask.case_id.in_(case_ids), HumanTask.state == "open")
                .where(HumanTask.element == element.id)
                .values(**title)
            )


def _rename(turn: Turn) -> None:
    """Let a case's open tasks and timers bear the elements they now stand at, by the engine's ids."""
    session, case_id = turn.session, turn.case.id
    for task in turn.run.open_tasks:
        row = HumanTask.case_id == case_id, HumanTask.engine_id == task.id
        title = _title(turn.loaded, task.element)
        session.execute(update(HumanTask).where(*row).values(element=task.element, **title))
    for timer in turn.run.timers:
        due = DueTimer.case_id == case_id, DueTimer.engine_id == timer.id
        session.execute(update(DueTimer).where(*due).values(element=timer.element))


def _title(version: Loaded, element: str) -> dict[str, Any]:
    """Return what an open task shows of its element."""
    found = version.definition.elements[element]
    return {
        "name": version.name_of(element).as_json(),
        "form": found.form,
        "deadline_key": str(found.properties.get("deadline", "")),
    }
