"""A case calls another service, waits until that is over, and goes on as it ended (issue 4)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.background import fire_due_timers
from certflow.cases import operating, operations, returning, running
from certflow.cases.calling import CLOSED, DEEPEST
from certflow.cases.dossier import open_dossier
from certflow.cases.errors import StepFailed
from certflow.cases.linking import links_of
from certflow.cases.models import Case
from certflow.cases.moving import Destination, move, move_back
from certflow.cases.queries import draft_of
from certflow.cases.story import timeline
from certflow.cases.turn import holding, lock, looked_at
from certflow.cases.versions import active
from certflow.core import audit, clock, outbox
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.incidents import incidents_of
from certflow.core.outbox import OutboxItem
from certflow.notifications.queries import notices_of
from factories import calling
from factories.actors import actor, make_user
from factories.calling import CALLER, CHECK, Permit, caller_content, check_content
from factories.cast import START
from factories.people import body as make_body


@pytest.fixture
def permit(session: Session) -> Permit:
    clock.freeze(START)
    return calling.make_permit(session)


@pytest.fixture
def admin(session: Session) -> Actor:
    return actor(make_user(session, "admin", "process_admin"), "process_admin")


@pytest.fixture(autouse=True)
def nobody_waits_in_vain(session: Session) -> Iterator[None]:
    """After every story: an open case has a task, a timer, an incident, or a called case that will tell."""
    yield
    told = select(OutboxItem).where(OutboxItem.kind == CLOSED, OutboxItem.state == "new")
    telling = {one.payload["case_id"] for one in session.scalars(told)}
    for case in session.scalars(select(Case).where(Case.state != "closed")):
        run = looked_at(session, case).run
        states = {one.case: session.get_one(Case, one.case).state for one in run.calls}
        called = {one for one, state in states.items() if state != "closed" or one in telling}
        assert called == set(states)
        assert run.open_tasks or run.timers or called or incidents_of(session, case.chain_key)


def trail(permit: Permit) -> list[str]:
    return [one.action for one in audit.events(permit.session, permit.case.chain_key)]


@pytest.mark.parametrize(("outcome", "ended"), [("accept", "granted"), ("refuse", "denied")])
def test_the_caller_goes_on_as_the_called_case_ended(
    permit: Permit, outcome: str, ended: str
) -> None:
    permit.file()
    assert (permit.case.state, permit.case.stages) == ("open", ["checked"])
    assert (permit.check.state, permit.check.service) == ("draft", CHECK)
    assert permit.check.applicant_id == permit.person.user_id
    permit.checked(outcome)
    assert permit.case.state == "open"
    permit.relay()
    assert (permit.case.state, permit.case.outcome) == ("closed", ended)
    told = [one for one in trail(permit) if one != "task.completed"]
    assert told[1:] == ["case.submitted", "case.called", "case.called_closed", "case.closed"]
    dossier = open_dossier(permit.session, permit.person, permit.case_id, clock.now(), "zh")
    words = [(one.what.zh, one.text.zh) for one in timeline(dossier)]
    assert ("发起“现场核实”", "") in words
    assert ("“现场核实”办结", "通过" if outcome == "accept" else "不通过") in words


def test_both_cases_show_the_link(permit: Permit) -> None:
    permit.file()
    (down,) = links_of(permit.session, permit.person, permit.case_id)
    (up,) = links_of(permit.session, permit.person, permit.check.id)
    assert (down.case, down.about) == (permit.check, True)
    assert (up.case, up.about) == (permit.case, False)
    assert down.waited_for
    assert not up.waited_for


def test_a_second_delivery_changes_nothing(permit: Permit) -> None:
    permit.file().checked().relay()
    before = permit.case.version
    told = {"case_id": permit.check.id, "caller_id": permit.case_id}
    returning.give_back(permit.session, told)
    returning.end_called(permit.session, told)
    assert permit.case.version == before
    assert permit.check.outcome == "accepted"


def test_what_a_killed_process_left_in_the_outbox_is_delivered_later(permit: Permit) -> None:
    permit.file().checked()
    permit.session.commit()  # and here the process dies
    item = permit.session.scalars(select(OutboxItem).where(OutboxItem.kind == CLOSED)).one()
    assert (item.state, permit.case.stages) == ("new", ["checked"])
    outbox.relay()
    assert permit.case.outcome == "granted"


def test_a_timer_on_the_call_ends_the_called_case(permit: Permit) -> None:
    permit.file()
    permit.session.commit()
    clock.move(timedelta(days=31))
    assert fire_due_timers() == 1
    permit.relay()
    assert (permit.case.outcome, permit.check.outcome) == ("lapsed", "cancelled")
    kinds = [one.kind for one in notices_of(permit.session, permit.person.user_id or 0)]
    assert "case.forsaken" in kinds
    told = [one.action for one in audit.events(permit.session, permit.check.chain_key)]
    assert told[-2:] == ["case.forsaken", "case.closed"]


def test_withdrawing_the_caller_withdraws_the_called_case(permit: Permit) -> None:
    permit.file()
    permit.check_walk.do("file", permit.person, calling.MATTER, "submit")
    operations.withdraw(permit.session, permit.person, permit.case_id, "不办了", None)
    permit.relay()
    assert (permit.case.outcome, permit.check.outcome) == ("withdrawn", "withdrawn")


def test_cancelling_or_moving_the_caller_ends_the_called_case(permit: Permit, admin: Actor) -> None:
    permit.file()
    (place,) = operating.standing(permit.session, permit.case)
    told = operating.consequence(permit.session, permit.case, place.token, "file")
    assert [one.zh for one in told.called] == ["现场核实"]
    operating.move(permit.session, admin, permit.case_id, place.token, "file", "退回补填")
    permit.relay()
    assert (permit.case.stages, permit.check.outcome) == (["file"], "cancelled")
    permit.do("file", permit.person, calling.MATTER, "submit")
    operating.cancel(permit.session, admin, permit.case_id, "重复申请")
    permit.relay()
    assert (permit.case.outcome, permit.check.outcome) == ("cancelled", "cancelled")


def test_a_called_draft_that_is_deleted_counts_as_withdrawn(permit: Permit) -> None:
    permit.file()
    operations.delete_draft_case(permit.session, permit.person, permit.check.id)
    permit.relay()
    assert permit.case.outcome == "denied"


def test_a_service_that_is_not_there_is_an_incident_and_can_be_retried(
    permit: Permit, session: Session, admin: Actor
) -> None:
    calling.publish(session, caller_content("site_visit"))
    with pytest.raises(StepFailed) as failed:
        permit.file()
    assert failed.value.element == "checked"
    assert "site_visit" in failed.value.reason.zh
    session.rollback()
    permit = calling.make_permit(session)
    calling.publish(session, caller_content("site_visit"))
    session.commit()
    permit.case_id = operations.start_case(session, permit.person, CALLER).id
    with holding("x"):
        permit.do("file", permit.person, calling.MATTER, "submit")
    assert incidents_of(session, permit.case.chain_key)
    calling.publish(session, check_content("site_visit"))
    running.retry(session, admin, permit.case_id)
    assert permit.check.service == "site_visit"


def test_only_who_may_file_it_can_have_it_called(permit: Permit, session: Session) -> None:
    for_bodies = check_content()
    for_bodies["service"]["start_roles"] = ["body_staff"]
    calling.publish(session, for_bodies)
    with pytest.raises(StepFailed) as failed:
        permit.file()
    assert "现场核实" in failed.value.reason.zh
    session.rollback()


def test_what_an_organisation_filed_calls_in_the_name_of_that_organisation(
    permit: Permit, session: Session
) -> None:
    contents = caller_content(), check_content()
    for one in contents:
        one["service"]["start_roles"] = ["applicant", "body_staff"]
    calling.publish(session, *contents)
    body = make_body(session)
    permit.person = actor(make_user(session, "liu", "body_staff", body), "body_staff", body)
    permit.file()
    assert permit.check.applicant_organisation_id == body.id
    assert permit.checked().relay().case.outcome == "granted"


def test_services_that_call_each_other_stop_at_a_depth(permit: Permit, session: Session) -> None:
    """The studio refuses it; two that were published at the same moment are stopped here."""
    keys = [f"level_{number}" for number in range(DEEPEST + 1)]
    for key, following in zip(keys, [*keys[1:], CHECK], strict=True):
        calling.publish(session, caller_content(following, key))
    case_id = operations.start_case(session, permit.person, keys[0]).id
    walk = Permit(session=session, person=permit.person, reviewer=permit.reviewer, case_id=case_id)
    for _ in range(DEEPEST):
        walk.do("file", permit.person, calling.MATTER, "submit")
        walk.case_id = walk.check.id
    with pytest.raises(StepFailed) as failed:
        walk.do("file", permit.person, calling.MATTER, "submit")
    assert str(DEEPEST) in failed.value.reason.zh
    session.rollback()


def test_a_step_that_fails_behind_the_call_is_an_incident(permit: Permit, session: Session) -> None:
    broken = caller_content()
    broken["bpmn"] = broken["bpmn"].replace("check.outcome == 'accepted'", "check.nothing > 1")
    calling.publish(session, broken)
    permit.file().checked().relay()
    assert permit.case.state == "open"
    (incident,) = incidents_of(session, permit.case.chain_key)
    assert "how" in incident.reason
    assert not outbox.failed_items(session)


def test_a_waiting_case_is_moved_to_another_version_and_back(
    permit: Permit, session: Session, admin: Actor
) -> None:
    permit.file()
    called, was = permit.check.id, permit.case.version_id
    calling.publish(session, check_content("site_visit"), caller_content("site_visit"))
    target = Destination(session, active(session, CALLER), {})
    fates = move(target, admin, [lock(session, permit.case_id)], "改用新的核实")
    fate = fates[permit.case_id]
    assert not fate.why
    assert fate.before is not None
    permit.relay()
    assert permit.check.service == "site_visit"
    assert session.get_one(type(permit.case), called).outcome == "cancelled"
    move_back(session, admin, lock(session, permit.case_id), was, fate.before, "退回")
    permit.relay()
    assert permit.case.outcome == "denied"  # the first check has ended meanwhile
    assert permit.check.outcome == "cancelled"


@pytest.mark.parametrize(("given", "filled"), [("'南山'", "南山"), ("today()", "2026-11-20")])
def test_given_values_fill_in_the_first_form(
    permit: Permit, session: Session, given: str, filled: str
) -> None:
    calling.publish(session, caller_content(matter=given))
    permit.file()
    (task,) = permit.check_walk.tasks("file")
    draft = draft_of(session, task.id)
    assert draft is not None
    assert draft.data == {"matter": filled}
