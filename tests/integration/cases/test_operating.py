"""An administrator suspends, resumes, moves and ends running cases (catalogue H8)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.calendar.models import Deadline
from certflow.cases import operating
from certflow.cases.errors import Suspended
from certflow.cases.models import DueTimer, HumanTask
from certflow.cases.operations import save_draft
from certflow.cases.running import due_timers
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.holdings import Subject, all_held
from certflow.demo.story import Story
from certflow.notifications.models import Notice
from certflow.payments.models import Order, OrderLine
from factories.actors import actor, make_user
from factories.cast import START, make_story


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session)


@pytest.fixture
def admin(session: Session) -> Actor:
    return actor(make_user(session, "admin", "process_admin"), "process_admin")


def at_experts(story: Story) -> Story:
    return replace(story).begin().choose().apply().pre_review().pay().accept().assign()


def open_tasks(session: Session, story: Story) -> list[str]:
    query = select(HumanTask.element).where(
        HumanTask.case_id == story.case_id, HumanTask.state == "open"
    )
    return sorted(session.scalars(query))


def last(session: Session, story: Story) -> audit.AuditEvent:
    return audit.events(session, story.case.chain_key)[-1]


def test_nobody_works_on_a_suspended_case(session: Session, story: Story, admin: Actor) -> None:
    case = at_experts(story)
    operating.suspend(session, admin, case.case_id, "核实投诉")
    with pytest.raises(Suspended):
        case.evaluate()
    assert last(session, case).reason == "核实投诉"


def test_timers_and_deadlines_wait_as_long_as_it_rests(
    session: Session, story: Story, admin: Actor
) -> None:
    case = at_experts(story)
    deadline = session.scalars(select(Deadline).where(Deadline.case_id == case.case_id)).one()
    timer, due = session.scalars(select(DueTimer)).one(), deadline.due_at
    was = timer.due_at
    operating.suspend(session, admin, case.case_id, "核实投诉")
    clock.move(timedelta(days=100))
    assert deadline.state == "paused"
    assert due_timers(session) == []
    operating.resume(session, admin, case.case_id, "核实完毕")
    assert deadline.state == "running"
    assert due is not None
    assert deadline.due_at is not None
    assert deadline.due_at > due + timedelta(days=90)
    assert timer.due_at > was + timedelta(days=90)
    assert due_timers(session) == []
    case.evaluate()


def test_the_applicant_is_told(session: Session, story: Story, admin: Actor) -> None:
    case = at_experts(story)
    operating.suspend(session, admin, case.case_id, "核实投诉")
    operating.resume(session, admin, case.case_id, "核实完毕")
    operating.cancel(session, admin, case.case_id, "重复申请")
    kinds = select(Notice.kind).where(Notice.user_id == story.cast.applicant.user_id)
    told = [kind for kind in session.scalars(kinds.order_by(Notice.id)) if kind.startswith("case.")]
    assert told[-3:] == ["case.suspended", "case.resumed", "case.cancelled"]


def test_moving_says_first_what_it_ends(session: Session, story: Story, admin: Actor) -> None:
    case = at_experts(story)
    task = case.tasks("evaluate")[0]
    save_draft(session, case._expert(task), task.id, {"opinion": "写了一半"}, "")
    place = operating.standing(session, case.case)[0]
    seen = operating.consequence(session, case.case, place.token, "conclude")
    assert [one.zh for one in seen.tasks] == ["专家评价", "专家评价"]
    assert (len(seen.timers), seen.drafts) == (1, 1)
    assert open_tasks(session, case) == ["evaluate", "evaluate"]


def test_a_moved_case_goes_on_at_the_new_step(session: Session, story: Story, admin: Actor) -> None:
    case = at_experts(story)
    place = operating.standing(session, case.case)[0]
    operating.move(session, admin, case.case_id, place.token, "conclude", "专家均回避")
    assert open_tasks(session, case) == ["conclude"]
    assert session.scalars(select(DueTimer)).all() == []
    event = next(
        one for one in audit.events(session, case.case.chain_key) if one.action == "case.moved"
    )
    assert (event.before, event.after) == ({"at": ["evaluate"]}, {"at": "conclude"})
    case.conclude().approve()
    assert case.case.outcome == "registered"


def test_a_stale_or_impossible_move_is_refused(
    session: Session, story: Story, admin: Actor
) -> None:
    case = at_experts(story)
    place = operating.standing(session, case.case)[0]
    for token, to in (("gone", "conclude"), (place.token, "nowhere")):
        with pytest.raises(Conflict):
            operating.move(session, admin, case.case_id, token, to, "试试")
    with pytest.raises(Invalid):
        operating.move(session, admin, case.case_id, place.token, "conclude", " ")


def test_an_ended_case_is_over(session: Session, story: Story, admin: Actor) -> None:
    case = replace(story).begin().choose().apply().pre_review()
    operating.cancel(session, admin, case.case_id, "重复申请")
    assert (case.case.state, case.case.outcome) == ("closed", "cancelled")
    assert open_tasks(session, case) == []
    with pytest.raises(Conflict):
        operating.suspend(session, admin, case.case_id, "再暂停")


def orders(session: Session, story: Story) -> list[str]:
    query = select(Order.state).join(OrderLine).where(OrderLine.case_id == story.case_id)
    return list(session.scalars(query.order_by(Order.id)))


def test_moved_away_from_its_fee_a_case_need_not_pay(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review()
    place = operating.standing(session, case.case)[0]
    order = session.scalars(select(Order)).one()
    assert operating.consequence(session, case.case, place.token, "accept").order == order.number
    operating.move(session, admin, case.case_id, place.token, "accept", "免缴")
    assert (orders(session, case), open_tasks(session, case)) == (["closed"], ["accept"])


def test_asked_for_its_fee_afresh_a_case_has_one_order_to_pay(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review()
    place = operating.standing(session, case.case)[0]
    operating.move(session, admin, case.case_id, place.token, "request_payment", "重新开单")
    assert orders(session, case) == ["closed", "created"]
    case.pay()
    assert open_tasks(session, case) == ["accept"]


def test_a_move_that_leaves_the_fee_alone_closes_no_order(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review().pay()
    place = operating.standing(session, case.case)[0]
    assert operating.consequence(session, case.case, place.token, "approve").order == ""
    operating.move(session, admin, case.case_id, place.token, "approve", "免审")
    assert orders(session, case) == ["paid"]


def test_of_a_suspension_the_applicant_holds_what_the_page_shows(
    session: Session, story: Story, admin: Actor
) -> None:
    case = at_experts(story)
    operating.suspend(session, admin, case.case_id, "核实投诉")
    mine = Subject(case.case.applicant_id, story.cast.applicant.person_id)
    [held] = all_held(session, mine)["cases"]["cases"]
    assert held["suspension"] == {"at": clock.now().isoformat(), "why": "核实投诉"}
    assert not held.keys() & {"run", "audit_head", "version_id", "visited"}
