"""A certification body's people: certificates, what is due, open cases (catalogue B4, C8, D1)."""

import csv
import io
from datetime import date, timedelta

import pytest

from certflow.accounts.queries import get_organisation
from certflow.core import clock
from certflow.core.actor import SYSTEM
from certflow.personnel.models import Certificate
from certflow.personnel.operations import (
    NewCertificate,
    confirm_year,
    issue_certificate,
    set_certificate_state,
)
from factories.actors import make_person, make_user
from factories.people import body as make_body

TODAY = date(2026, 11, 20)


@pytest.fixture
def certified(session, story):
    """Makes colleagues of the body, each with a certificate that runs out on a day."""

    def certify(name: str, until: date, number: int = 40, body=None) -> Certificate:
        user = make_user(session, f"holder{number}", "applicant")
        holder = make_person(session, user, number, body or ours)
        holder.name = name
        told = NewCertificate(
            person_id=holder.id,
            field="QMS",
            mode="first_intern",
            specialities=("machinery", "trade"),
            organisation_id=holder.organisation_id,
        )
        certificate = issue_certificate(session, told, clock.now())
        certificate.valid_from = until.replace(year=until.year - 3) + timedelta(days=1)
        certificate.valid_until = until
        return certificate

    ours = get_organisation(session, story.cast.staff.organisation_id)
    return certify


def test_a_body_sees_its_people_with_certificates_and_open_cases(story, certified, browse) -> None:
    story.begin().choose().apply()
    held = certified("许听澜", date(2028, 5, 1))
    page = browse("liu").get("/office/people").text
    assert "许听澜" in page
    assert held.number in page
    assert "2028-05-01" in page
    assert story.case.number in page


def test_nobody_of_another_body_is_listed(session, story, certified, browse) -> None:
    rival = make_body(session, "南屿样例检验有限公司")
    held = certified("外人甲", date(2027, 1, 10), body=rival)
    staff = browse("liu")
    for address in ("/office/people", f"/office/people?q={held.number}", "/office/people/due"):
        assert "外人甲" not in staff.get(address).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=许听", True),
        ("q=N0QMS", True),
        ("q=周", False),
        ("q=%25", False),
        ("state=valid", True),
        ("state=expiring", False),
        ("state=expired", False),
        ("state=none", False),
        ("state=nonsense&page=abc", True),
        ("page=99", False),
    ],
)
def test_people_are_searched_and_filtered(certified, browse, query, found) -> None:
    certified("许听澜", date(2028, 5, 1))
    assert ("许听澜" in browse("liu").get(f"/office/people?{query}").text) is found


def test_each_state_of_a_certificate_is_found(session, certified, browse) -> None:
    certified("到期甲", TODAY - timedelta(days=1), 41)
    suspended = certified("暂停乙", date(2028, 5, 1), 42)
    set_certificate_state(session, suspended, "suspended", SYSTEM, "未按期确认")
    staff = browse("liu")
    assert "到期甲" in staff.get("/office/people?state=expired").text
    assert "到期甲" in staff.get("/office/people?state=none").text
    assert "暂停乙" in staff.get("/office/people?state=suspended").text
    assert "暂停乙" not in staff.get("/office/people?state=valid").text


def test_people_come_in_pages(certified, browse) -> None:
    for number in range(21):
        certified(f"人员{number:02d}", date(2028, 5, 1), 40 + number)
    staff = browse("liu")
    assert "人员20" not in staff.get("/office/people?q=人员").text
    assert "人员20" in staff.get("/office/people?q=人员&page=2").text


@pytest.mark.parametrize(("days", "listed"), [(-1, False), (0, True), (90, True), (91, False)])
def test_a_certificate_is_listed_from_ninety_days_before_its_last_day(
    certified, browse, days, listed
) -> None:
    held = certified("许听澜", TODAY + timedelta(days=days))
    page = browse("liu").get("/office/people/due").text
    assert (held.number in page and "证书到期" in page) is listed


def test_a_confirmation_is_due_until_it_is_confirmed(session, certified, browse) -> None:
    held = certified("许听澜", date(2028, 11, 30))  # the first year's window is open now
    staff = browse("liu")
    assert "第 1 次年度确认" in staff.get("/office/people/due").text
    confirm_year(session, held.id, 1, TODAY)
    assert held.number not in staff.get("/office/people/due").text


def test_what_is_due_comes_as_a_file(certified, browse) -> None:
    held = certified('=1+1"', TODAY + timedelta(days=10))
    answer = browse("liu").get("/office/people/due/export.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1][:2] == ["'=1+1\"", held.number]
    assert rows[1][-1] == "2026-11-30"


@pytest.mark.parametrize("login", ["lin", "gu.nanqiao", "expert0"])
def test_the_pages_are_for_the_body_alone(story, browse, login) -> None:
    for address in ("/office/people", "/office/people/due", "/office/people/due/export.xlsx"):
        assert browse(login).get(address).status_code == 403
