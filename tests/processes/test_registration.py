"""A registration, from the first click to the certificate, and every other way it can go."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from certflow.accounts.models import Person
from certflow.background import fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import operations, queries, running, versions
from certflow.cases.errors import StalePage, StepFailed, TaskGone
from certflow.cases.models import HumanTask
from certflow.cases.paying import seed_fees
from certflow.cases.turn import holding
from certflow.core import audit, clock
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.incidents import Incident
from certflow.demo.story import Story
from certflow.personnel.models import Certificate
from certflow.processes.registration import NO_BODY
from factories.cast import START, make_expert, make_story


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session).begin()


def stage(story: Story) -> list[str]:
    return story.case.stages


def audit_path(story: Story) -> str:
    return f"audit/{story.application['audit'][0]['id']}"


def to_experts(story: Story) -> Story:
    return story.choose().apply().pre_review().pay().accept().assign()


def to_correction(story: Story) -> Story:
    to_experts(story)
    return story.evaluate(fails=[audit_path(story)]).conclude("correct")


def test_it_runs_from_application_to_certificate(session: Session, story: Story) -> None:
    to_experts(story).evaluate().conclude().approve()
    case = story.case
    assert (case.state, case.outcome) == ("closed", "registered")
    certificate = session.scalars(select(Certificate)).one()
    assert certificate.case_id == case.id
    assert certificate.number.startswith("2026-N0QMS-")


def test_who_has_no_practising_body_is_told_how_to_get_one(session: Session, story: Story) -> None:
    person = session.get_one(Person, story.cast.applicant.person_id)
    person.organisation_id = None
    with pytest.raises(Invalid) as refused:
        story.choose()
    assert refused.value.fields == {"organisation": NO_BODY}


def test_a_submitted_case_gets_its_number(story: Story) -> None:
    story.choose()
    assert story.case.number is None
    story.apply()
    assert story.case.number == "20261120090001"
    assert re.fullmatch(r"\d{14}", story.case.number)


def test_the_self_check_sends_an_unready_person_back(session: Session, story: Story) -> None:
    story.mode = "upgrade_to_formal"
    story.choose()
    assert stage(story) == ["choose"]


def test_the_body_returns_and_the_applicant_mends(story: Story) -> None:
    story.choose().apply()
    story.pre_review("return", fails=[audit_path(story)])
    assert stage(story) == ["amend"]
    story.amend().pre_review()
    assert stage(story) == ["payment_received"]


def test_the_body_rejects(story: Story) -> None:
    story.choose().apply().pre_review("reject")
    assert story.case.outcome == "rejected_by_body"


def test_the_association_does_not_accept(story: Story) -> None:
    story.choose().apply().pre_review().pay().accept("refuse")
    assert story.case.outcome == "not_accepted"


def test_the_clock_starts_with_the_payment(session: Session, story: Story) -> None:
    story.choose().apply().pre_review()
    assert calendar.find_deadline(session, story.case_id, "evaluation") is None
    story.pay()
    deadline = calendar.find_deadline(session, story.case_id, "evaluation")
    assert deadline is not None
    assert (deadline.state, deadline.length, deadline.unit) == ("running", 30, "working_days")


def test_an_expert_of_the_own_body_is_refused_with_the_reason(
    session: Session, story: Story
) -> None:
    from certflow.accounts.models import Organisation

    body = session.get_one(Organisation, story.cast.staff.organisation_id)
    colleague = make_expert(session, "colleague", 99, body)
    story.choose().apply().pre_review().pay().accept()
    with pytest.raises(Invalid) as refused:
        story.assign(story.cast.experts[0], colleague)
    assert "同属一家机构" in refused.value.fields["experts"].zh


def test_an_expert_declines_and_another_is_assigned(story: Story) -> None:
    to_experts(story)
    first, second, third = story.cast.experts
    story.evaluate(declines=[first.user_id or 0])
    assert stage(story) == ["assign_experts"]
    story.assign(second, third).evaluate()
    assert stage(story) == ["conclude"]


def test_who_declined_cannot_be_assigned_again(story: Story) -> None:
    to_experts(story)
    first, second, _ = story.cast.experts
    story.evaluate(declines=[first.user_id or 0])
    with pytest.raises(Invalid, match="declined"):
        raise_fields(story, first, second)


def raise_fields(story: Story, *experts: object) -> None:
    try:
        story.assign(*experts)  # type: ignore[arg-type]
    except Invalid as error:
        raise Invalid(error.fields["experts"]) from error


def test_two_corrective_rounds_then_it_passes(story: Story) -> None:
    to_correction(story).correct()
    story.evaluate(fails=[audit_path(story)]).conclude("correct").correct()
    story.evaluate().conclude("pass").approve()
    assert story.case.outcome == "registered"


def test_there_is_no_third_corrective_round(story: Story) -> None:
    to_correction(story).correct()
    story.evaluate(fails=[audit_path(story)]).conclude("correct").correct()
    with pytest.raises(Invalid):
        story.evaluate(fails=[audit_path(story)]).conclude("correct")


def test_only_what_was_flagged_can_be_changed(session: Session, story: Story) -> None:
    to_correction(story)
    rows = [dict(row, duties="生产部 8.1") for row in story.application["audit"]]
    schools = [dict(row, school="另一所大学") for row in story.application["education"]]
    story.correct({"audit": rows, "education": schools})
    answer = queries.latest_answer(session, story.case_id, "apply")
    assert answer is not None
    duties = [row["duties"] for row in answer.data["audit"]]
    assert duties[0] == "生产部 8.1"
    assert duties[1] != "生产部 8.1"
    assert answer.data["education"][0]["school"] != "另一所大学"


def test_the_evaluation_clock_stands_still_during_correction(
    session: Session, story: Story
) -> None:
    to_correction(story)
    clock.move(timedelta(days=20))
    clocks = calendar.clocks_of(session, [story.case_id], clock.now())[story.case_id]
    assert (clocks["evaluation"].state, clocks["evaluation"].used) == ("paused", 0)
    assert (clocks["correction"].state, clocks["correction"].used) == ("running", 20)


def test_both_rounds_share_sixty_days(session: Session, story: Story) -> None:
    to_correction(story)
    clock.move(timedelta(days=40))
    story.correct().evaluate(fails=[audit_path(story)]).conclude("correct")
    clocks = calendar.clocks_of(session, [story.case_id], clock.now())[story.case_id]
    assert clocks["correction"].left == 20


@pytest.mark.parametrize(("days", "outcome"), [(60, None), (61, "not_corrected")])
def test_past_the_sixty_days_the_case_closes(
    session: Session, story: Story, days: int, outcome: str | None
) -> None:
    to_correction(story)
    session.commit()
    clock.move(timedelta(days=days))
    fire_due_timers()
    fire_due_timers()
    assert story.case.outcome == outcome


def test_a_reminder_comes_before_the_end(session: Session, story: Story) -> None:
    from certflow.notifications.queries import notices_of

    to_correction(story)
    session.commit()
    clock.move(timedelta(days=54))
    fire_due_timers()
    kinds = [one.kind for one in notices_of(session, story.cast.applicant.user_id or 0)]
    assert kinds.count("correction_reminder") == 1


def test_the_approver_may_send_it_back_or_refuse(story: Story) -> None:
    to_experts(story).evaluate().conclude().approve("return")
    assert stage(story) == ["conclude"]
    story.conclude().approve("refuse")
    assert story.case.outcome == "refused"


def test_the_applicant_withdraws(session: Session, story: Story) -> None:
    story.choose().apply()
    operations.withdraw(session, story.cast.applicant, story.case_id, "材料还不齐", None)
    assert (story.case.state, story.case.outcome) == ("closed", "withdrawn")
    assert not queries.tasks_of(session, story.case_id)


def test_it_is_too_late_to_withdraw_from_the_experts(session: Session, story: Story) -> None:
    to_experts(story)
    with pytest.raises(Invalid):
        operations.withdraw(session, story.cast.applicant, story.case_id, "晚了", None)


def test_a_double_click_has_one_effect(session: Session, story: Story) -> None:
    story.choose().apply()
    task = story.tasks("pre_review")[0]
    for _ in range(2):
        operations.complete_task(
            session, story.cast.staff, task.id, {"opinion": "同意"}, "agree", key="once"
        )
    done = [
        one for one in audit.events(session, f"case/{story.case_id}") if one.element == "pre_review"
    ]
    assert len(done) == 1


def test_a_stale_page_is_told(session: Session, story: Story) -> None:
    story.choose()
    task = story.tasks("apply")[0]
    with pytest.raises(StalePage):
        operations.complete_task(session, story.cast.applicant, task.id, {}, "submit", seen=0)


def test_a_task_done_by_somebody_else_is_told(session: Session, story: Story) -> None:
    story.choose().apply()
    task = story.tasks("pre_review")[0]
    story.pre_review()
    with pytest.raises(TaskGone):
        operations.complete_task(session, story.cast.staff, task.id, {}, "agree")


def test_another_persons_case_is_not_found(session: Session, story: Story) -> None:
    stranger = make_expert(session, "stranger", 77, make_body_of(session))
    with pytest.raises(NotFound):
        queries.get_case(session, stranger, story.case_id)


def make_body_of(session: Session) -> object:
    from factories.people import body as make_body

    return make_body(session, "南屿样例检验有限公司")


def test_nobody_decides_on_their_own_case(session: Session, story: Story) -> None:
    from dataclasses import replace

    story.choose().apply().pre_review().pay()
    task = story.tasks("accept")[0]
    same_person = replace(story.cast.reviewer, user_id=story.cast.applicant.user_id)
    with pytest.raises(Forbidden):
        operations.complete_task(
            session, same_person, task.id, {"complete": True, "in_scope": True}, "accept"
        )


def test_the_trail_is_whole_to_the_end(session: Session, story: Story) -> None:
    to_experts(story).evaluate().conclude().approve()
    assert audit.verify(session, story.case.chain_key, story.case.audit_head) == []


def test_open_tasks_are_the_engines_open_tasks(session: Session, story: Story) -> None:
    to_experts(story)
    rows = session.scalars(select(HumanTask).where(HumanTask.state == "open")).all()
    assert [row.element for row in rows] == ["evaluate", "evaluate"]
    assert {row.assignee_id for row in rows} == {one.user_id for one in story.cast.experts[:2]}


def without_price(session: Session) -> None:
    from certflow.payments.models import Fee

    session.execute(delete(Fee))


def test_a_failing_step_holds_the_case_and_a_retry_lets_it_run_on(
    session: Session, story: Story
) -> None:
    story.choose().apply()
    session.commit()
    without_price(session)
    session.commit()
    with pytest.raises(StepFailed) as failed:
        story.pre_review()
    session.rollback()
    assert story.case.stages == ["pre_review"]
    with holding(str(failed.value)):
        story.pre_review()
    incident = session.scalars(select(Incident)).one()
    assert (incident.kind, incident.case_id) == ("case.step", story.case_id)
    assert story.case.stages == []
    settings = versions.active(session, "registration").settings
    seed_fees(session, "registration", settings)
    running.retry(session, story.cast.reviewer, story.case_id)
    assert story.case.stages == ["payment_received"]
    assert session.scalars(select(Incident)).one().resolved_at is not None
