"""Running cases on their way to a version: looked at before, moved in the background, undone (H6)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, insert, literal, null, select
from sqlalchemy.orm import undefer

from certflow.cases import moving
from certflow.cases.errors import BudgetExceeded, StepFailed
from certflow.cases.models import Case, ProcessVersion
from certflow.cases.moving import Destination, Fate
from certflow.cases.versions import Loaded, loaded
from certflow.core import audit, clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import AppError, Conflict, NotFound
from certflow.core.given import reason_of
from certflow.core.outbox import enqueue, handler
from certflow.core.text import Text
from certflow.studio.migration_preview import chosen, concerned
from certflow.studio.models import Migration, MigrationCase

MOVE, UNDO = "studio.migration", "studio.migration_undo"
AT_ONCE = 200
"""Cases moved in one transaction: their locks are held for less than a second."""
WHY = Text("请写明迁移的原因。", "Please give the reason for moving the cases.")
BUSY = Text(
    "这个流程有一次迁移正在进行，请等它完成。", "Cases of this process are being moved already."
)
NOTHING = Text("没有可以迁移的业务。", "There is no case to move.")
GONE_ON = Text("迁移后已继续办理，不再撤回。", "It has gone on since and stays.")
NOT_BACK = Text("不能恢复到原来的位置（{why}）。", "It cannot go back to where it was ({why}).")
NOT_YET = Text("迁移还没有完成，或已经撤回。", "The move has not finished, or was undone already.")


def begin(
    session: Session, actor: Actor, target: Loaded, mapping: Mapping[str, str], reason: str
) -> Migration:
    """Begin to move every running case of other versions that can go; the background does it.

    Raises:
        Invalid: no reason is given, or the mapping names a step that is not there.
        Conflict: cases of this process are being moved already, or there is none to move.

    """
    reason = reason_of(reason, WHY)
    key = target.bundle.key
    _alone(session, key)
    migration = _new(session, actor, target, chosen(target, mapping), reason)
    if not migration.total:
        raise Conflict(NOTHING)
    enqueue(session, MOVE, f"{MOVE}/{migration.id}/0", {"id": migration.id, "by": actor.user_id})
    after = {"version": target.number, "cases": migration.total, "mapping": migration.mapping}
    audit.record(
        session,
        "cases.migrated",
        actor,
        subject=f"process/{key}",
        after=after,
        reason=migration.reason,
    )
    return migration


def _alone(session: Session, key: str) -> None:
    """Let one migration or undoing of a process go on at a time; two that begin at once queue."""
    versions = select(ProcessVersion.id).where(ProcessVersion.key == key)
    session.execute(versions.order_by(ProcessVersion.id).with_for_update()).all()
    going = Migration.state.in_(("running", "undoing"))
    if session.scalar(select(func.count()).where(Migration.key == key, going)):
        raise Conflict(BUSY)


def _new(
    session: Session, actor: Actor, target: Loaded, mapping: dict[str, str], reason: str
) -> Migration:
    """Write a migration down with every case that it concerns."""
    migration = Migration(
        key=target.bundle.key,
        version_id=target.version_id,
        mapping=mapping,
        reason=reason,
        created_by=actor.user_id,
        created_at=clock.now(),
    )
    session.add(migration)
    session.flush()
    rows = select(
        literal(migration.id), Case.id, literal("waiting"), Case.version_id, null(), null()
    ).where(concerned(target))
    columns = ["migration_id", "case_id", "state", "from_version_id", "before", "case_version"]
    session.execute(insert(MigrationCase).from_select(columns, rows))
    migration.total = counts(session, migration).get("waiting", 0)
    return migration


def undo(session: Session, actor: Actor, migration_id: int, reason: str) -> Migration:
    """Begin to move back those cases of a migration that have not gone on since.

    Raises:
        NotFound: there is no such migration.
        Invalid: no reason is given.
        Conflict: it has not finished yet, or is undone already.

    """
    reason = reason_of(reason, WHY)
    migration = session.get(Migration, migration_id, with_for_update=True)
    if migration is None:
        raise NotFound
    if migration.state != "finished":
        raise Conflict(NOT_YET)
    _alone(session, migration.key)
    migration.state = "undoing"
    migration.done = migration.total - counts(session, migration).get("moved", 0)
    payload = {"id": migration.id, "by": actor.user_id, "reason": reason}
    enqueue(session, UNDO, f"{UNDO}/{migration.id}/0", payload)
    audit.record(
        session,
        "cases.migration_undone",
        actor,
        subject=f"process/{migration.key}",
        before={"migration": migration.id},
        reason=reason,
    )
    return migration


@handler(MOVE)
def move_some(session: Session, payload: dict[str, Any]) -> None:
    """Move the next cases of a migration, and ask to be called again while some wait."""
    migration = session.get_one(Migration, payload["id"], with_for_update=True)
    if migration.state != "running":
        return
    target = loaded(session, migration.version_id)
    destination = Destination(session, target, migration.mapping)
    items = _next(session, migration, "waiting")
    cases = _locked(session, items)
    for case_id, case in cases.items():
        items[case_id].from_version_id = case.version_id
    fates = moving.move(destination, _mover(payload), list(cases.values()), migration.reason)
    for case_id, item in items.items():
        _note(item, cases.get(case_id), fates.get(case_id))
    migration.done += len(items)
    _go_on(session, migration, MOVE, payload, "finished", more=len(items) == AT_ONCE)


@handler(UNDO)
def undo_some(session: Session, payload: dict[str, Any]) -> None:
    """Move back the next cases of a migration."""
    migration = session.get_one(Migration, payload["id"], with_for_update=True)
    if migration.state != "undoing":
        return
    items = _next(session, migration, "moved")
    cases = _locked(session, items)
    for case_id, item in items.items():
        _undo_one(session, migration, item, cases.get(case_id), payload)
    migration.done += len(items)
    _go_on(session, migration, UNDO, payload, "undone", more=len(items) == AT_ONCE)


def _undo_one(
    session: Session,
    migration: Migration,
    item: MigrationCase,
    case: Case | None,
    payload: dict[str, Any],
) -> None:
    """Move one case back; one that went on, or cannot go back, stays and says why."""
    item.at = clock.now()
    moved = (migration.version_id, item.case_version)
    if case is None or (case.version_id, case.version) != moved:
        item.state, item.why = "stayed", GONE_ON.as_json()
        return
    actor, reason = _mover(payload), payload["reason"]
    try:
        with session.begin_nested():
            moving.move_back(session, actor, case, item.from_version_id, item.before, reason)
    except (StepFailed, BudgetExceeded, LookupError, AppError) as error:
        session.refresh(case)
        item.state, item.why = "stayed", NOT_BACK.filled(why=type(error).__name__).as_json()
        return
    item.state, item.before = "undone", None


def migrations(session: Session, key: str) -> list[Migration]:
    """Return the migrations of a process, the newest first."""
    query = select(Migration).where(Migration.key == key).order_by(Migration.id.desc())
    return list(session.scalars(query))


def the_migration(session: Session, key: str, migration_id: int) -> Migration:
    """Return a migration of a process; NotFound when there is none."""
    found = session.get(Migration, migration_id)
    if found is None or found.key != key:
        raise NotFound
    return found


class Line(NamedTuple):
    """One case in the report of a migration."""

    case_id: int
    number: str | None
    state: str
    from_number: int
    why: Text | None


def report(
    session: Session, migration: Migration, state: str = "", limit: int | None = None
) -> list[Line]:
    """Return what became of the cases of a migration (of one state), by case."""
    query = (
        select(Case.id, Case.number, MigrationCase.state, ProcessVersion.number, MigrationCase.why)
        .join(Case, Case.id == MigrationCase.case_id)
        .join(ProcessVersion, ProcessVersion.id == MigrationCase.from_version_id)
        .where(MigrationCase.migration_id == migration.id)
        .order_by(Case.id)
        .limit(limit)
    )
    if state:
        query = query.where(MigrationCase.state == state)
    rows = session.execute(query)
    return [Line(*row[:4], Text.read(row[4]) if row[4] else None) for row in rows]


def counts(session: Session, migration: Migration) -> dict[str, int]:
    """Count the cases of a migration by what became of them."""
    query = (
        select(MigrationCase.state, func.count())
        .where(MigrationCase.migration_id == migration.id)
        .group_by(MigrationCase.state)
    )
    return dict(session.execute(query).all())


def _next(session: Session, migration: Migration, state: str) -> dict[int, MigrationCase]:
    query = (
        select(MigrationCase)
        .where(MigrationCase.migration_id == migration.id, MigrationCase.state == state)
        .order_by(MigrationCase.case_id)
        .limit(AT_ONCE)
        .options(undefer(MigrationCase.before))
    )
    return {one.case_id: one for one in session.scalars(query)}


def _locked(session: Session, items: Mapping[int, MigrationCase]) -> dict[int, Case]:
    """Lock cases in the order of their ids, as everybody does; who works on one is waited for."""
    query = (
        select(Case)
        .where(Case.id.in_(items), Case.state.in_(("draft", "open")))
        .order_by(Case.id)
        .options(undefer(Case.run))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {case.id: case for case in session.scalars(query)}


def _note(item: MigrationCase, case: Case | None, fate: Fate | None) -> None:
    """Write down what became of a case."""
    item.at = clock.now()
    if case is None or fate is None:
        over = Text("已经办结。", "It was closed meanwhile.")
        item.state, item.why = "refused", over.as_json()
    elif fate.why:
        item.state = "refused"
        item.why = Text(
            "；".join(one.zh for one in fate.why), "; ".join(one.en for one in fate.why)
        ).as_json()
    else:
        item.state, item.before, item.case_version = "moved", fate.before, case.version


def _go_on(
    session: Session,
    migration: Migration,
    kind: str,
    payload: dict[str, Any],
    end: str,
    *,
    more: bool,
) -> None:
    if more:
        round_ = int(payload["dedupe_key"].rsplit("/", 1)[1]) + 1
        following = {name: one for name, one in payload.items() if name != "dedupe_key"}
        enqueue(session, kind, f"{kind}/{migration.id}/{round_}", following)
        return
    migration.state, migration.finished_at = end, clock.now()


def _mover(payload: dict[str, Any]) -> Actor:
    """Return who asked for it: the audit trail names them, the platform does the work."""
    return Actor(payload["by"], "", "process_admin") if payload.get("by") else SYSTEM
