"""Becoming an expert: from the wish to the last day of the term, and every other way."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from certflow.accounts.queries import grants_of
from certflow.background import fire_due_timers
from certflow.cases import operations
from certflow.cases.conditions import latest_conditions
from certflow.cases.errors import NotNow
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.demo.filings import Appointment
from certflow.personnel.appointments import appoint_expert, end_appointments, expert_fields
from certflow.personnel.models import ExpertAppointment
from certflow.personnel.operations import add_credit_entry, set_certificate_state
from factories.cast import START
from factories.filings import Desk, certify, make_desk


@pytest.fixture
def desk(session: Session) -> Desk:
    clock.freeze(START)
    return make_desk(session, "expert_application")


@pytest.fixture
def appointment(desk: Desk) -> Appointment:
    return desk.appointment().begin()


def unmet(appointment: Appointment) -> list[str]:
    found = latest_conditions(appointment.session, appointment.case_id)
    assert found is not None
    return [row["rule"] for row in found["rows"] if not row["met"]]


def roles(desk: Desk) -> set[str]:
    return set(grants_of(desk.session, desk.applicant.user_id or 0))


def test_who_is_appointed_is_an_expert_in_the_fields_for_the_term(
    session: Session, desk: Desk, appointment: Appointment
) -> None:
    certify(session, desk.person, desk.from_body, "EMS")
    appointment.choose("QMS", "EMS").apply().review().approve(term=2)
    assert appointment.case.outcome == "appointed"
    rows = session.scalars(select(ExpertAppointment).order_by(ExpertAppointment.field)).all()
    assert [one.field for one in rows] == ["EMS", "QMS"]
    assert {(one.starts_on, one.ends_on) for one in rows} == {
        (date(2026, 11, 20), date(2028, 11, 19))
    }
    assert "expert" in roles(desk)


def test_the_choice_of_experts_can_show_their_fields(
    session: Session, desk: Desk, appointment: Appointment
) -> None:
    user_id = desk.applicant.user_id or 0
    assert expert_fields(session, [user_id], clock.today()) == {}
    appointment.choose().apply().review().approve()
    found = expert_fields(session, [user_id], clock.today())
    assert found == {user_id: Text("QMS", "QMS")}


def test_their_fields_stand_where_experts_are_chosen(session: Session, desk: Desk) -> None:
    from certflow.cases.conflicts import experts
    from certflow.cases.turn import Turn
    from certflow.cases.versions import loaded

    appoint_expert(session, desk.applicant.user_id or 0, ["EMS", "QMS"], 1, clock.now())
    case = desk.appointment().begin().case
    turn = Turn(session, case, desk.reviewer, loaded(session, case.version_id))
    turn.restore()
    assert [one.note.zh for one in experts(turn.step()) if one.note] == [
        f"没有在办，QMS、EMS，{desk.from_body.name}"
    ]


def test_only_certified_persons_can_begin(session: Session, desk: Desk) -> None:
    set_certificate_state(session, desk.certificate, "cancelled", desk.approver, "x")
    with pytest.raises(NotNow):
        desk.appointment().begin()


def test_every_field_needs_a_formal_certificate(
    session: Session, desk: Desk, appointment: Appointment
) -> None:
    certify(session, desk.person, desk.from_body, "EMS", "first_intern")
    appointment.choose("QMS", "EMS")
    assert unmet(appointment) == ["formal_certificates"]
    appointment.choose("QMS")
    assert appointment.case.stages == ["apply"]


def test_a_suspended_certificate_does_not_do(desk: Desk, appointment: Appointment) -> None:
    set_certificate_state(desk.session, desk.certificate, "suspended", desk.approver, "x")
    assert unmet(appointment.choose()) == ["formal_certificates"]


def test_nobody_is_appointed_twice_in_a_field(
    session: Session, desk: Desk, appointment: Appointment
) -> None:
    appoint_expert(session, desk.applicant.user_id or 0, ["QMS"], 1, clock.now())
    assert unmet(appointment.choose()) == ["not_appointed"]
    clock.move(timedelta(days=365))
    assert unmet(appointment.choose()) == []


def test_a_serious_entry_of_the_credit_file_stands_against_it(
    session: Session, desk: Desk, appointment: Appointment
) -> None:
    words, until = Text("伪造记录", "Forged records"), clock.today()
    add_credit_entry(session, desk.person.id, "warning", words, until)
    assert unmet(appointment.choose()) == []
    second = desk.appointment().begin()
    add_credit_entry(session, desk.person.id, "serious", words, until, expires_on=until)
    assert unmet(second.choose()) == ["no_serious_entry"]


def test_one_application_at_a_time(desk: Desk, appointment: Appointment) -> None:
    second = desk.appointment().begin().choose()
    appointment.choose().apply()
    with pytest.raises(Invalid) as refused:
        second.apply()
    assert "在办的申请" in refused.value.fields["experience"].zh
    third = desk.appointment().begin().choose()
    assert unmet(third) == ["no_application"]


def test_approval_needs_a_term(appointment: Appointment) -> None:
    appointment.choose().apply().review()
    for term in (None, 0, 6):
        with pytest.raises(Invalid) as refused:
            appointment.approve(term=term)
        assert "term" in refused.value.fields


def test_it_is_returned_and_amended(appointment: Appointment) -> None:
    appointment.choose().apply().review("return")
    assert appointment.case.stages == ["amend"]
    appointment.amend(years=10)
    assert appointment.case.stages == ["review"]


@pytest.mark.parametrize(("days", "outcome"), [(15, None), (16, "not_amended")])
def test_what_is_not_amended_in_time_is_closed(
    session: Session, appointment: Appointment, days: int, outcome: str | None
) -> None:
    appointment.choose().apply().review("return")
    session.commit()
    clock.move(timedelta(days=days))
    fire_due_timers()
    assert appointment.case.outcome == outcome


def test_the_approver_sends_it_back_or_refuses(desk: Desk, appointment: Appointment) -> None:
    appointment.choose().apply().review().approve("return", term=None)
    assert appointment.case.stages == ["review"]
    appointment.review("refuse").approve("refuse", term=None)
    assert appointment.case.outcome == "refused"
    assert "expert" not in roles(desk)


def test_the_applicant_withdraws(session: Session, desk: Desk, appointment: Appointment) -> None:
    appointment.choose().apply()
    operations.withdraw(session, desk.applicant, appointment.case_id, "不申请了", None)
    assert appointment.case.outcome == "withdrawn"


def on(day: date) -> None:
    clock.move(timedelta(days=(day - clock.today()).days))


def test_the_role_ends_with_the_last_day_of_the_last_term(session: Session, desk: Desk) -> None:
    user_id = desk.applicant.user_id or 0
    appoint_expert(session, user_id, ["QMS"], 1, clock.now())
    appoint_expert(session, user_id, ["EMS"], 2, clock.now())
    on(date(2027, 11, 20))
    assert end_appointments(session, clock.now()) == 1
    assert "expert" in roles(desk)
    on(date(2028, 11, 19))
    assert end_appointments(session, clock.now()) == 0
    on(date(2028, 11, 20))
    assert end_appointments(session, clock.now()) == 1
    assert "expert" not in roles(desk)


def test_who_is_made_an_expert_again_by_hand_stays_one(session: Session, desk: Desk) -> None:
    from certflow.accounts.operations import grant_role

    user_id = desk.applicant.user_id or 0
    appoint_expert(session, user_id, ["QMS"], 1, clock.now())
    on(date(2027, 11, 20))
    end_appointments(session, clock.now())
    grant_role(session, user_id, "expert", clock.now())
    assert end_appointments(session, clock.now()) == 0
    assert "expert" in roles(desk)


def test_who_still_evaluates_keeps_the_role_until_it_is_done(session: Session, desk: Desk) -> None:
    user_id = desk.applicant.user_id or 0
    appoint_expert(session, user_id, ["QMS"], 1, clock.now())
    on(date(2027, 11, 20))
    assert end_appointments(session, clock.now(), {user_id}) == 0
    assert "expert" in roles(desk)
    assert end_appointments(session, clock.now()) == 1


def test_the_daily_tidy_ends_terms(session: Session, desk: Desk) -> None:
    from certflow.background import end_terms

    appoint_expert(session, desk.applicant.user_id or 0, ["QMS"], 1, clock.now())
    session.commit()
    on(date(2027, 11, 20))
    end_terms()
    session.expire_all()
    assert "expert" not in roles(desk)
