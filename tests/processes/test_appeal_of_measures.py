"""Whoever was complained of appeals what was decided about them, and learns nothing else (D3, D4)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from certflow.cases import operations, queries, subjects
from certflow.cases.appealing import decisions_of
from certflow.cases.dossier import open_dossier
from certflow.cases.errors import NotNow
from certflow.cases.letters import letters_of
from certflow.cases.linking import links_of
from certflow.cases.models import Case
from certflow.cases.worksheet import open_worksheet
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.demo.quarrels import Appeal, Complaint
from certflow.personnel.models import Certificate
from certflow.personnel.queries import live_credit_entries
from factories.actors import actor, make_user
from factories.cast import START
from factories.people import body as make_body
from factories.quarrels import (
    Accused,
    Court,
    in_role,
    make_accused,
    make_appeal_of_measures,
    make_complaint,
    make_court,
)

MEASURES = {"credit": "breach", "credit_text": "现场审核没有到场而签字。"}


@pytest.fixture
def court(session: Session) -> Court:
    clock.freeze(START)
    return make_court(session)


@pytest.fixture
def accused(session: Session, court: Court) -> Accused:
    return make_accused(session)


@pytest.fixture
def complaint(court: Court, accused: Accused) -> Complaint:
    story = make_complaint(court, accused)
    return story.begin().file().accept().assign().prepare().state().investigate()


def suspended(accused: Accused) -> dict[str, object]:
    chosen = [str(accused.certificate.id)]
    more = {"certificate_measure": "suspended", "suspended_for": 6, "certificates": chosen}
    return MEASURES | more


def to_experts(appeal: Appeal) -> Appeal:
    return appeal.begin().file().accept().assign()


def decisions(session: Session, who: Actor) -> list[Case]:
    return decisions_of(session, *subjects.filer_of(who))


def test_whoever_was_punished_appeals_the_letter(
    session: Session, court: Court, complaint: Complaint, accused: Accused
) -> None:
    complaint.decide(**suspended(accused))
    appeal = (
        to_experts(make_appeal_of_measures(court, complaint))
        .evaluate()
        .decide("overturn", "decide")
    )
    assert appeal.case.outcome == "overturned"
    assert complaint.case.stages == ["decide"]


def test_the_letter_says_that_and_until_when_one_can_appeal(
    session: Session, complaint: Complaint
) -> None:
    complaint.decide(**MEASURES)
    letter = letters_of(session, complaint.case_id)[-1]
    assert (letter.letter, letter.to) == ("measures", "party")
    assert "30 个自然日" in letter.content["paragraphs"][-1]["zh"]
    assert str(complaint.case.number) in letter.content["paragraphs"][-1]["zh"]


@pytest.mark.parametrize(
    ("finding", "taken"),
    [("founded", {"credit": "none"}), ("partly_founded", {"credit": "none"}), ("unfounded", {})],
)
def test_without_a_measure_there_is_nothing_to_appeal(
    session: Session, complaint: Complaint, finding: str, taken: dict[str, object]
) -> None:
    complaint.decide(finding, **taken)
    assert decisions(session, complaint.accused) == []
    with pytest.raises(NotNow):
        operations.start_case(session, complaint.accused, "appeal")


def test_a_body_admonished_in_writing_appeals_through_its_staff(
    session: Session, court: Court, accused: Accused
) -> None:
    body = make_body(session, "被诉示例认证有限公司")
    staff = actor(make_user(session, "speaker", "body_staff", body), "body_staff", body)
    complaint = replace(make_complaint(court, accused), body=body.id, accused=staff)
    complaint.begin().file().accept().assign().prepare().state().investigate()
    complaint.decide(credit="admonished")
    appeal = to_experts(make_appeal_of_measures(court, complaint)).evaluate().decide("uphold")
    assert appeal.case.outcome == "upheld"
    assert queries.get_case(session, staff, appeal.case_id).id == appeal.case_id
    with pytest.raises(NotFound):
        queries.get_case(session, staff, complaint.case_id)


def test_nobody_else_appeals_it(session: Session, complaint: Complaint) -> None:
    complaint.decide(**MEASURES)
    stranger = actor(make_user(session, "stranger", "applicant"), "applicant")
    assert decisions(session, stranger) == []
    assert decisions(session, complaint.complainant) == []
    for who in (stranger, complaint.complainant):
        with pytest.raises(NotNow, match="not found"):
            operations.start_case(session, who, "appeal", given={"case": str(complaint.case_id)})


def test_to_who_appeals_the_decision_is_their_letter_and_nothing_else(
    session: Session, court: Court, complaint: Complaint
) -> None:
    complaint.decide(**MEASURES)
    appeal = make_appeal_of_measures(court, complaint).begin()
    filer = subjects.filer_of(appeal.appellant)
    [found] = subjects.subjects_of(session, "appeal", filer)
    assert found.label.zh == f"{complaint.case.number} 投诉处理决定书"
    appeal.file()
    assert links_of(session, appeal.appellant, appeal.case_id) == []
    with pytest.raises(NotFound):
        queries.get_case(session, appeal.appellant, complaint.case_id)


def test_experts_judge_what_the_letter_said(
    session: Session, court: Court, complaint: Complaint
) -> None:
    complaint.decide(**MEASURES)
    appeal = to_experts(make_appeal_of_measures(court, complaint))
    task = appeal.tasks("evaluate")[0]
    expert = next(one for one in appeal.experts if one.user_id == task.assignee_id)
    [exhibit] = open_worksheet(session, expert, task.id, "zh").exhibits
    shown = " ".join(text.zh for row in exhibit.rows for text in row)
    assert "没有到场而签字" in shown
    assert "您反映的情况" not in shown  # what the complainant was told is not theirs


def test_who_complained_is_the_other_party_of_the_appeal(
    session: Session, court: Court, complaint: Complaint
) -> None:
    complaint.decide(**MEASURES)
    appeal = to_experts(make_appeal_of_measures(court, complaint))
    for role in ("applicant", "reviewer", "approver", "expert"):
        with pytest.raises(NotFound):
            queries.get_case(session, in_role(complaint.complainant, role), appeal.case_id)
    assert links_of(session, complaint.complainant, complaint.case_id) == []


def test_no_answer_to_the_appeal_may_name_who_complained(
    session: Session, court: Court, complaint: Complaint
) -> None:
    complaint.decide(**MEASURES)
    appeal = make_appeal_of_measures(court, complaint).begin().file()
    name = complaint.complainant.name
    with pytest.raises(Invalid) as refused:
        appeal.accept("accept", f"经与{name}核实，予以受理。")
    assert name in refused.value.fields["opinion"].zh
    appeal.accept()


def test_who_decided_the_complaint_does_not_decide_the_appeal(
    session: Session, court: Court, complaint: Complaint
) -> None:
    complaint.decide(**MEASURES)
    appeal = to_experts(make_appeal_of_measures(court, complaint)).evaluate()
    with pytest.raises(Forbidden, match="stand back"):
        replace(appeal, approver=complaint.approver).decide("uphold")


def test_an_overturned_decision_has_no_effects_any_more(
    session: Session, court: Court, complaint: Complaint, accused: Accused
) -> None:
    complaint.decide(**suspended(accused))
    person_id = accused.actor.person_id or 0
    assert accused.certificate.state == "suspended"
    assert len(live_credit_entries(session, person_id, clock.today())) == 1
    to_experts(make_appeal_of_measures(court, complaint)).evaluate().decide("overturn", "decide")
    assert accused.certificate.state == "valid"
    assert accused.certificate.suspended_until is None
    assert live_credit_entries(session, person_id, clock.today()) == []


def test_an_upheld_decision_keeps_them(
    session: Session, court: Court, complaint: Complaint, accused: Accused
) -> None:
    complaint.decide(**suspended(accused))
    to_experts(make_appeal_of_measures(court, complaint)).evaluate("uphold").decide("uphold")
    assert accused.certificate.state == "suspended"


def test_what_somebody_else_decided_since_stays(
    session: Session, court: Court, complaint: Complaint, accused: Accused
) -> None:
    from certflow.personnel.operations import set_certificate_state

    complaint.decide(**suspended(accused))
    appeal = to_experts(make_appeal_of_measures(court, complaint)).evaluate()
    set_certificate_state(session, accused.certificate, "cancelled", court.office, "本人申请")
    appeal.decide("overturn", "decide")
    assert accused.certificate.state == "cancelled"


def test_a_cancelled_certificate_comes_back_and_a_milder_measure_follows(
    session: Session, court: Court, complaint: Complaint, accused: Accused
) -> None:
    chosen = [str(accused.certificate.id)]
    complaint.decide(credit="none", certificate_measure="cancelled", certificates=chosen)
    assert accused.certificate.state == "cancelled"
    to_experts(make_appeal_of_measures(court, complaint)).evaluate("in_part").decide(
        "in_part", "decide"
    )
    complaint.decide("partly_founded", **suspended(accused))
    held = session.get_one(Certificate, accused.certificate.id)
    assert (held.state, complaint.case.outcome) == ("suspended", "partly_founded")
    assert decisions(session, complaint.accused) == [complaint.case]


@pytest.mark.parametrize("role", ["expert", "regulator", "finance", "process_admin"])
def test_an_appeal_conceals_from_whom_the_complaint_does(
    session: Session, court: Court, accused: Accused, role: str
) -> None:
    complaint = make_complaint(court, accused).begin().file().accept("refuse", "不属于受理范围。")
    appeal = to_experts(
        replace(make_appeal_of_measures(court, complaint), appellant=complaint.complainant)
    )
    looker = (
        appeal.experts[0] if role == "expert" else actor(make_user(session, "looker", role), role)
    )
    dossier = open_dossier(session, looker, appeal.case_id, clock.now(), "zh")
    assert complaint.complainant.user_id in dossier.people.concealed
    handler = open_dossier(session, appeal.office, appeal.case_id, clock.now(), "zh")
    assert not handler.people.concealed


@pytest.mark.parametrize(("role", "found"), [("regulator", False), ("complaints_office", True)])
def test_a_search_by_name_finds_the_appeal_only_for_who_handles_it(
    session: Session, court: Court, accused: Accused, role: str, *, found: bool
) -> None:
    complaint = make_complaint(court, accused).begin().file().accept("refuse", "不属于受理范围。")
    appeal = replace(
        make_appeal_of_measures(court, complaint), appellant=complaint.complainant
    ).begin()
    appeal.file()
    looker = actor(make_user(session, "looker", role), role)
    by_name = queries.speaks_of(looker, complaint.complainant.name)
    numbers = set(session.scalars(select(Case.id).where(by_name)))
    assert (appeal.case_id in numbers) is found
    assert (complaint.case_id in numbers) is found
