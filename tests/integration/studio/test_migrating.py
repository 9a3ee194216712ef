"""Running cases are moved to a new version, and back (catalogue H6)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from certflow.cases import operating, versions
from certflow.cases.models import Case, Draft, DueTimer, HumanTask
from certflow.cases.operations import save_draft
from certflow.cases.versions import Loaded
from certflow.core import audit, clock
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.outbox import OutboxItem
from certflow.demo.story import Story
from certflow.studio import migrating
from certflow.studio.migration_preview import preview
from certflow.studio.models import Migration, MigrationCase
from factories.actors import actor, make_user
from factories.cast import ROOT, START, make_story

HANDLERS: dict[str, Callable[[Session, dict[str, Any]], None]] = {
    migrating.MOVE: migrating.move_some,
    migrating.UNDO: migrating.undo_some,
}
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session)


def another(story: Story) -> Story:
    return replace(story).begin()


def publish(session: Session, edit: Edit) -> Loaded:
    """Publish registration with a change."""
    content = versions.read_folder(ROOT, "registration")
    edit(content)
    version = versions.publish(session, "registration", content, "改版")
    assert version is not None
    return versions.loaded(session, version.id)


def renamed(old: str, new: str) -> Edit:
    """Return a change that gives a step another id."""

    def edit(content: dict[str, Any]) -> None:
        form = f'value="{old}"'
        text = content["bpmn"].replace(form, "THE FORM").replace(f">{old}<", f">{new}<")
        content["bpmn"] = text.replace(f'"{old}"', f'"{new}"').replace("THE FORM", form)
        settings = json.dumps(content["service"]).replace(f'"{old}"', f'"{new}"')
        content["service"] = json.loads(settings)

    return edit


def titled(content: dict[str, Any]) -> None:
    content["service"]["stages"]["pre_review"]["name"] = {"zh": "机构预审", "en": "Pre-review"}


def work(session: Session) -> None:
    """Carry out what the background would."""
    done: set[int] = set()
    while items := [
        one
        for one in session.scalars(select(OutboxItem).order_by(OutboxItem.id))
        if one.kind in HANDLERS and one.state == "new" and one.id not in done
    ]:
        for item in items:
            done.add(item.id)
            HANDLERS[item.kind](session, {**item.payload, "dedupe_key": item.dedupe_key})
            session.flush()


def migrate(session: Session, target: Loaded, **mapping: str) -> Migration:
    admin = actor(make_user(session, f"admin{target.number}", "process_admin"), "process_admin")
    migration = migrating.begin(session, admin, target, mapping, "规则更新")
    work(session)
    return migration


def fates(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(MigrationCase.state, MigrationCase.why))
    return [(state, why["en"] if why else "") for state, why in rows]


def task(session: Session, story: Story) -> HumanTask:
    query = select(HumanTask).where(HumanTask.case_id == story.case_id, HumanTask.state == "open")
    return session.scalars(query.execution_options(populate_existing=True)).one()


def test_a_case_goes_on_in_the_new_version_with_its_task_and_draft(
    session: Session, story: Story
) -> None:
    at_body = another(story).choose().apply()
    open_task = task(session, at_body)
    save_draft(session, story.cast.staff, open_task.id, {"opinion": "写了一半"}, "")
    target = publish(session, titled)
    migration = migrate(session, target)
    assert (migration.state, migration.done, fates(session)) == ("finished", 1, [("moved", "")])
    assert at_body.case.version_id == target.version_id
    after = task(session, at_body)
    assert (after.id, after.name["zh"]) == (open_task.id, "机构预审")
    assert session.get_one(Draft, after.id).data["opinion"] == "写了一半"
    at_body.pre_review()
    assert "pre_review" in at_body.case.visited


def test_the_trail_says_who_moved_it_why_and_stays_whole(session: Session, story: Story) -> None:
    case = another(story).choose().apply().case
    migrate(session, publish(session, titled))
    event = audit.events(session, case.chain_key)[-1]
    assert (event.action, event.before, event.after, event.reason) == (
        "case.migrated",
        {"version": 1},
        {"version": 2},
        "规则更新",
    )
    session.refresh(case)
    assert audit.verify(session, case.chain_key, case.audit_head) == []


def test_the_preview_says_where_cases_wait_and_what_stands_in_the_way(
    session: Session, story: Story
) -> None:
    another(story).choose().apply()
    another(story).choose().apply()
    another(story)
    target = publish(session, renamed("pre_review", "first_look"))
    seen = preview(session, target, {})
    told = [(one.place.steps[0].zh, one.total, one.movable) for one in seen.groups]
    assert told == [("机构初核", 2, 0), ("选择申请类型", 1, 1)]
    assert [one.element for one in seen.stuck] == ["pre_review"]
    assert "first_look" in [one.element for one in seen.goals]
    assert preview(session, target, {"pre_review": "first_look"}).movable == 3
    assert session.scalars(select(Case.version_id).distinct()).all() != [target.version_id]


def test_a_mapping_takes_the_task_along(session: Session, story: Story) -> None:
    at_body = another(story).choose().apply()
    before = task(session, at_body)
    migrate(session, publish(session, renamed("pre_review", "first_look")), pre_review="first_look")
    after = task(session, at_body)
    assert (after.id, after.element, at_body.case.stages) == (
        before.id,
        "first_look",
        ["first_look"],
    )


def test_what_cannot_go_stays_as_it_was(session: Session, story: Story) -> None:
    at_body = another(story).choose().apply()
    was = at_body.case.version_id
    migrate(session, publish(session, renamed("pre_review", "first_look")))
    assert fates(session)[0][0] == "refused"
    assert "no such step" in fates(session)[0][1]
    assert at_body.case.version_id == was
    at_body.pre_review()


def test_a_form_that_was_answered_must_not_be_missing(session: Session, story: Story) -> None:
    another(story).choose()

    def edit(content: dict[str, Any]) -> None:
        content["forms"]["choose_field"] = content["forms"].pop("choose")
        content["bpmn"] = content["bpmn"].replace('value="choose"', 'value="choose_field"')

    seen = preview(session, publish(session, edit), {})
    assert (seen.total, seen.movable) == (1, 0)
    assert "which was answered" in next(iter(seen.groups[0].why)).en


def test_running_timers_keep_their_instant(session: Session, story: Story) -> None:
    another(story).choose().apply().pre_review().pay().accept().assign()
    timers = select(DueTimer.element, DueTimer.due_at).order_by(DueTimer.element)
    before = session.execute(timers).all()
    assert [one.element for one in before] == ["evaluation_reminder_due"]
    clock.freeze(START.replace(day=25))
    migrate(session, publish(session, titled))
    assert session.execute(timers).all() == before


def test_undo_moves_back_what_has_not_gone_on(session: Session, story: Story) -> None:
    goes_back = another(story).choose().apply()
    was, before = goes_back.case.version_id, task(session, goes_back)
    migration = migrate(
        session, publish(session, renamed("pre_review", "first_look")), pre_review="first_look"
    )
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    migrating.undo(session, admin, migration.id, "先不迁移")
    work(session)
    assert migration.state == "undone"
    after = task(session, goes_back)
    assert (after.id, after.element, after.name) == (before.id, "pre_review", before.name)
    assert goes_back.case.version_id == was
    goes_back.pre_review()
    assert "pre_review" in goes_back.case.visited


def test_a_case_that_went_on_is_not_undone(session: Session, story: Story) -> None:
    moved = another(story).choose().apply()
    migration = migrate(session, publish(session, titled))
    moved.pre_review()
    now_on = moved.case.version_id
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    migrating.undo(session, admin, migration.id, "先不迁移")
    work(session)
    assert fates(session) == [("stayed", "It has gone on since and stays.")]
    assert moved.case.version_id == now_on


def test_a_reason_is_asked_for_and_one_migration_at_a_time(session: Session, story: Story) -> None:
    another(story).choose().apply()
    target = publish(session, titled)
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    with pytest.raises(Invalid):
        migrating.begin(session, admin, target, {}, " ")
    migrating.begin(session, admin, target, {}, "规则更新")
    with pytest.raises(Conflict):
        migrating.begin(session, admin, target, {}, "规则更新")


def test_without_anything_to_move_nothing_begins(session: Session, story: Story) -> None:
    target = publish(session, titled)
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    with pytest.raises(Conflict):
        migrating.begin(session, admin, target, {}, "规则更新")


def experts_step(new: str) -> Edit:
    """Return a change that gives the experts' step another id."""
    return renamed("evaluate", new)


