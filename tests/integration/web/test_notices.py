"""The notices centre (catalogue B8)."""

from datetime import timedelta

import pytest

from certflow.accounts.operations import grant_role
from certflow.core import clock
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.notifications.queries import unread_count
from factories.actors import make_user


@pytest.fixture
def reader(session):
    user = make_user(session, "reader", "applicant")
    grant_role(session, user.id, "expert", clock.now())
    return user


def tell(session, user, words="请评价", role="applicant", link="/home"):
    new = NewNotice(kind="test", role=role, text=Text(words, "Please"), link=link)
    return notify(session, [user.id], new, clock.now())[0]


def test_unread_notices_are_listed_apart(session, reader, browse) -> None:
    first = tell(session, reader, "第一条")
    tell(session, reader, "第二条")
    browser = browse("reader")
    browser.post(f"/notices/{first}/open")
    everything, unread = browser.get("/notices").text, browser.get("/notices?show=unread").text
    assert "第一条" in everything
    assert "第一条" not in unread
    assert "第二条" in everything
    assert "第二条" in unread


def test_the_days_left_are_counted_when_a_notice_is_read(story, browse) -> None:
    story.begin().choose().apply().pre_review().pay()
    assert "还有 30 个工作日" in browse("lin").get("/notices").text
    with clock.frozen(clock.now() + timedelta(days=4)):  # Friday to Tuesday
        assert "还有 28 个工作日" in browse("lin").get("/notices").text


def test_opening_marks_read_and_leads_to_the_place(session, reader, browse) -> None:
    notice = tell(session, reader, link="/my/cases")
    browser = browse("reader")
    assert browser.post(f"/notices/{notice}/open").location == "/my/cases"
    assert unread_count(session, reader.id) == 0


def test_looking_at_a_notice_does_not_mark_it_read(session, reader, browse) -> None:
    notice = tell(session, reader)
    assert browse("reader").get(f"/notices/{notice}/open").status_code == 405
    assert unread_count(session, reader.id) == 1


def test_opening_a_notice_for_another_of_my_roles_switches_to_it(session, reader, browse) -> None:
    notice = tell(session, reader, role="expert", link="/notices")
    browser = browse("reader")
    browser.post(f"/notices/{notice}/open")
    page = browser.get("/notices").text
    assert "已切换到“评价专家”身份" in page


def test_a_notice_for_a_role_i_do_not_hold_switches_nothing(session, reader, browse) -> None:
    notice = tell(session, reader, role="approver", link="/notices")
    browser = browse("reader")
    assert browser.post(f"/notices/{notice}/open").status_code == 303
    assert "已切换到" not in browser.get("/notices").text


@pytest.mark.parametrize("link", ["https://example.org/", "//example.org", "/\\example.org"])
def test_a_link_out_of_the_platform_is_not_followed(session, reader, browse, link) -> None:
    notice = tell(session, reader, link=link)
    assert browse("reader").post(f"/notices/{notice}/open").location == "/notices"


def test_another_persons_notice_is_not_found(session, reader, browse) -> None:
    notice = tell(session, reader)
    make_user(session, "other", "applicant")
    assert browse("other").post(f"/notices/{notice}/open").status_code == 404
    assert unread_count(session, reader.id) == 1


def test_all_are_marked_read_at_once(session, reader, browse) -> None:
    tell(session, reader)
    tell(session, reader)
    browse("reader").post("/notices/read")
    assert unread_count(session, reader.id) == 0


def test_the_list_is_cleared_after_a_page_that_says_what_that_means(
    session, reader, browse
) -> None:
    tell(session, reader, "第一条")
    browser = browse("reader")
    assert "不能恢复" in browser.get("/notices/clear").text
    browser.post("/notices/clear")
    assert "第一条" not in browser.get("/notices").text


def test_older_notices_stand_on_the_next_page(session, reader, browse) -> None:
    for number in range(21):
        tell(session, reader, f"通知{number:02d}号")
    browser = browse("reader")
    page = browser.get("/notices").text
    assert "通知20号" in page
    assert "通知00号" not in page
    assert "更早的通知" in page
