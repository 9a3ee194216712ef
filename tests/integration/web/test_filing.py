"""Filing for many on the office's pages: choose, answer, watch (D1)."""

import csv
import io
from datetime import date, timedelta

import pytest

from certflow.cases import groups
from certflow.core import outbox
from certflow.core.db import Session
from factories.actors import make_person, make_user
from factories.confirming import DECLARATION, SERVICE, Confirming, cases, certify, make_confirming

TODAY = date(2026, 11, 20)
PEOPLE = f"/office/filing/new/{SERVICE}"
SAID = {name: str(value).lower() for name, value in DECLARATION.items()}


@pytest.fixture
def confirming(session: Session) -> Confirming:
    story = make_confirming(session, TODAY)
    for number, days in ((2, 300), (3, 100)):
        user = make_user(session, f"colleague{number}", "applicant")
        person = make_person(session, user, number, story.body)
        certify(session, person.id, story.body, TODAY - timedelta(days=days))
    return story


@pytest.fixture
def staff(confirming: Confirming, browse):
    return browse("liu")


def prepared(confirming: Confirming, staff) -> str:
    answer = staff.post(PEOPLE, all="1")
    assert answer.status_code == 303
    return answer.headers["Location"]


def filed(confirming: Confirming, staff, **changes: str) -> str:
    address = prepared(confirming, staff)
    assert staff.post(address, _outcome="submit", **{**SAID, **changes}).status_code == 303
    return address


def test_who_is_due_stands_first_and_others_say_why_not(staff) -> None:
    page = staff.get(PEOPLE).text
    assert page.index("colleague2") < page.index("colleague3")
    assert "办理期是 2027-05-14 至 2027-11-10" in page


def test_the_filter_narrows_and_all_of_it_can_be_taken(confirming, staff) -> None:
    page = staff.get(f"{PEOPLE}?q=colleague2").text
    assert "lin" not in page.split("<tbody>")[1].split("</tbody>")[0]
    answer = staff.post(f"{PEOPLE}?q=colleague2", all="1")
    rows = groups.rows_of(
        confirming.session, groups.filings_of(confirming.session, confirming.staff)[0]
    )
    assert answer.status_code == 303
    assert [row.name for row, _number in rows] == ["colleague2"]


def test_choosing_nobody_is_told(staff) -> None:
    answer = staff.post(PEOPLE)
    assert answer.status_code == 422
    assert "请至少选一位" in answer.text


def test_what_was_typed_is_kept_for_later(confirming, staff) -> None:
    address = prepared(confirming, staff)
    staff.post(address, _save="draft", complaints="false", remark="写了一半")
    page = staff.get(address).text
    assert "写了一半" in page
    assert "继续" in staff.get("/office/filing").text


def test_a_wrong_answer_stands_at_its_place(confirming, staff) -> None:
    address = prepared(confirming, staff)
    row = groups.rows_of(
        confirming.session, groups.filings_of(confirming.session, confirming.staff)[0]
    )[0][0]
    answer = staff.post(address, _outcome="submit", **SAID, **{f"own.{row.id}.complaints": "true"})
    assert answer.status_code == 422
    assert f'id="own-{row.id}-remark-error"' in answer.text
    assert "checked" in answer.text


def test_the_results_are_shown_and_given_as_a_table(confirming, staff) -> None:
    address = filed(confirming, staff)
    assert "正在提交，已完成 0 / 2" in staff.get(address).text
    confirming.session.commit()
    outbox.relay(100)
    page = staff.get(address).text
    assert "2 件全部提交" in page
    numbers = [one.number or "?" for one in cases(confirming.session)]
    assert all(number in page for number in numbers)
    sheet = staff.get(f"{address}/results.csv").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sheet)))
    assert [row[4] for row in rows[1:]] == numbers
    assert staff.get(f"{address}/results.xlsx").status_code == 200


def test_it_can_be_thrown_away_before_it_is_filed(confirming, staff) -> None:
    address = prepared(confirming, staff)
    assert staff.post(f"{address}/discard").status_code == 303
    assert staff.get(address).status_code == 404


def test_a_second_click_files_nothing_twice(confirming, staff) -> None:
    address = filed(confirming, staff)
    assert staff.post(address, _outcome="submit", **SAID).status_code == 409
    confirming.session.commit()
    outbox.relay(100)
    assert len(cases(confirming.session)) == 2


def test_before_it_is_thrown_away_the_page_says_what_is_lost(confirming, staff) -> None:
    address = prepared(confirming, staff)
    assert "不能恢复" in staff.get(f"{address}/discard").text
    staff.post(address, _outcome="submit", **SAID)
    assert staff.get(f"{address}/discard").status_code == 404
    assert staff.post(f"{address}/discard").status_code == 409
