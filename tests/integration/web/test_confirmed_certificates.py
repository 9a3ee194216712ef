"""What certificates say of their annual confirmations, and what one can do with them (D1, D7)."""

from datetime import date, timedelta

import pytest

from certflow.core.db import Session
from certflow.personnel.operations import confirm_year, set_certificate_state
from factories.confirming import Confirming, make_confirming

TODAY = date(2026, 11, 20)
START = 'action="/services/annual_confirmation/start"'


@pytest.fixture
def confirming(session: Session) -> Confirming:
    return make_confirming(session, TODAY)


@pytest.fixture
def mine(confirming: Confirming, browse):
    return browse("lin")


def test_one_that_is_due_can_be_confirmed_from_its_card(mine) -> None:
    page = mine.get("/my/certificates").text
    assert "现在可以办理，2027-02-18 截止" in page
    assert START in page


def test_the_button_opens_the_service_with_the_certificate_chosen(confirming, mine) -> None:
    answer = mine.post(
        "/services/annual_confirmation/start",
        **{"given-certificate": str(confirming.certificate.id)},
    )
    page = mine.get(answer.headers["Location"]).text
    assert f'value="{confirming.certificate.id}" checked' in page


def test_a_confirmed_one_says_so_and_offers_nothing(confirming, mine) -> None:
    confirm_year(confirming.session, confirming.certificate.id, 1, TODAY)
    page = mine.get("/my/certificates").text
    assert "2026-11-20 已确认" in page
    assert "2027-08-22 至 2028-02-18 办理" in page
    assert START not in page


def test_a_suspended_one_offers_no_confirmation(confirming, mine) -> None:
    certificate = confirming.certificate
    set_certificate_state(confirming.session, certificate, "suspended", confirming.reviewer, "x")
    assert START not in mine.get("/my/certificates").text


def test_a_missed_one_says_when_the_window_ended(session, browse) -> None:
    make_confirming(session, TODAY, days_before_today=365 + 91)
    assert "办理期已在 2026-11-19 结束" in browse("lin").get("/my/certificates").text


def test_renewal_is_shown_with_its_window(session, browse) -> None:
    story = make_confirming(session, TODAY, days_before_today=365 * 3 - 30)
    mine = browse("lin")
    assert "两次年度确认没有都完成，不能再注册" in mine.get("/my/certificates").text
    for year in (1, 2):
        confirm_year(session, story.certificate.id, year, TODAY)
    assert "现在可以申请，2026-12-20 截止" in mine.get("/my/certificates").text


def test_the_certificate_itself_shows_its_confirmations(confirming, mine, visitor) -> None:
    certificate = confirming.certificate
    assert "第 1 次 2026-11-21" not in mine.get(f"/my/certificates/{certificate.id}").text
    confirm_year(confirming.session, certificate.id, 1, TODAY + timedelta(days=1))
    assert "第 1 次 2026-11-21" in mine.get(f"/my/certificates/{certificate.id}").text
    assert "第 1 次 2026-11-21" in visitor.get(f"/v/{certificate.check_code}").text
