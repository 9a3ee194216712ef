"""A complaint, from the first word to both letters, and every other way it can go (D4, D6)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from certflow.accounts.models import Organisation, RoleGrant, User
from certflow.background import end_suspensions, fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import operations, queries, reminding
from certflow.cases.dossier import open_dossier
from certflow.cases.letters import get_letter, letters_of
from certflow.cases.models import CaseLetter
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.incidents import Incident
from certflow.core.text import Text
from certflow.demo.quarrels import Complaint
from certflow.notifications.queries import notices_of
from certflow.personnel.models import Certificate, CreditEntry
from certflow.personnel.queries import lookup_check_code
from factories.actors import actor, make_user
from factories.cast import START
from factories.people import body as make_body
from factories.quarrels import (
    Accused,
    Court,
    in_role,
    make_accused,
    make_appeal,
    make_complaint,
    make_court,
)


@pytest.fixture
def court(session: Session) -> Court:
    clock.freeze(START)
    return make_court(session)


@pytest.fixture
def accused(session: Session, court: Court) -> Accused:
    return make_accused(session)


@pytest.fixture
def complaint(court: Court, accused: Accused) -> Complaint:
    return make_complaint(court, accused)


@pytest.fixture
def against_body(session: Session, complaint: Complaint) -> Complaint:
    """A complaint about a body, whose clerk speaks for it."""
    body = make_body(session, "青禾示例认证服务有限公司")
    complaint.body = body.id
    complaint.accused = actor(make_user(session, "clerk", "body_staff", body), "body_staff", body)
    return complaint


def to_statement(complaint: Complaint) -> Complaint:
    return complaint.begin().file().accept().assign().prepare()


def to_decision(complaint: Complaint) -> Complaint:
    return to_statement(complaint).state().investigate()


def told(complaint: Complaint, who: Actor) -> list[str]:
    return [one.kind for one in notices_of(complaint.session, who.user_id or 0)]


def letters(complaint: Complaint, to: str) -> list[CaseLetter]:
    return [one for one in letters_of(complaint.session, complaint.case_id) if one.to == to]


def words(letter: CaseLetter) -> str:
    return "".join(Text.read(one).zh for one in letter.content["paragraphs"])


def certificate(session: Session, accused: Accused) -> Certificate:
    return session.get_one(Certificate, accused.certificate.id, populate_existing=True)


def test_a_founded_complaint_runs_to_both_letters(complaint: Complaint) -> None:
    to_decision(complaint).decide()
    assert (complaint.case.state, complaint.case.outcome) == ("closed", "founded")
    [feedback], [result] = letters(complaint, "applicant"), letters(complaint, "party")
    assert "属实" in words(feedback)
    assert "没有到场而签字" in words(result)


@pytest.mark.parametrize("finding", ["founded", "partly_founded", "unfounded"])
def test_it_ends_as_it_was_found(complaint: Complaint, finding: str) -> None:
    to_decision(complaint).decide(finding)
    assert complaint.case.outcome == finding


def test_the_letter_to_the_other_side_has_no_trace_of_the_complainant(
    session: Session, complaint: Complaint
) -> None:
    to_decision(complaint).decide()
    user = session.get_one(User, complaint.complainant.user_id)
    [letter] = letters(complaint, "party")
    for mark in (user.name, user.login_name, "示例认证有限公司"):
        assert mark not in str(letter.content)
    assert letter.content["recipient"]["zh"] == complaint.accused.name


def test_a_wrong_name_is_answered_like_a_wrong_number(complaint: Complaint) -> None:
    complaint.begin()
    answers = []
    for changes in ({"person_name": "别人"}, {"certificate_number": "2026-N0QMS-9999999"}):
        with pytest.raises(Invalid) as unknown:
            complaint.file(**changes)
        answers.append(dict(unknown.value.fields))
    assert answers[0] == answers[1]
    assert "certificate_number" in answers[0]


def test_nobody_complains_about_themselves(session: Session, complaint: Complaint) -> None:
    complaint.complainant = complaint.accused
    with pytest.raises(Invalid) as own:
        complaint.begin().file()
    assert "自己" in own.value.fields["certificate_number"].zh


def test_a_body_does_not_complain_about_itself(against_body: Complaint) -> None:
    against_body.complainant = against_body.accused
    with pytest.raises(Invalid) as own:
        against_body.begin().file()
    assert "本机构" in own.value.fields["body"].zh


def test_a_complaint_needs_evidence(complaint: Complaint) -> None:
    with pytest.raises(Invalid) as missing:
        complaint.begin().file(evidence=[])
    assert "evidence" in missing.value.fields


def test_what_happened_did_not_happen_tomorrow(complaint: Complaint) -> None:
    with pytest.raises(Invalid):
        complaint.begin().file(happened_on="2026-11-21")
    complaint.file(happened_on="2026-11-20")


def test_the_association_returns_and_the_complainant_completes(complaint: Complaint) -> None:
    complaint.begin().file().accept("return", "请补充签到表。")
    assert complaint.case.stages == ["amend"]
    complaint.amend().accept()
    assert complaint.case.stages == ["assign_handler"]


def test_a_returned_complaint_stays_about_the_same_person(
    session: Session, complaint: Complaint
) -> None:
    other = make_accused(session, "zhao", 61)
    complaint.begin().file().accept("return", "请补充签到表。")
    number = other.certificate.number
    with pytest.raises(Invalid) as changed:
        complaint.amend(person_name="zhao", certificate_number=number)
    assert "改换" in changed.value.fields["certificate_number"].zh


def test_the_association_refuses_with_a_letter_and_nobody_else_hears_of_it(
    complaint: Complaint,
) -> None:
    complaint.begin().file().accept("refuse", "不属于受理范围。")
    assert complaint.case.outcome == "not_accepted"
    [letter] = letters(complaint, "applicant")
    assert "不属于受理范围。" in words(letter)
    assert told(complaint, complaint.accused) == []


def test_who_does_not_complete_it_in_ten_working_days_is_reminded_then_closed(
    session: Session, complaint: Complaint
) -> None:
    complaint.begin().file().accept("return", "请补充签到表。")
    session.commit()
    clock.freeze(START.replace(month=12, day=2, hour=1))
    fire_due_timers()
    assert "amendment_reminder" in told(complaint, complaint.complainant)
    clock.freeze(START.replace(month=12, day=4, hour=23))
    fire_due_timers()
    assert complaint.case.state == "open"
    clock.freeze(START.replace(month=12, day=5, hour=1))
    fire_due_timers()
    assert complaint.case.outcome == "not_amended"


def test_the_clock_of_ninety_working_days_runs_from_submission(
    session: Session, complaint: Complaint
) -> None:
    to_decision(complaint)
    deadline = calendar.find_deadline(session, complaint.case_id, "handling")
    assert deadline is not None
    assert (deadline.state, deadline.length, deadline.unit) == ("running", 90, "working_days")
    assert deadline.started_on == START.date()


def test_nobody_near_to_either_side_handles_it(session: Session, complaint: Complaint) -> None:
    complaint.begin().file().accept()
    near = in_role(complaint.accused, "complaints_office")
    session.add(RoleGrant(user_id=near.user_id, role=near.role, granted_at=clock.now()))
    session.flush()
    with pytest.raises(Invalid) as refused:
        complaint.assign(near)
    assert "回避" in refused.value.fields["handler"].zh


def test_a_handler_declines_and_another_takes_over(complaint: Complaint) -> None:
    complaint.begin().file().accept().assign().decline()
    assert complaint.case.stages == ["assign_handler"]
    with pytest.raises(Invalid):
        complaint.assign()
    complaint.handler = complaint.office
    complaint.assign().prepare()
    assert complaint.case.stages == ["state"]


def test_when_nobody_can_handle_it_staff_are_told(session: Session, complaint: Complaint) -> None:
    complaint.begin().file()
    query = session.query(RoleGrant).filter(RoleGrant.role == "complaints_office")
    query.filter(RoleGrant.user_id != complaint.office.user_id).delete()
    complaint.case.applicant_id = complaint.office.user_id or 0
    session.flush()
    complaint.office = in_role(complaint.handler, "complaints_office")
    complaint.accept()
    assert "case.nobody" in [one.kind for one in session.scalars(select(Incident))]


@pytest.mark.parametrize("field", ["name", "login", "phone", "body"])
def test_words_to_the_other_side_may_not_name_the_complainant(
    session: Session, complaint: Complaint, field: str
) -> None:
    from certflow.accounts.models import Person

    person = session.get_one(Person, complaint.complainant.person_id)
    person.name = "林知夏"
    session.flush()
    said = {
        "name": "林 知夏反映您没有到场。",
        "login": "来自账号 LIN 的反映。",
        "phone": f"请联系 {person.phone}。",
        "body": "示例认证有限公司反映您没有到场。",
    }
    complaint.begin().file().accept().assign()
    with pytest.raises(Invalid) as trace:
        complaint.prepare(said[field])
    assert "不透露" in trace.value.fields["points"].zh


def test_the_decision_may_not_name_the_complainant_either(complaint: Complaint) -> None:
    to_decision(complaint)
    with pytest.raises(Invalid) as trace:
        complaint.decide(told="示例认证有限公司投诉您，经核实属实。")
    assert "told" in trace.value.fields
    complaint.decide(opinion="示例认证有限公司的来信收悉，情况属实。")


def test_short_logins_inside_words_are_no_trace(complaint: Complaint) -> None:
    complaint.begin().file().accept().assign().prepare("被指 handling records 不完整。")
    assert complaint.case.stages == ["state"]


def test_the_one_complained_of_is_asked_and_told_until_when(complaint: Complaint) -> None:
    to_statement(complaint)
    assert complaint.case.stages == ["state"]
    assert told(complaint, complaint.accused) == ["statement_wanted"]
    [notice] = notices_of(complaint.session, complaint.accused.user_id or 0)
    assert "2026-12-04" in Text.read(notice.text).zh
    assert notice.link == f"/tasks/{complaint.tasks('state')[0].id}"


def test_files_are_shown_under_neutral_names(session: Session, complaint: Complaint) -> None:
    from certflow.cases.evidence import disclosed_files

    to_statement(complaint)
    assert [one.name for one in disclosed_files(session, complaint.case_id)] == ["材料 1.pdf"]


def test_the_complainants_own_file_cannot_be_shown(complaint: Complaint) -> None:
    complaint.begin().file().accept().assign()
    answer = queries.latest_answer(complaint.session, complaint.case_id, "file")
    assert answer is not None
    with pytest.raises(Invalid) as foreign:
        complaint.prepare(disclosed=answer.data["evidence"])
    assert "disclosed" in foreign.value.fields


@pytest.mark.parametrize("days", [3, 10, 30])
def test_without_a_statement_in_time_it_goes_on(
    session: Session, complaint: Complaint, days: int
) -> None:
    complaint.begin().file().accept().assign().prepare(days=days)
    session.commit()
    deadline = calendar.find_deadline(session, complaint.case_id, "statement")
    assert deadline is not None
    assert deadline.due_at is not None
    clock.freeze(deadline.due_at - timedelta(minutes=1))
    fire_due_timers()
    assert complaint.case.stages == ["state"]
    clock.freeze(deadline.due_at + timedelta(minutes=1))
    fire_due_timers()
    assert complaint.case.stages == ["investigate"]
    with pytest.raises(IndexError):
        complaint.state()
    assert complaint.investigate("unfounded").decide("unfounded").case.outcome == "unfounded"


@pytest.mark.parametrize("days", [2, 31])
def test_the_time_for_a_statement_has_its_bounds(complaint: Complaint, days: int) -> None:
    complaint.begin().file().accept().assign()
    with pytest.raises(Invalid):
        complaint.prepare(days=days)


def test_who_owes_a_statement_is_reminded(session: Session, complaint: Complaint) -> None:
    to_statement(complaint)
    clock.freeze(START.replace(month=12, day=2, hour=9))
    reminding.remind(session)
    assert "deadline.soon" in told(complaint, complaint.accused)


def test_somebody_without_an_account_is_not_asked(session: Session, court: Court) -> None:
    from certflow.accounts.models import Person

    accused = make_accused(session)
    session.get_one(Person, accused.actor.person_id).user_id = None
    session.flush()
    complaint = make_complaint(court, accused)
    complaint.begin().file().accept().assign().prepare()
    assert complaint.case.stages == ["investigate"]
    complaint.investigate().decide()
    assert complaint.case.outcome == "founded"


def test_a_body_speaks_through_its_staff(session: Session, against_body: Complaint) -> None:
    to_statement(against_body)
    assert "statement_wanted" in told(against_body, against_body.accused)
    against_body.state().investigate().decide(credit="admonished")
    assert against_body.case.outcome == "founded"
    assert session.scalars(select(CreditEntry)).all() == []


def test_a_body_has_no_credit_file(against_body: Complaint) -> None:
    to_decision(against_body)
    with pytest.raises(Invalid):
        against_body.decide(credit="breach", credit_text="没有到场而签字")


@pytest.mark.parametrize(
    ("kind", "months", "until"),
    [
        ("warning", None, date(2027, 11, 20)),
        ("breach", None, date(2028, 11, 20)),
        ("serious", None, date(2031, 11, 20)),
        ("breach", 6, date(2027, 5, 20)),
    ],
)
def test_an_entry_in_the_credit_file_counts_until_its_day(
    session: Session, complaint: Complaint, kind: str, months: int | None, until: date
) -> None:
    more = {"months": months} if months else {}
    to_decision(complaint).decide(credit=kind, credit_text="一次现场审核没有到场而签字。", **more)
    [entry] = session.scalars(select(CreditEntry)).all()
    assert (entry.kind, entry.expires_on) == (kind, until)
    assert entry.person_id == complaint.accused.person_id
    assert entry.case_id == complaint.case_id
    assert complaint.case.number in entry.basis


def test_the_entrys_evidence_is_what_the_person_was_shown(
    session: Session, complaint: Complaint
) -> None:
    to_decision(complaint).decide(credit="breach", credit_text="一次现场审核没有到场而签字。")
    [entry] = session.scalars(select(CreditEntry)).all()
    shown = queries.latest_answer(session, complaint.case_id, "prepare")
    assert shown is not None
    assert entry.files == shown.data["disclosed"]


@pytest.mark.parametrize("until", [date(2028, 1, 1), None])
def test_a_shorter_suspension_does_not_shorten_the_one_there_is(
    session: Session, complaint: Complaint, accused: Accused, until: date | None
) -> None:
    held = certificate(session, accused)
    held.state, held.suspended_until = "suspended", until
    to_decision(complaint).decide(**measures("suspended", accused, months=1))
    assert certificate(session, accused).suspended_until == until


def test_an_entry_needs_its_words(complaint: Complaint) -> None:
    to_decision(complaint)
    with pytest.raises(Invalid) as missing:
        complaint.decide(credit="breach")
    assert "credit_text" in missing.value.fields


def measures(state: str, accused: Accused, months: int = 6) -> dict[str, object]:
    more = {"suspended_for": months} if state == "suspended" else {}
    return {"certificate_measure": state, "certificates": [str(accused.certificate.id)], **more}


@pytest.mark.parametrize("state", ["suspended", "cancelled"])
def test_a_certificate_shows_it_in_public_at_once(
    session: Session, complaint: Complaint, accused: Accused, state: str
) -> None:
    to_decision(complaint).decide(**measures(state, accused))
    assert certificate(session, accused).state == state
    shown = lookup_check_code(session, accused.certificate.check_code, clock.today())
    assert shown is not None
    assert shown.state == state


def test_only_the_certificates_chosen_are_touched(
    session: Session, complaint: Complaint, accused: Accused
) -> None:
    to_decision(complaint)
    with pytest.raises(Invalid) as none:
        complaint.decide(**measures("cancelled", accused) | {"certificates": []})
    assert "certificates" in none.value.fields
    complaint.decide(certificate_measure="none")
    assert certificate(session, accused).state == "valid"


@pytest.mark.parametrize(("day", "state"), [(20, "suspended"), (21, "valid")])
def test_a_suspension_ends_by_itself_on_the_day_after_its_last(
    session: Session, complaint: Complaint, accused: Accused, day: int, state: str
) -> None:
    to_decision(complaint).decide(**measures("suspended", accused, months=6))
    session.commit()
    clock.freeze(START.replace(year=2027, month=5, day=day))
    end_suspensions()
    assert certificate(session, accused).state == state
    restored = "certificate.restored" in told(complaint, complaint.accused)
    assert restored is (state == "valid")


def test_nobody_is_told_that_an_expired_certificate_is_valid_again(
    session: Session, complaint: Complaint, accused: Accused
) -> None:
    to_decision(complaint).decide(**measures("suspended", accused))
    certificate(session, accused).valid_until = date(2027, 5, 1)
    session.commit()
    clock.freeze(START.replace(year=2027, month=5, day=21))
    end_suspensions()
    assert certificate(session, accused).suspended_until is None
    assert "certificate.restored" not in told(complaint, complaint.accused)


def test_a_suspension_says_for_how_long(complaint: Complaint, accused: Accused) -> None:
    to_decision(complaint)
    given = measures("suspended", accused)
    del given["suspended_for"]
    with pytest.raises(Invalid) as missing:
        complaint.decide(**given)
    assert "suspended_for" in missing.value.fields


def test_an_unfounded_complaint_leaves_no_mark(
    session: Session, complaint: Complaint, accused: Accused
) -> None:
    to_decision(complaint).decide("unfounded")
    assert session.scalars(select(CreditEntry)).all() == []
    assert certificate(session, accused).state == "valid"


def test_the_handler_does_not_decide(session: Session, complaint: Complaint) -> None:
    to_decision(complaint)
    complaint.approver = in_role(complaint.handler, "approver")
    with pytest.raises(Invalid) as both:
        complaint.decide()
    assert "办理人" in both.value.fields["result"].zh


def test_the_approver_may_send_it_back(complaint: Complaint) -> None:
    to_decision(complaint).return_()
    assert complaint.case.stages == ["investigate"]
    complaint.investigate("partly_founded").decide("partly_founded")
    assert complaint.case.outcome == "partly_founded"


def test_the_complainant_withdraws_before_the_other_side_is_asked(
    session: Session, complaint: Complaint
) -> None:
    complaint.begin().file().accept().assign()
    operations.withdraw(session, complaint.complainant, complaint.case_id, "已和解", None)
    assert complaint.case.outcome == "withdrawn"


def test_it_is_too_late_to_withdraw_once_the_other_side_was_asked(
    session: Session, complaint: Complaint
) -> None:
    to_statement(complaint)
    with pytest.raises(Invalid):
        operations.withdraw(session, complaint.complainant, complaint.case_id, "晚了", None)


def test_both_sides_and_the_office_learn_of_the_end(complaint: Complaint) -> None:
    to_decision(complaint).decide()
    assert {"accepted", "founded", "letter"} <= set(told(complaint, complaint.complainant))
    assert set(told(complaint, complaint.accused)) == {"statement_wanted", "letter"}
    assert "founded" in told(complaint, complaint.office)


@pytest.mark.parametrize(
    "role", ["applicant", "reviewer", "expert", "approver", "complaints_office"]
)
def test_the_one_complained_of_finds_the_case_in_no_role(
    session: Session, complaint: Complaint, role: str
) -> None:
    to_statement(complaint)
    with pytest.raises(NotFound):
        queries.get_case(session, in_role(complaint.accused, role), complaint.case_id)


@pytest.mark.parametrize("role", ["approver", "complaints_office"])
def test_the_one_complained_of_reaches_no_task_of_the_association(
    session: Session, complaint: Complaint, role: str
) -> None:
    complaint.begin().file()
    element = "accept"
    if role == "approver":
        complaint.accept().assign().prepare().state().investigate()
        element = "decide"
    task = complaint.tasks(element)[0]
    with pytest.raises((NotFound, Forbidden)):
        queries.get_task(session, in_role(complaint.accused, role), task.id)
    with pytest.raises((NotFound, Forbidden)):
        operations.complete_task(session, in_role(complaint.accused, role), task.id, {}, "accept")


def test_whoever_complained_reads_neither_the_statement_nor_the_other_letter(
    session: Session, complaint: Complaint
) -> None:
    to_decision(complaint).decide()
    seen = open_dossier(session, complaint.complainant, complaint.case_id, clock.now(), "zh")
    assert [one.name for one in seen.files] == ["现场签到表.pdf"]
    assert [one.letter for one in seen.letters] == ["feedback"]
    [result] = letters(complaint, "party")
    with pytest.raises(NotFound):
        get_letter(session, complaint.complainant, result.id)
    assert get_letter(session, complaint.accused, result.id) is result
    assert get_letter(session, complaint.office, result.id) is result


def test_the_time_for_the_statement_ends_with_it(session: Session, complaint: Complaint) -> None:
    to_statement(complaint).state()
    deadline = calendar.find_deadline(session, complaint.case_id, "statement")
    assert deadline is not None
    assert deadline.state == "ended"


def test_whoever_complained_can_appeal_and_is_still_shielded(
    session: Session, court: Court, complaint: Complaint
) -> None:
    to_decision(complaint).decide("unfounded")
    appeal = make_appeal(court, complaint.case)
    appeal.approver = actor(make_user(session, "fourth", "approver"), "approver")
    appeal.begin().file().accept().assign().evaluate().decide("overturn", "assign_handler")
    assert complaint.case.stages == ["assign_handler"]
    for role in ("reviewer", "complaints_office", "approver", "expert"):
        with pytest.raises(NotFound):
            queries.get_case(session, in_role(complaint.accused, role), appeal.case_id)
    clock.move(timedelta(days=1))
    complaint.assign().prepare().state().investigate().decide()
    assert complaint.case.outcome == "founded"


def test_the_trail_is_whole_to_the_end(session: Session, complaint: Complaint) -> None:
    to_decision(complaint).decide()
    case = complaint.case
    assert audit.verify(session, case.chain_key, case.audit_head) == []


def test_an_organisation_complains(session: Session, complaint: Complaint) -> None:
    body = session.query(Organisation).first()
    assert body is not None
    clerk = make_user(session, "clerk", "body_staff", body)
    complaint.complainant = actor(clerk, "body_staff", body)
    to_decision(complaint).decide()
    assert complaint.case.applicant_organisation_id == body.id
    assert body.name not in words(letters(complaint, "party")[0])
