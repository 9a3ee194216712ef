"""The certificate check and health (catalogue C13)."""

import re

import pytest

from certflow.accounts.particulars import set_registered
from certflow.core import clock, outbox
from certflow.core.actor import SYSTEM
from certflow.personnel.operations import NewCertificate, issue_certificate, set_certificate_state
from factories.cast import START
from factories.people import body, person


def new_for(session, organisation_id=None):
    return NewCertificate(
        person_id=person(session, 5).id,
        field="QMS",
        mode="first_intern",
        specialities=(),
        organisation_id=organisation_id,
    )


@pytest.fixture
def certificate(session):
    return issue_certificate(session, new_for(session), START)


def test_the_front_door_leads_a_visitor_to_the_login(visitor) -> None:
    assert visitor.get("/").location == "/login"


def test_a_qr_code_shows_the_certificate_and_no_more(visitor, certificate) -> None:
    page = visitor.get(f"/v/{certificate.check_code}").text
    assert "这张证书有效" in page
    assert certificate.number in page
    assert "林知远" in page
    assert "999999" not in page
    assert "138" not in page


def test_a_cancelled_certificate_says_so(session, visitor, certificate) -> None:
    set_certificate_state(session, certificate, "cancelled", SYSTEM, "注销")
    assert "这张证书已注销" in visitor.get(f"/v/{certificate.check_code}").text


def test_a_paper_with_the_former_name_of_the_body_can_be_told_by_the_check(session, visitor):
    practising = body(session)
    certificate = issue_certificate(session, new_for(session, practising.id), START)
    told = {"name": "新名认证有限公司", "kind": practising.kind}
    set_registered(session, practising.id, told, "执照变更", START, SYSTEM)
    page = visitor.get(f"/v/{certificate.check_code}").text
    assert "新名认证有限公司（曾用名：示例认证有限公司）" in page


def test_an_unknown_code_is_a_plain_sentence(visitor) -> None:
    answer = visitor.get("/v/0123456789abcdef0123")
    assert answer.status_code == 404
    assert "没有查到" in answer.text


def test_number_and_name_lead_to_the_check_page(visitor, certificate) -> None:
    answer = visitor.post("/verify", number=certificate.number, name="林知远")
    assert (answer.status_code, answer.location) == (303, f"/v/{certificate.check_code}")


def test_a_wrong_name_and_an_unknown_number_get_the_same_answer(visitor, certificate) -> None:
    wrong_name = visitor.post("/verify", number=certificate.number, name="某某")
    unknown = visitor.post("/verify", number="2026-N0QMS-9999999", name="某某")
    assert wrong_name.status_code == unknown.status_code == 404
    assert plain(wrong_name.text, certificate.number) == plain(unknown.text, "2026-N0QMS-9999999")


def plain(page: str, number: str) -> str:
    """Leave out what was typed and the tokens of the page."""
    page = re.sub(r'(data-csrf|name="csrf_token" value)="[^"]*"', "", page)
    return page.replace(number, "")


def test_an_empty_look_up_is_told_at_its_fields(visitor) -> None:
    answer = visitor.post("/verify", number="", name="")
    assert answer.status_code == 422
    assert 'id="number-error"' in answer.text
    assert 'id="name-error"' in answer.text


def test_look_ups_are_limited(visitor) -> None:
    token = visitor.token()
    sent = {"csrf_token": token, "number": "x", "name": "y"}
    answers = [visitor.send("POST", "/verify", data=sent).status_code for _ in range(21)]
    assert answers == [404] * 20 + [429]


def test_the_process_says_that_it_is_healthy(visitor) -> None:
    assert visitor.get("/healthz").json == {"status": "ok"}


def test_readiness_tells_how_late_background_work_is(session, visitor) -> None:
    assert visitor.get("/readyz").json["status"] == "ok"
    outbox.enqueue(session, "mail", "late", {})
    session.flush()
    clock.move(outbox.LEASE)
    found = visitor.get("/readyz").json
    assert (found["status"], found["outbox_seconds"], found["timers_seconds"]) == ("late", 300, 0)
