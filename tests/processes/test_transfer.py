"""A transfer, from the first click to the new body on every certificate, and every other way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.background import fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import operations, queries, reminding
from certflow.cases.conditions import latest_conditions
from certflow.cases.dossier import open_dossier
from certflow.cases.errors import NotNow
from certflow.cases.linking import reopen
from certflow.cases.opinions import opinions
from certflow.cases.paying import seed_fees
from certflow.cases.versions import active
from certflow.core import audit, clock
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.outbox import OutboxItem
from certflow.demo import records
from certflow.demo.filings import Transfer
from certflow.demo.story import Cast, Story
from certflow.notifications.queries import notices_of
from certflow.personnel.queries import (
    certificate_view,
    held_certificate,
    lookup_check_code,
    readable_certificate,
)
from factories.cast import START, make_expert
from factories.filings import Desk, certify, make_desk
from factories.people import body as make_body


@pytest.fixture
def desk(session: Session) -> Desk:
    clock.freeze(START)
    return make_desk(session, "transfer", "registration")


@pytest.fixture
def transfer(desk: Desk) -> Transfer:
    return desk.transfer().begin()


def submitted(transfer: Transfer) -> Transfer:
    return transfer.choose().apply()


def to_decision(transfer: Transfer) -> Transfer:
    return submitted(transfer).release().take().review()


def pass_days(session: Session, days: int) -> None:
    session.commit()
    clock.move(timedelta(days=days))
    fire_due_timers()


def unmet(transfer: Transfer) -> list[str]:
    found = latest_conditions(transfer.session, transfer.case_id)
    assert found is not None
    return [row["rule"] for row in found["rows"] if not row["met"]]


def told(desk: Desk, kind: str) -> dict[str, int]:
    people = {"applicant": desk.applicant, "from": desk.from_staff, "to": desk.to_staff}
    return {
        name: [one.kind for one in notices_of(desk.session, who.user_id or 0)].count(kind)
        for name, who in people.items()
    }


def test_on_approval_the_body_changes_everywhere_at_one_instant(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    second = certify(session, desk.person, desk.from_body, "EMS")
    to_decision(transfer)
    assert desk.person.organisation_id == desk.from_body.id
    transfer.approve()
    assert (transfer.case.state, transfer.case.outcome) == ("closed", "transferred")
    assert desk.person.organisation_id == desk.to_body.id
    held = [desk.certificate, second]
    assert {one.organisation_id for one in held} == {desk.to_body.id}
    public = lookup_check_code(session, desk.certificate.check_code, clock.today())
    assert public is not None
    assert public.organisation is not None
    assert public.organisation.zh == desk.to_body.name


def test_the_paper_is_made_again(session: Session, desk: Desk, transfer: Transfer) -> None:
    from certflow.personnel.tasks import make_certificate_pdf

    make_certificate_pdf(session, {"certificate_id": desk.certificate.id})
    old = desk.certificate.pdf_file_id
    to_decision(transfer).approve()
    assert desk.certificate.pdf_file_id is None
    effect = session.scalars(select(OutboxItem).where(OutboxItem.kind == "certificate_pdf")).one()
    make_certificate_pdf(session, effect.payload)
    assert desk.certificate.pdf_file_id not in (None, old)


def test_certificates_that_ended_keep_the_body_they_were_issued_with(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    replaced = certify(session, desk.person, desk.from_body, "EMS")
    certify(session, desk.person, desk.from_body, "EMS", "re_registration")
    to_decision(transfer).approve()
    assert replaced.organisation_id == desk.from_body.id


def test_the_old_body_keeps_its_cases_and_sees_no_new_ones(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    to_decision(transfer).approve()
    case = transfer.case
    assert queries.get_case(session, desk.from_staff, case.id) is case
    assert queries.get_case(session, desk.to_staff, case.id) is case
    with pytest.raises(NotFound):
        readable_certificate(session, desk.from_staff, desk.certificate.id)
    assert readable_certificate(session, desk.to_staff, desk.certificate.id) is desk.certificate
    back = desk.transfer()
    back.from_staff, back.to_staff = desk.to_staff, desk.from_staff
    back.begin().choose().apply()
    with pytest.raises(NotFound):
        queries.get_case(session, desk.from_staff, back.case_id)


def test_neither_body_sees_it_before_its_turn(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    transfer.choose()
    for staff in (desk.from_staff, desk.to_staff):
        with pytest.raises(NotFound):
            queries.get_case(session, staff, transfer.case_id)
    transfer.apply()
    assert queries.get_case(session, desk.from_staff, transfer.case_id)
    with pytest.raises(NotFound):
        queries.get_case(session, desk.to_staff, transfer.case_id)


def test_the_title_says_where_to(desk: Desk, transfer: Transfer) -> None:
    transfer.choose()
    assert transfer.case.title["zh"] == f"转换执业机构，转入{desk.to_body.name}"


def test_only_certified_persons_can_begin(session: Session, desk: Desk) -> None:
    stranger = make_expert(session, "stranger", 9, desk.from_body)
    other = desk.transfer()
    other.applicant = replace(stranger, role="applicant")
    with pytest.raises(NotNow, match="Only certified persons"):
        other.begin()


def test_one_body_is_no_transfer(desk: Desk, transfer: Transfer) -> None:
    with pytest.raises(Invalid) as refused:
        transfer.choose(to_body=desk.from_body.id)
    assert "to_body" in refused.value.fields


def test_who_moved_meanwhile_cannot_move_to_the_same_body(desk: Desk, transfer: Transfer) -> None:
    transfer.choose()
    desk.person.organisation_id = desk.to_body.id
    with pytest.raises(Invalid) as refused:
        transfer.apply()
    assert "另一家认证机构" in refused.value.fields["reason"].zh


def test_a_second_transfer_waits_for_the_first(desk: Desk, transfer: Transfer) -> None:
    submitted(transfer)
    second = desk.transfer().begin().choose()
    assert second.case.stages == ["choose"]
    assert unmet(second) == ["no_transfer"]


def test_two_drafts_become_one_transfer(desk: Desk, transfer: Transfer) -> None:
    second = desk.transfer().begin().choose()
    submitted(transfer)
    with pytest.raises(Invalid):
        second.apply()


@pytest.fixture
def registration(session: Session, desk: Desk) -> Story:
    """A registration in another field, through the present body."""
    seed_fees(session, "registration", active(session, "registration").settings)
    person, user = desk.person.id, desk.applicant.user_id or 0
    records.fill_library(session, person, user, "EMS", body=desk.from_body.name)
    records.pass_exams(session, person, "EMS")
    experts = tuple(make_expert(session, f"expert{n}", 50 + n, desk.to_body) for n in range(2))
    cast = Cast(desk.applicant, desk.from_staff, desk.reviewer, desk.approver, experts)
    return Story(session, cast, field="EMS", mode="intern_from_other_field").begin().choose()


def test_a_running_registration_comes_first(desk: Desk, registration: Story) -> None:
    registration.apply()
    transfer = desk.transfer().begin().choose()
    assert unmet(transfer) == ["no_registration"]
    assert transfer.case.stages == ["choose"]


def test_a_draft_does_not_go_to_the_old_body(transfer: Transfer, registration: Story) -> None:
    to_decision(transfer).approve()
    with pytest.raises(Invalid) as refused:
        registration.apply()
    assert "执业机构已经变更" in refused.value.fields["consent"].zh


def test_what_ran_beside_ends_in_a_certificate_with_the_new_body(
    session: Session, desk: Desk, transfer: Transfer, registration: Story
) -> None:
    to_decision(transfer)
    registration.apply().pre_review().pay().accept()
    transfer.approve()
    third = make_body(session, "南屿样例检验有限公司")
    others = [make_expert(session, f"third{n}", 60 + n, third) for n in range(2)]
    registration.cast = replace(registration.cast, experts=tuple(others))
    registration.assign().evaluate().conclude().approve()
    issued = held_certificate(session, desk.person.id, "EMS")
    assert issued is not None
    assert issued.organisation_id == desk.to_body.id


def test_another_reason_needs_words(transfer: Transfer) -> None:
    transfer.choose()
    with pytest.raises(Invalid) as refused:
        transfer.apply(reason="other")
    assert "explanation" in refused.value.fields
    transfer.apply(reason="other", explanation="随家人迁居。")
    assert transfer.case.state == "open"


def test_the_present_body_rejects(transfer: Transfer) -> None:
    submitted(transfer).release("reject")
    assert transfer.case.outcome == "rejected_by_from_body"


def test_the_new_body_rejects(transfer: Transfer) -> None:
    submitted(transfer).release().take("reject")
    assert transfer.case.outcome == "rejected_by_to_body"


def test_a_body_cannot_agree_before_its_condition_holds(transfer: Transfer) -> None:
    submitted(transfer)
    task = transfer.tasks("from_body_review")[0]
    with pytest.raises(Invalid) as refused:
        operations.complete_task(
            transfer.session, transfer.from_staff, task.id, {"confirmed": False}, "agree"
        )
    assert "confirmed" in refused.value.fields


@pytest.mark.parametrize(
    ("returner", "back_at"),
    [("release", "from_body_review"), ("take", "to_body_review"), ("review", "review")],
)
def test_what_somebody_returned_comes_back_to_them(
    transfer: Transfer, returner: str, back_at: str
) -> None:
    submitted(transfer)
    for step in ("release", "take", "review"):
        if step == returner:
            break
        getattr(transfer, step)()
    getattr(transfer, returner)("return")
    assert transfer.case.stages == ["amend"]
    transfer.amend(explanation="已补充劳动合同。")
    assert transfer.case.stages == [back_at]


def test_the_clock_stands_still_while_the_applicant_amends(
    session: Session, transfer: Transfer
) -> None:
    submitted(transfer).release("return")
    clock.move(timedelta(days=10))
    clocks = calendar.clocks_of(session, [transfer.case_id], clock.now())[transfer.case_id]
    assert (clocks["transfer"].state, clocks["transfer"].used) == ("paused", 0)
    assert (clocks["amendment"].state, clocks["amendment"].left) == ("running", 5)


@pytest.mark.parametrize(("days", "outcome"), [(15, None), (16, "not_amended")])
def test_what_is_not_amended_in_time_is_closed(
    session: Session, transfer: Transfer, days: int, outcome: str | None
) -> None:
    submitted(transfer).release("return")
    pass_days(session, days)
    assert transfer.case.outcome == outcome


@pytest.mark.parametrize(("days", "stage"), [(5, "from_body_review"), (6, "to_body_review")])
def test_a_silent_present_body_holds_nobody(
    session: Session, transfer: Transfer, days: int, stage: str
) -> None:
    """Submitted on a Friday: Monday to Wednesday are its three working days."""
    submitted(transfer)
    pass_days(session, days)
    assert transfer.case.stages == [stage]
    assert ("from_body_silent" in transfer.case.visited) == (stage == "to_body_review")


def test_a_silent_new_body_takes_nobody(session: Session, desk: Desk, transfer: Transfer) -> None:
    submitted(transfer).release()
    pass_days(session, 6)
    assert transfer.case.outcome == "not_taken"
    assert told(desk, "not_taken") == {"applicant": 1, "from": 1, "to": 1}


def test_the_association_may_send_it_back_or_refuse(desk: Desk, transfer: Transfer) -> None:
    to_decision(transfer).approve("return")
    assert transfer.case.stages == ["review"]
    transfer.review("refuse").approve("refuse")
    assert transfer.case.outcome == "refused"
    assert desk.person.organisation_id == desk.from_body.id
    assert told(desk, "refused") == {"applicant": 1, "from": 1, "to": 1}


def test_a_refused_transfer_can_be_taken_up_again(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    to_decision(transfer).approve("refuse")
    reopen(session, transfer.case_id, "review", desk.reviewer, "appeal")
    transfer.review().approve()
    assert transfer.case.outcome == "transferred"
    assert desk.person.organisation_id == desk.to_body.id


def test_everybody_concerned_is_told(desk: Desk, transfer: Transfer) -> None:
    to_decision(transfer).approve()
    assert told(desk, "transferred") == {"applicant": 1, "from": 1, "to": 1}


def test_the_end_of_the_time_limit_is_called_to_mind(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    submitted(transfer).release().take()
    session.commit()
    clock.move(timedelta(days=12))
    assert reminding.remind(session) == 1
    clock.move(timedelta(days=3))
    reminding.remind(session)
    kinds = [one.kind for one in notices_of(session, desk.reviewer.user_id or 0)]
    assert len([kind for kind in kinds if "deadline" in kind]) >= 2


def test_the_applicant_withdraws(session: Session, desk: Desk, transfer: Transfer) -> None:
    submitted(transfer).release()
    operations.withdraw(session, desk.applicant, transfer.case_id, "不转了", None)
    assert (transfer.case.state, transfer.case.outcome) == ("closed", "withdrawn")
    assert not queries.tasks_of(session, transfer.case_id)


def test_it_is_too_late_to_withdraw_from_the_approver(
    session: Session, desk: Desk, transfer: Transfer
) -> None:
    to_decision(transfer)
    with pytest.raises(Invalid):
        operations.withdraw(session, desk.applicant, transfer.case_id, "晚了", None)


def test_each_body_signs_for_itself(session: Session, desk: Desk, transfer: Transfer) -> None:
    submitted(transfer).release().take()
    dossier = open_dossier(session, desk.reviewer, transfer.case_id, clock.now(), "zh")
    signed = {one.stage.zh: one.who.zh for one in opinions(dossier)}
    assert signed == {
        "转出机构审核": f"liu，{desk.from_body.name}",
        "转入机构审核": f"xing，{desk.to_body.name}",
    }


def test_both_acts_stand_in_the_trail(session: Session, desk: Desk, transfer: Transfer) -> None:
    to_decision(transfer).approve()
    assert audit.verify(session, transfer.case.chain_key, transfer.case.audit_head) == []
    moved = audit.events(session, f"person/{desk.person.id}")[-1]
    assert moved.action == "person.moved"
    assert moved.after == {"organisation_id": desk.to_body.id}
    view = certificate_view(session, desk.certificate.id, clock.today())
    assert view is not None
