"""A certificate is given up: from the wish to the public check page, and every other way."""

from datetime import timedelta

import pytest

from certflow.background import fire_due_timers
from certflow.cases import operations, queries
from certflow.cases.dossier import open_dossier
from certflow.cases.errors import NotNow
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.demo.filings import Cancellation
from certflow.notifications.queries import notices_of
from certflow.personnel.operations import set_certificate_state
from certflow.personnel.queries import lookup_check_code
from factories.cast import START
from factories.filings import Desk, certify, make_desk


@pytest.fixture
def desk(session: Session) -> Desk:
    clock.freeze(START)
    return make_desk(session, "certificate_cancellation")


@pytest.fixture
def cancellation(desk: Desk) -> Cancellation:
    return desk.cancellation().begin()


def test_an_approved_cancellation_ends_the_certificate_at_once(
    session: Session, desk: Desk, cancellation: Cancellation
) -> None:
    cancellation.apply().review().approve()
    assert cancellation.case.outcome == "cancelled"
    assert desk.certificate.state == "cancelled"
    public = lookup_check_code(session, desk.certificate.check_code, clock.today())
    assert public is not None
    assert public.state == "cancelled"


def test_it_opens_with_the_certificate_it_was_begun_from(desk: Desk) -> None:
    certificate = str(desk.certificate.id)
    cancellation = desk.cancellation().begin(certificate=certificate)
    draft = queries.draft_of(desk.session, cancellation.tasks("apply")[0].id)
    assert draft is not None
    assert draft.data["certificate"] == certificate


def test_its_title_names_the_certificate(desk: Desk, cancellation: Cancellation) -> None:
    cancellation.apply()
    assert cancellation.case.title["zh"] == f"证书注销，QMS 审核员 {desk.certificate.number}"


def test_the_consequences_have_to_be_understood(cancellation: Cancellation) -> None:
    with pytest.raises(Invalid) as refused:
        cancellation.apply(understood=False)
    assert "understood" in refused.value.fields


def test_another_reason_needs_words(cancellation: Cancellation) -> None:
    with pytest.raises(Invalid) as refused:
        cancellation.apply(reason="other")
    assert "explanation" in refused.value.fields


def test_somebody_elses_certificate_cannot_be_chosen(
    session: Session, desk: Desk, cancellation: Cancellation
) -> None:
    from factories.actors import make_person, make_user

    other = make_person(session, make_user(session, "other", "applicant"), 7, desk.to_body)
    theirs = certify(session, other, desk.to_body)
    with pytest.raises(NotNow):
        desk.cancellation().begin(certificate=str(theirs.id))
    with pytest.raises(Invalid) as refused:
        cancellation.apply(certificate=str(theirs.id))
    assert "certificate" in refused.value.fields


def test_who_holds_nothing_in_force_cannot_begin(session: Session, desk: Desk) -> None:
    set_certificate_state(session, desk.certificate, "cancelled", desk.approver, "x")
    with pytest.raises(NotNow, match="in force"):
        desk.cancellation().begin()


def test_the_same_certificate_is_not_cancelled_twice(
    desk: Desk, cancellation: Cancellation
) -> None:
    second = desk.cancellation().begin()
    cancellation.apply()
    with pytest.raises(Invalid) as refused:
        second.apply()
    assert "证书注销正在办理" in refused.value.fields["certificate"].zh


def test_it_cannot_be_begun_for_a_certificate_that_is_being_cancelled(
    session: Session, desk: Desk, cancellation: Cancellation
) -> None:
    cancellation.apply()
    with pytest.raises(NotNow, match="under way"):
        desk.cancellation().begin(certificate=str(desk.certificate.id))
    with pytest.raises(NotNow, match="under way"):
        desk.cancellation().begin()
    other = certify(session, desk.person, desk.from_body, "EMS")
    assert desk.cancellation().begin(certificate=str(other.id)).begin()


def test_a_registration_in_the_field_comes_first(
    session: Session, desk: Desk, cancellation: Cancellation
) -> None:
    from certflow.cases.models import Case

    cancellation.apply()
    operations.withdraw(session, desk.applicant, cancellation.case_id, "再想想", None)
    running = session.get_one(Case, cancellation.case_id)
    running.service, running.state, running.summary = "registration", "open", {"field": "QMS"}
    with pytest.raises(Invalid) as refused:
        desk.cancellation().begin().apply()
    assert "注册申请" in refused.value.fields["certificate"].zh


def test_the_practising_body_is_told_and_sees_it(
    session: Session, desk: Desk, cancellation: Cancellation
) -> None:
    cancellation.apply().review().approve()
    kinds = [one.kind for one in notices_of(session, desk.from_staff.user_id or 0)]
    assert {"body_told", "cancelled"} <= set(kinds)
    assert queries.get_case(session, desk.from_staff, cancellation.case_id)
    with pytest.raises(NotFound):
        queries.get_case(session, desk.to_staff, cancellation.case_id)


def test_it_is_returned_and_amended(cancellation: Cancellation) -> None:
    cancellation.apply().review("return")
    assert cancellation.case.stages == ["amend"]
    cancellation.amend(explanation="已转到培训岗位。")
    assert cancellation.case.stages == ["review"]


@pytest.mark.parametrize(("days", "outcome"), [(15, None), (16, "not_amended")])
def test_what_is_not_amended_in_time_is_closed(
    session: Session, cancellation: Cancellation, days: int, outcome: str | None
) -> None:
    cancellation.apply().review("return")
    session.commit()
    clock.move(timedelta(days=days))
    fire_due_timers()
    assert cancellation.case.outcome == outcome


def test_the_approver_sends_it_back_or_refuses(desk: Desk, cancellation: Cancellation) -> None:
    cancellation.apply().review().approve("return")
    assert cancellation.case.stages == ["review"]
    cancellation.review("refuse").approve("refuse")
    assert cancellation.case.outcome == "refused"
    assert desk.certificate.state == "valid"


def test_what_ended_meanwhile_is_not_cancelled_again(
    desk: Desk, cancellation: Cancellation
) -> None:
    """By a complaint, or by a new certificate: the approver is told, and can still refuse."""
    cancellation.apply().review()
    set_certificate_state(desk.session, desk.certificate, "cancelled", desk.approver, "x")
    with pytest.raises(Invalid) as told:
        cancellation.approve()
    assert "已经注销" in told.value.fields["opinion"].zh
    cancellation.approve("refuse")
    assert cancellation.case.outcome == "refused"


def test_the_applicant_withdraws(session: Session, desk: Desk, cancellation: Cancellation) -> None:
    cancellation.apply()
    operations.withdraw(session, desk.applicant, cancellation.case_id, "不注销了", None)
    assert cancellation.case.outcome == "withdrawn"


def test_a_certificate_keeps_its_name_in_the_case_that_ended_it(
    session: Session, desk: Desk, cancellation: Cancellation
) -> None:
    cancellation.apply().review().approve()
    dossier = open_dossier(session, desk.applicant, cancellation.case_id, clock.now(), "zh")
    field = dossier.loaded.forms["apply"].fields["certificate"]
    shown = dossier.voice.value(field, str(desk.certificate.id))
    assert desk.certificate.number in shown


@pytest.mark.parametrize("made_up", ["x", "0", "987654321", "9" * 40, "²"])
def test_an_address_that_somebody_made_up_leads_nowhere(desk: Desk, made_up: str) -> None:
    with pytest.raises(NotNow, match="not found"):
        desk.cancellation().begin(certificate=made_up)
