"""A suspended case stands still, whatever comes meanwhile, and can always be resumed (H8)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from certflow.calendar.models import Deadline
from certflow.calendar.operations.deadlines import end_deadline
from certflow.cases import linking, operating, running, steps
from certflow.cases.models import DueTimer
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.demo.story import Story
from factories.actors import actor, make_user
from factories.cast import START, make_story

MONTHS = timedelta(days=100)


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session)


@pytest.fixture
def admin(session: Session) -> Actor:
    return actor(make_user(session, "admin", "process_admin"), "process_admin")


@pytest.fixture
def resting(session: Session, story: Story, admin: Actor) -> Story:
    """A case with its experts, suspended."""
    case = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    operating.suspend(session, admin, case.case_id, "核实投诉")
    return case


@pytest.fixture
def unpaid(session: Session, story: Story, admin: Actor) -> Story:
    """A case that waits for its fee, suspended."""
    case = replace(story).begin().choose().apply().pre_review()
    operating.suspend(session, admin, case.case_id, "核实投诉")
    return case


def the_deadline(session: Session, case: Story) -> Deadline:
    return session.scalars(select(Deadline).where(Deadline.case_id == case.case_id)).one()


def states(session: Session, case: Story) -> dict[str, str]:
    found = session.scalars(select(Deadline).where(Deadline.case_id == case.case_id))
    return {one.key: one.state for one in found}


def timers(session: Session) -> list[DueTimer]:
    return list(session.scalars(select(DueTimer).order_by(DueTimer.id)))


def test_a_timer_listed_before_the_suspension_does_not_fire(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    clock.freeze(timers(session)[0].due_at + timedelta(minutes=1))
    listed = running.due_timers(session)
    operating.suspend(session, admin, case.case_id, "核实投诉")
    assert [running.fire_timer(session, one) for one in listed] == [False]


def test_it_is_not_retried_before_it_is_resumed(
    session: Session, resting: Story, admin: Actor
) -> None:
    with pytest.raises(Conflict, match="Resume"):
        running.retry(session, admin, resting.case_id)
    assert [one.held for one in timers(session)] == [True]


def test_it_is_not_moved_before_it_is_resumed(
    session: Session, resting: Story, admin: Actor
) -> None:
    token = operating.standing(session, resting.case)[0].token
    with pytest.raises(Conflict, match="Resume"):
        operating.move(session, admin, resting.case_id, token, "conclude", "试试")


def test_a_deadline_that_starts_meanwhile_stands_still_at_once(
    session: Session, unpaid: Story, admin: Actor
) -> None:
    clock.move(MONTHS)
    unpaid.pay()
    deadline = the_deadline(session, unpaid)
    assert (deadline.state, deadline.due_at) == ("paused", None)
    assert unpaid.case.suspension is not None
    clock.move(MONTHS)
    operating.resume(session, admin, unpaid.case_id, "核实完毕")
    assert deadline.state == "running"
    assert deadline.due_at is not None
    assert deadline.due_at > clock.now() + timedelta(days=30)


def test_a_timer_made_meanwhile_waits_only_for_the_rest_it_saw(
    session: Session, resting: Story, admin: Actor
) -> None:
    first = timers(session)[0]
    was = first.due_at
    clock.move(MONTHS)
    session.add(
        DueTimer(
            case_id=resting.case_id,
            engine_id="made-meanwhile",
            element="nowhere",
            due_at=clock.now() + timedelta(days=1),
            held=True,
        )
    )
    rest = resting.case.suspension
    assert rest is not None
    resting.case.suspension = {**rest, "begun": {"made-meanwhile": clock.now().isoformat()}}
    clock.move(timedelta(days=7))
    operating.resume(session, admin, resting.case_id, "核实完毕")
    later = timers(session)[1]
    assert later.due_at == clock.now() + timedelta(days=1)
    assert first.due_at > was + MONTHS
    assert [one.held for one in timers(session)] == [False, False]


def test_a_timer_that_begins_meanwhile_is_held_and_noted(
    session: Session, resting: Story, admin: Actor
) -> None:
    session.execute(delete(DueTimer))  # as if the step that begins it came only now
    session.expire_all()

    def nothing(turn: running.Turn) -> None:
        turn.timed = frozenset()

    running.act(session, resting.case_id, admin, nothing)
    assert [one.held for one in timers(session)] == [True]
    assert resting.case.suspension is not None
    assert list(resting.case.suspension["begun"]) == [timers(session)[0].engine_id]


def test_a_timer_that_failed_before_still_waits_for_its_retry(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    timers(session)[0].held = True
    operating.suspend(session, admin, case.case_id, "核实投诉")
    operating.resume(session, admin, case.case_id, "核实完毕")
    assert [one.held for one in timers(session)] == [True]


def test_a_deadline_that_ended_meanwhile_stays_ended(
    session: Session, resting: Story, admin: Actor
) -> None:
    end_deadline(session, resting.case_id, "evaluation", clock.now())
    operating.resume(session, admin, resting.case_id, "核实完毕")
    assert the_deadline(session, resting).state == "ended"


def test_a_deadline_that_is_gone_is_not_missed(
    session: Session, resting: Story, admin: Actor
) -> None:
    session.execute(delete(Deadline).where(Deadline.case_id == resting.case_id))
    operating.resume(session, admin, resting.case_id, "核实完毕")
    assert resting.case.suspension is None


def test_what_the_process_paused_meanwhile_stays_paused(
    session: Session, resting: Story, admin: Actor
) -> None:
    def correct(turn: running.Turn) -> None:
        steps.switch(turn.step(), "evaluation", "correction", 20, "working_days")

    running.act(session, resting.case_id, admin, correct)
    assert states(session, resting) == {"evaluation": "paused", "correction": "paused"}
    operating.resume(session, admin, resting.case_id, "核实完毕")
    assert states(session, resting) == {"evaluation": "paused", "correction": "running"}


def test_an_ended_case_rests_no_more_and_can_be_taken_up_again(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    operating.suspend(session, admin, case.case_id, "核实投诉")

    def over(turn: running.Turn) -> None:
        turn.run.cancel()
        operating.projection.close(turn, "refused")

    running.act(session, case.case_id, admin, over)
    assert (case.case.state, case.case.suspension) == ("closed", None)
    linking.reopen(session, case.case_id, "assign_experts", admin, "申诉成立")
    case.assign()
    assert {one.held for one in timers(session)} == {False}
