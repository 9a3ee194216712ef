"""An appeal, from the refusal to the letter, and every other way it can go (D3)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.accounts.models import Organisation, RoleGrant
from certflow.background import fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import assignment, linking, operations, queries
from certflow.cases.dossier import open_dossier
from certflow.cases.errors import NotNow
from certflow.cases.letters import letters_of
from certflow.cases.models import Case
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.incidents import Incident
from certflow.core.text import Text
from certflow.demo.quarrels import Appeal
from certflow.notifications.queries import notices_of
from factories.actors import actor, make_user
from factories.cast import START, make_expert
from factories.people import body as make_body
from factories.quarrels import Court, make_appeal, make_court, refused


@pytest.fixture
def court(session: Session) -> Court:
    clock.freeze(START)
    return make_court(session)


@pytest.fixture
def appeal(court: Court) -> Appeal:
    return make_appeal(court)


def decided(appeal: Appeal) -> Case:
    return appeal.session.get_one(Case, appeal.decision, populate_existing=True)


def to_experts(appeal: Appeal) -> Appeal:
    return appeal.begin().file().accept().assign()


def told(appeal: Appeal) -> list[str]:
    return [one.kind for one in notices_of(appeal.session, appeal.appellant.user_id or 0)]


def words(text: object) -> str:
    return Text.read(text).zh


def test_an_overturned_decision_is_taken_up_again(appeal: Appeal) -> None:
    to_experts(appeal).evaluate().decide("overturn", "accept")
    assert (appeal.case.state, appeal.case.outcome) == ("closed", "overturned")
    assert (decided(appeal).state, decided(appeal).stages) == ("open", ["accept"])
    assert decided(appeal).outcome is None


def test_a_decision_that_was_taken_up_again_runs_to_its_end(court: Court, appeal: Appeal) -> None:
    to_experts(appeal).evaluate().decide("overturn", "assign_experts")
    story = court.story
    story.assign().evaluate().conclude().approve()
    assert decided(appeal).outcome == "registered"


def test_in_a_case_taken_up_again_corrections_can_be_asked_for(
    court: Court, appeal: Appeal
) -> None:
    to_experts(appeal).evaluate().decide("overturn", "assign_experts")
    audit_record = f"audit/{court.story.application['audit'][0]['id']}"
    court.story.assign().evaluate(fails=[audit_record]).conclude("correct").correct()
    assert decided(appeal).stages == ["evaluate"]


def test_a_case_taken_up_again_has_its_whole_time_once_more(
    session: Session, appeal: Appeal
) -> None:
    clock.move(timedelta(days=20))
    to_experts(appeal).evaluate().decide("overturn", "accept")
    deadline = calendar.find_deadline(session, appeal.decision, "evaluation")
    assert deadline is not None
    assert (deadline.state, deadline.started_on) == ("running", clock.today())
    [task] = [one for one in queries.tasks_of(session, appeal.decision) if one.element == "accept"]
    assert task.due_at is not None
    assert task.due_at > clock.now()


def test_an_upheld_decision_stays(appeal: Appeal) -> None:
    to_experts(appeal).evaluate("uphold").decide("uphold")
    assert appeal.case.outcome == "upheld"
    assert decided(appeal).outcome == "not_accepted"


def test_a_decision_can_be_overturned_in_part(appeal: Appeal) -> None:
    to_experts(appeal).evaluate("in_part").decide("in_part", "accept")
    assert appeal.case.outcome == "overturned_in_part"
    assert decided(appeal).stages == ["accept"]


def test_to_overturn_one_says_where_the_case_goes_on(appeal: Appeal) -> None:
    to_experts(appeal).evaluate()
    answers = {"result": "overturn", "opinion": "理由成立。"}
    with pytest.raises(Invalid) as refused_:
        appeal.do("decide", appeal.approver, answers, "decide")
    assert "reopen_at" in refused_.value.fields


def test_a_case_does_not_skip_what_it_never_came_to(appeal: Appeal) -> None:
    """Its application was not accepted: nobody evaluated it, so nobody approves it."""
    to_experts(appeal).evaluate()
    with pytest.raises(Invalid) as refused:
        appeal.decide("overturn", "approve")
    assert "reopen_at" in refused.value.fields


def test_a_case_goes_on_only_where_its_service_allows(appeal: Appeal) -> None:
    to_experts(appeal).evaluate()
    with pytest.raises(Invalid):
        appeal.decide("overturn", "apply")


@pytest.mark.parametrize(
    ("result", "letter"),
    [("uphold", "upheld"), ("overturn", "overturned"), ("in_part", "overturned_in_part")],
)
def test_the_appellant_gets_a_letter_with_the_reasons(
    session: Session, appeal: Appeal, result: str, letter: str
) -> None:
    to_experts(appeal).evaluate().decide(result)
    found = letters_of(session, appeal.case_id)
    assert [one.letter for one in found] == [letter]
    assert "采纳专家意见。" in words(found[0].content["paragraphs"][1])
    assert "letter" in told(appeal)


def test_both_cases_show_each_other(session: Session, appeal: Appeal) -> None:
    to_experts(appeal)
    appellant = appeal.appellant
    shown = linking.links_of(session, appellant, appeal.decision)
    assert [(one.case.id, one.kind, one.about) for one in shown] == [
        (appeal.case_id, "appeal", True)
    ]
    shown = linking.links_of(session, appellant, appeal.case_id)
    assert [(one.case.id, one.about) for one in shown] == [(appeal.decision, False)]


@pytest.mark.parametrize(("days", "admitted"), [(29, True), (30, True), (31, False)])
def test_an_appeal_is_filed_within_thirty_days(court: Court, days: int, admitted: bool) -> None:
    appeal = make_appeal(court)
    clock.move(timedelta(days=days))
    if admitted:
        appeal.begin().file()
        assert appeal.case.state == "open"
        return
    with pytest.raises(NotNow) as late:
        appeal.begin()
    assert "2026-12-20" in late.value.message.zh


def test_the_appeal_still_names_a_decision_that_was_taken_up_again(appeal: Appeal) -> None:
    to_experts(appeal).evaluate().decide("overturn", "accept")
    dossier = open_dossier(appeal.session, appeal.appellant, appeal.case_id, clock.now(), "zh")
    shown = dossier.voice.value(dossier.loaded.forms["file"].fields["case"], str(appeal.decision))
    assert str(decided(appeal).number) in shown
    with pytest.raises(NotNow, match="not found"):
        make_again(appeal)


def make_again(appeal: Appeal) -> None:
    given = {"case": str(appeal.decision)}
    operations.start_case(appeal.session, appeal.appellant, "appeal", given=given)


def test_what_counts_is_the_day_in_shanghai(court: Court) -> None:
    appeal = make_appeal(court)
    clock.freeze(START.replace(month=12, day=20, hour=23, minute=59))
    appeal.begin()
    clock.move(timedelta(minutes=1))
    with pytest.raises(Invalid) as late:
        appeal.file()
    assert "2026-12-20" in late.value.fields["case"].zh


def test_a_returned_appeal_is_still_in_time(appeal: Appeal) -> None:
    clock.move(timedelta(days=30))
    appeal.begin().file().accept("return", "请写明具体理由。")
    clock.move(timedelta(days=3))
    appeal.amend()
    assert appeal.case.stages == ["accept"]


def test_a_returned_appeal_stays_against_the_same_decision(court: Court, appeal: Appeal) -> None:
    other = refused(court)
    appeal.begin().file().accept("return", "请写明具体理由。")
    with pytest.raises(Invalid) as changed:
        appeal.amend(case=str(other.id))
    assert list(changed.value.fields) == ["case"]


def test_without_a_decision_there_is_nothing_to_appeal(session: Session, court: Court) -> None:
    with pytest.raises(NotNow) as nothing:
        operations.start_case(session, court.story.cast.applicant, "appeal")
    assert "没有可以申诉的决定" in nothing.value.message.zh


def test_another_persons_decision_cannot_be_appealed(session: Session, appeal: Appeal) -> None:
    stranger = actor(make_user(session, "stranger", "applicant"), "applicant")
    with pytest.raises(NotNow):
        operations.start_case(session, stranger, "appeal", given={"case": str(appeal.decision)})


def test_what_was_granted_cannot_be_appealed(session: Session, court: Court) -> None:
    court.story.begin().choose().apply().pre_review().pay().accept().assign()
    court.story.evaluate().conclude().approve()
    with pytest.raises(NotNow):
        operations.start_case(session, court.story.cast.applicant, "appeal")


def test_a_decision_is_appealed_once(court: Court, appeal: Appeal) -> None:
    appeal.begin().file()
    with pytest.raises(NotNow) as twice:
        make_appeal(court, decided(appeal)).begin()
    assert str(appeal.case.number) in twice.value.message.zh


def test_after_a_withdrawal_it_can_be_appealed_again(
    session: Session, court: Court, appeal: Appeal
) -> None:
    appeal.begin().file()
    operations.withdraw(session, appeal.appellant, appeal.case_id, "材料还不齐", None)
    assert make_appeal(court, decided(appeal)).begin().file().case.state == "open"


def test_a_new_decision_can_be_appealed_again(court: Court, appeal: Appeal) -> None:
    to_experts(appeal).evaluate().decide("overturn", "accept")
    clock.move(timedelta(days=2))
    court.story.accept("refuse")
    assert make_appeal(court, decided(appeal)).begin().file().case.state == "open"


def clerk_of(appeal: Appeal) -> Actor:
    """Somebody who acts for the body of the case appealed."""
    body = appeal.session.get_one(Organisation, decided(appeal).organisation_id)
    return actor(make_user(appeal.session, "clerk", "body_staff", body), "body_staff", body)


def test_an_organisation_appeals_what_it_filed_itself(session: Session, appeal: Appeal) -> None:
    clerk = clerk_of(appeal)
    with pytest.raises(NotNow):
        operations.start_case(session, clerk, "appeal", given={"case": str(appeal.decision)})
    decided(appeal).applicant_organisation_id = clerk.organisation_id
    session.flush()
    appeal.appellant = clerk
    to_experts(appeal).evaluate().decide("uphold")
    assert appeal.case.applicant_organisation_id == clerk.organisation_id
    assert appeal.case.outcome == "upheld"


def test_the_association_returns_and_the_appellant_completes(appeal: Appeal) -> None:
    appeal.begin().file().accept("return", "请写明具体理由。")
    assert appeal.case.stages == ["amend"]
    assert "returned" in told(appeal)
    appeal.amend().accept()
    assert appeal.case.stages == ["assign_experts"]


def test_the_association_refuses_with_a_letter(session: Session, appeal: Appeal) -> None:
    appeal.begin().file().accept("refuse", "不属于申诉范围。")
    assert appeal.case.outcome == "not_accepted"
    [letter] = letters_of(session, appeal.case_id)
    assert "不属于申诉范围。" in words(letter.content["paragraphs"][1])


@pytest.mark.parametrize("outcome", ["return", "refuse"])
def test_a_refusal_needs_its_reason(appeal: Appeal, outcome: str) -> None:
    appeal.begin().file()
    with pytest.raises(Invalid):
        appeal.accept(outcome, "")


def test_who_does_not_complete_it_in_ten_working_days_is_reminded_then_closed(
    session: Session, appeal: Appeal
) -> None:
    appeal.begin().file().accept("return", "请写明具体理由。")
    session.commit()
    clock.freeze(START.replace(month=12, day=1, hour=23))
    fire_due_timers()
    assert "amendment_reminder" not in told(appeal)
    clock.freeze(START.replace(month=12, day=2, hour=1))
    fire_due_timers()
    assert "amendment_reminder" in told(appeal)
    clock.freeze(START.replace(month=12, day=4, hour=23))
    fire_due_timers()
    assert appeal.case.state == "open"
    clock.freeze(START.replace(month=12, day=5, hour=1))
    fire_due_timers()
    assert appeal.case.outcome == "not_amended"


def test_the_clock_of_ninety_working_days_runs_from_submission(
    session: Session, appeal: Appeal
) -> None:
    appeal.begin()
    assert calendar.find_deadline(session, appeal.case_id, "handling") is None
    appeal.file()
    deadline = calendar.find_deadline(session, appeal.case_id, "handling")
    assert deadline is not None
    assert (deadline.state, deadline.length, deadline.unit) == ("running", 90, "working_days")
    appeal.accept("return", "请写明具体理由。").amend()
    clock.move(timedelta(days=3))
    assert deadline.started_on == START.date()


def test_who_had_a_part_in_the_case_stands_back(court: Court) -> None:
    story = court.story
    story.begin().choose().apply().pre_review().pay().accept().assign().evaluate()
    story.conclude("refuse").approve("refuse")
    appeal = make_appeal(court, story.case).begin().file().accept()
    with pytest.raises(Invalid) as same:
        appeal.assign(story.cast.experts[0])
    assert "需要回避" in same.value.fields["experts"].zh
    appeal.assign(story.cast.experts[2])
    assert appeal.case.stages == ["evaluate"]


def test_an_expert_of_the_appellants_body_stands_back(session: Session, appeal: Appeal) -> None:
    own = session.get_one(Organisation, decided(appeal).organisation_id)
    colleague = make_expert(session, "colleague", 99, own)
    appeal.begin().file().accept()
    with pytest.raises(Invalid):
        appeal.assign(colleague)


@pytest.mark.parametrize(("experts", "fits"), [(0, False), (1, True), (3, True), (4, False)])
def test_one_to_three_experts_evaluate(
    session: Session, appeal: Appeal, experts: int, fits: bool
) -> None:
    fourth = make_expert(session, "judge4", 40, make_body(session, "北辰示例认证有限公司"))
    appeal.begin().file().accept()
    chosen = [str(one.user_id) for one in (*appeal.experts, fourth)[:experts]]
    if fits:
        appeal.do("assign_experts", appeal.office, {"experts": chosen}, "assign")
        assert len(appeal.tasks("evaluate")) == experts
        return
    with pytest.raises(Invalid):
        appeal.do("assign_experts", appeal.office, {"experts": chosen}, "assign")


def test_an_expert_declines_and_another_is_assigned(appeal: Appeal) -> None:
    to_experts(appeal).evaluate(declines=(appeal.experts[0],))
    assert appeal.case.stages == ["assign_experts"]
    with pytest.raises(Invalid):
        appeal.assign(appeal.experts[0])
    appeal.assign(appeal.experts[2]).evaluate()
    assert appeal.case.stages == ["decide"]


def test_when_everybody_has_to_stand_back_staff_are_told(session: Session, court: Court) -> None:
    appeal = make_appeal(court).begin().file()
    session.query(RoleGrant).filter(RoleGrant.role == "expert").delete()
    appeal.accept()
    assert [one.kind for one in session.scalars(select(Incident))] == ["case.nobody"]


def test_the_approver_of_the_case_appealed_does_not_decide_the_appeal(court: Court) -> None:
    story = court.story
    story.begin().choose().apply().pre_review().pay().accept().assign().evaluate()
    story.conclude("refuse").approve("refuse")
    appeal = make_appeal(court, story.case).begin().file().accept().assign().evaluate()
    appeal.approver = story.cast.approver
    task = appeal.tasks("decide")[0]
    with pytest.raises(Forbidden, match="stand back"):
        assignment.claim(appeal.session, appeal.approver, task.id)
    with pytest.raises(Forbidden, match="stand back"):
        appeal.decide("uphold")
    with pytest.raises(Invalid, match="stand back"):  # nor is it handed to them
        assignment.reassign(
            appeal.session, court.approver, task.id, story.cast.approver.user_id or 0, "休假"
        )
    appeal.approver = court.approver
    assert appeal.decide("uphold").case.outcome == "upheld"


def test_when_every_approver_decided_the_case_staff_are_told(
    session: Session, court: Court
) -> None:
    story = court.story
    story.begin().choose().apply().pre_review().pay().accept().assign().evaluate()
    story.conclude("refuse").approve("refuse")
    appeal = make_appeal(court, story.case).begin().file().accept().assign()
    grants = session.query(RoleGrant).filter(RoleGrant.role == "approver")
    grants.filter(RoleGrant.user_id != story.cast.approver.user_id).delete()
    appeal.evaluate()
    assert [one.kind for one in session.scalars(select(Incident))] == ["case.nobody"]


def test_the_approver_may_ask_for_another_evaluation(appeal: Appeal) -> None:
    to_experts(appeal).evaluate().return_()
    assert appeal.case.stages == ["assign_experts"]
    appeal.assign(appeal.experts[2]).evaluate().decide("uphold")
    assert appeal.case.outcome == "upheld"


def test_the_appellant_withdraws_before_the_decision(session: Session, appeal: Appeal) -> None:
    to_experts(appeal)
    operations.withdraw(session, appeal.appellant, appeal.case_id, "不再申诉", None)
    assert (appeal.case.state, appeal.case.outcome) == ("closed", "withdrawn")


def test_it_is_too_late_to_withdraw_from_the_decision(session: Session, appeal: Appeal) -> None:
    to_experts(appeal).evaluate()
    with pytest.raises(Invalid):
        operations.withdraw(session, appeal.appellant, appeal.case_id, "晚了", None)


def test_the_appellant_learns_of_every_step(appeal: Appeal) -> None:
    to_experts(appeal).evaluate().decide("overturn")
    assert {"accepted", "overturned", "letter"} <= set(told(appeal))


def test_another_person_does_not_find_the_appeal(session: Session, appeal: Appeal) -> None:
    to_experts(appeal)
    stranger = actor(make_user(session, "stranger", "applicant"), "applicant")
    with pytest.raises(NotFound):
        queries.get_case(session, stranger, appeal.case_id)


def test_the_trails_of_both_cases_are_whole(session: Session, appeal: Appeal) -> None:
    to_experts(appeal).evaluate().decide("overturn")
    for case in (appeal.case, decided(appeal)):
        assert audit.verify(session, case.chain_key, case.audit_head) == []