def test_undo_gives_timers_back_as_they_were_due_at_the_last(
    session: Session, story: Story
) -> None:
    waiting = another(story).choose().apply().pre_review().pay().accept().assign()
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    operating.suspend(session, admin, waiting.case_id, "核实")
    clock.move(timedelta(days=40))
    operating.resume(session, admin, waiting.case_id, "核实完毕")
    due = session.scalars(select(DueTimer.due_at)).one()
    migration = migrate(session, publish(session, experts_step("judge")), evaluate="judge")
    assert fates(session) == [("moved", "")]
    migrating.undo(session, admin, migration.id, "先不迁移")
    work(session)
    timer = session.scalars(select(DueTimer)).one()
    assert (timer.due_at, timer.element) == (due, "evaluation_reminder_due")


def test_undo_gives_every_parallel_task_its_name_back(session: Session, story: Story) -> None:
    waiting = another(story).choose().apply().pre_review().pay().accept().assign()
    migration = migrate(session, publish(session, experts_step("judge")), evaluate="judge")
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    migrating.undo(session, admin, migration.id, "先不迁移")
    work(session)
    rows = session.execute(
        select(HumanTask.element, HumanTask.form).where(HumanTask.state == "open")
    )
    assert rows.all() == [("evaluate", "evaluate")] * 2
    waiting.evaluate()


def test_mappings_may_chain(session: Session, story: Story) -> None:
    waiting = another(story).choose().apply()

    def swapped(content: dict[str, Any]) -> None:
        renamed("pre_review", "first_look")(content)

    migrate(session, publish(session, swapped), pre_review="accept", accept="approve")
    assert [task(session, waiting).element] == waiting.case.stages


def test_undo_waits_for_a_migration_that_is_under_way(session: Session, story: Story) -> None:
    another(story).choose().apply()
    first = migrate(session, publish(session, titled))
    admin = actor(make_user(session, "second", "process_admin"), "process_admin")
    third = publish(session, lambda content: content["service"].update(rank=3))
    migrating.begin(session, admin, third, {}, "再改一次")
    with pytest.raises(Conflict):
        migrating.undo(session, admin, first.id, "先不迁移")
