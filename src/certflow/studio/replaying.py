"""Finished real cases run against a draft: how many would have gone the same way (catalogue H5)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import undefer

from certflow.cases import versions
from certflow.cases.conditions import FORM as CONDITIONS
from certflow.cases.models import Answer, Case
from certflow.cases.versions import Loaded, loaded
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.db import Session
from certflow.core.errors import Conflict, NotFound
from certflow.core.outbox import enqueue, handler
from certflow.core.text import Text
from certflow.engine.errors import DefinitionError
from certflow.forms.definition import FormError
from certflow.studio import drafts
from certflow.studio.models import Replay
from certflow.studio.rerun import WITHDRAWN, Act, Record, rerun

KIND = "studio.replay"
AT_ONCE = 50
MOST = 5_000
KINDS = {
    "task.completed": "task",
    "case.called_closed": "called",
    "message.received": "message",
    "timer.fired": "timer",
}
NOTHING = Text("还没有办结的业务可以回放。", "There is no finished case to replay yet.")
BROKEN = Text(
    "草稿还有错误，改好后才能回放。",
    "The draft has errors; it can be replayed once they are mended.",
)


class Result(NamedTuple):
    """One case that would have gone otherwise: where in the diagram, and why."""

    case_id: int
    number: str
    element: str
    why: Text


def begin(session: Session, actor: Actor, key: str, wanted: int) -> Replay:
    """Begin to run the last `wanted` finished cases against the draft; the background does it.

    Raises:
        NotFound: the process has no draft.
        Conflict: the draft has errors, or no case has finished.

    """
    content = drafts.content_of(session, drafts.the_draft(session, key))
    try:
        versions.build(key, content)
    except (DefinitionError, FormError) as error:
        raise Conflict(BROKEN) from error
    at = clock.now()
    there = session.scalar(select(func.count()).where(_finished(key, at))) or 0
    total = min(wanted, MOST, there)
    if not total:
        raise Conflict(NOTHING)
    replay = Replay(
        key=key,
        bundle=content,
        total=total,
        results=[],
        created_by=actor.user_id,
        created_at=at,
    )
    session.add(replay)
    session.flush()
    enqueue(session, KIND, f"{KIND}/{replay.id}/0", {"id": replay.id})
    after = {"replay": replay.id, "cases": total}
    audit.record(session, "draft.replayed", actor, subject=f"process/{key}", after=after)
    return replay


@handler(KIND)
def replay_some(session: Session, payload: dict[str, Any]) -> None:
    """Run the next finished cases, and ask to be called again while some are left."""
    replay = session.get_one(Replay, payload["id"], with_for_update=True)
    if replay.state != "running":
        return
    content = versions.build(replay.key, replay.bundle)
    cases = _next(session, replay, payload)
    found = list(replay.results)
    for case, record in records_of(session, cases):
        difference = rerun(record, loaded(session, case.version_id), content)
        if difference is None:
            replay.same += 1
            continue
        found.append(
            {
                "case_id": record.case_id,
                "number": record.number,
                "element": difference.element,
                "why": difference.why.as_json(),
            }
        )
    replay.results, replay.done = found, replay.done + len(cases)
    if replay.done < replay.total and cases:
        last = [(cases[-1].closed_at or replay.created_at).isoformat(), cases[-1].id]
        payload = {"id": replay.id, "after": last}
        enqueue(session, KIND, f"{KIND}/{replay.id}/{replay.done}", payload)
        return
    replay.total = replay.done
    replay.state, replay.finished_at = "finished", clock.now()


def replays(session: Session, key: str) -> list[Replay]:
    """Return the replays of a process, the newest first."""
    query = select(Replay).where(Replay.key == key).order_by(Replay.id.desc()).limit(20)
    return list(session.scalars(query))


def the_replay(session: Session, key: str, replay_id: int) -> Replay:
    """Return a replay of a process; NotFound when there is none."""
    found = session.get(Replay, replay_id)
    if found is None or found.key != key:
        raise NotFound
    return found


def results(replay: Replay) -> list[Result]:
    """Return the cases that would have gone otherwise."""
    return [
        Result(one["case_id"], one["number"], one["element"], Text.read(one["why"]))
        for one in replay.results
    ]


def grouped(replay: Replay) -> list[tuple[str, Text, list[Result]]]:
    """Return them by where and why, the most frequent first."""
    groups: dict[tuple[str, Text], list[Result]] = defaultdict(list)
    for one in results(replay):
        groups[one.element, one.why].append(one)
    return sorted(((*at, found) for at, found in groups.items()), key=lambda one: -len(one[2]))


def lit(replay: Replay) -> Counter[str]:
    """Count at each element of the diagram how many cases went otherwise there."""
    return Counter(one.element for one in results(replay) if one.element)


def content_of(replay: Replay) -> Loaded:
    """Return the draft as it was replayed."""
    return versions.build(replay.key, replay.bundle)


def records_of(session: Session, cases: Sequence[Case]) -> list[tuple[Case, Record]]:
    """Read finished cases from their trails and answers, in a few statements."""
    ids = [case.id for case in cases]
    trails: dict[str, list[AuditEvent]] = defaultdict(list)
    wanted = [*KINDS, "case.withdrawn", "case.closed"]
    events = select(AuditEvent).where(
        AuditEvent.chain.in_([case.chain_key for case in cases]), AuditEvent.action.in_(wanted)
    )
    for event in session.scalars(events.order_by(AuditEvent.chain, AuditEvent.seq)):
        trails[event.chain].append(event)
    answers: dict[int, list[Answer]] = defaultdict(list)
    query = select(Answer).where(Answer.case_id.in_(ids)).order_by(Answer.id)
    for answer in session.scalars(query):
        answers[answer.case_id].append(answer)
    return [(case, _record(case, trails[case.chain_key], answers[case.id])) for case in cases]


def _record(case: Case, trail: Sequence[AuditEvent], answers: Sequence[Answer]) -> Record:
    by_task = {answer.task_id: answer for answer in answers if answer.task_id}
    acts = []
    for event in trail:
        if event.action == "case.closed":  # what a re-opened case did later is another story
            break
        answer = by_task.get((event.after or {}).get("task", 0))
        acts.append(
            Act(
                kind=KINDS.get(event.action, WITHDRAWN),
                element=event.element,
                at=event.at,
                form=answer.task_form if answer else "",
                outcome=answer.outcome if answer else "",
                data=answer.data if answer else _came_of(event),
                item=event.actor_id,
            )
        )
    return Record(
        case_id=case.id,
        number=case.number or "",
        outcome=case.outcome or "",
        acts=acts,
        data=orjson.loads(case.run)["data"],
        checks=[one.data for one in answers if one.form == CONDITIONS],
    )


def _came_of(event: AuditEvent) -> Mapping[str, Any]:
    """Return what a called case gave back; {} of other events."""
    given = (event.after or {}) if KINDS.get(event.action) == "called" else {}
    return {name: value for name, value in given.items() if name != "said"}


def _finished(key: str, until: datetime) -> ColumnElement[bool]:
    """Return the condition for the cases that had finished when a replay began."""
    return and_(Case.service == key, Case.state == "closed", Case.closed_at <= until)


def _next(session: Session, replay: Replay, payload: Mapping[str, Any]) -> list[Case]:
    """Return the next cases, the last finished first; cases that close meanwhile move none."""
    query = select(Case).where(_finished(replay.key, replay.created_at))
    if "after" in payload:
        closed_at, case_id = datetime.fromisoformat(payload["after"][0]), payload["after"][1]
        query = query.where(tuple_(Case.closed_at, Case.id) < (closed_at, case_id))
    left = min(AT_ONCE, replay.total - replay.done)
    order = Case.closed_at.desc(), Case.id.desc()
    return list(session.scalars(query.order_by(*order).limit(left).options(undefer(Case.run))))
