from datetime import timedelta

import pytest
from sqlalchemy import event, select

from certflow.accounts.operations import disable, set_mail_notices
from certflow.core import settings
from certflow.core.actor import SYSTEM
from certflow.core.errors import NotFound
from certflow.core.outbox import OutboxItem
from certflow.core.text import Text
from certflow.notifications.models import Notice
from certflow.notifications.operations import NewNotice, clear_all, mark_all_read, mark_read, notify
from certflow.notifications.queries import notices_of, unread_count
from factories import people
from factories.people import NINE

PASSED = Text("初核已通过，请缴费。", "The pre-review is done. Please pay.")


@pytest.fixture
def lin(session):
    return people.user(session, "lin", "applicant")


@pytest.fixture
def zhou(session):
    return people.user(session, "zhou", "reviewer", name="周明")


def tell(session, *users, at=NINE, **changes):
    told = {"kind": "case.moved", "role": "applicant", "text": PASSED, "case_id": 1, **changes}
    return [
        session.get_one(Notice, one)
        for one in notify(session, [user.id for user in users], NewNotice(**told), at)
    ]


def mails(session):
    return session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).all()


def test_everyone_named_is_told_once(session, lin, zhou):
    tell(session, lin, zhou, lin, link="/cases/1")
    assert (unread_count(session, lin.id), unread_count(session, zhou.id)) == (1, 1)
    notice = notices_of(session, lin.id)[0]
    assert (Text.read(notice.text), notice.link, notice.role) == (PASSED, "/cases/1", "applicant")


def test_the_same_happening_is_told_once_even_after_clearing(session, lin, zhou):
    tell(session, lin, dedupe="task/1")
    clear_all(session, lin.id, NINE)
    assert [n.user_id for n in tell(session, lin, zhou, dedupe="task/1")] == [zhou.id]
    assert len(tell(session, lin, dedupe="task/2")) == 1


def test_without_a_key_things_may_be_told_again(session, lin):
    tell(session, lin)
    tell(session, lin)
    assert unread_count(session, lin.id) == 2


def test_nobody_is_told_when_nobody_is_named(session):
    assert tell(session) == []


def test_a_disabled_account_is_told_nothing(session, lin):
    disable(session, lin, NINE, SYSTEM, "test")
    assert tell(session, lin) == []


def test_reading_one_lowers_the_count_and_keeps_the_first_time(session, lin):
    first, _ = tell(session, lin)[0], tell(session, lin)
    mark_read(session, lin.id, first.id, NINE)
    mark_read(session, lin.id, first.id, NINE + timedelta(hours=1))
    assert (unread_count(session, lin.id), first.read_at) == (1, NINE)


def test_nobody_reads_the_notice_of_another(session, lin, zhou):
    notice = tell(session, lin)[0]
    with pytest.raises(NotFound):
        mark_read(session, zhou.id, notice.id, NINE)


def test_all_are_read_and_all_are_cleared_for_one_user_only(session, lin, zhou):
    tell(session, lin, zhou)
    mark_all_read(session, lin.id, NINE)
    assert (unread_count(session, lin.id), len(notices_of(session, lin.id))) == (0, 1)
    tell(session, lin)
    clear_all(session, lin.id, NINE)
    assert (unread_count(session, lin.id), notices_of(session, lin.id)) == (0, [])
    assert (unread_count(session, zhou.id), len(notices_of(session, zhou.id))) == (1, 1)


def test_notices_are_paged_newest_first(session, lin):
    told = [tell(session, lin)[0].id for _ in range(5)]
    page = notices_of(session, lin.id, limit=2)
    assert [n.id for n in page] == told[:2:-1]
    assert [n.id for n in notices_of(session, lin.id, 2, page[-1].id)] == told[2:0:-1]


def test_the_count_is_one_statement(session, lin):
    tell(session, lin)
    seen = []
    listen = lambda *call: seen.append(call[2])  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    assert unread_count(session, lin.id) == 1
    event.remove(session.get_bind(), "before_cursor_execute", listen)
    assert len(seen) == 1


def test_mail_goes_to_those_who_want_it_and_have_an_address(session, lin, zhou):
    set_mail_notices(session, zhou.id, on=False)
    nobody = people.user(session, "no-address")
    nobody.email = None
    notice = tell(session, lin, zhou, nobody)[0]
    queued = mails(session)
    assert [(i.dedupe_key, i.payload) for i in queued] == [
        (f"mail/notice/{notice.id}", {"notice_id": notice.id})
    ]


def test_in_production_without_a_mail_server_no_mail_is_queued(session, lin, monkeypatch):
    import dataclasses

    alone = dataclasses.replace(settings.current(), mode="production", smtp_url=None)
    monkeypatch.setattr(settings._Current, "settings", alone)
    tell(session, lin)
    assert mails(session) == []
    assert unread_count(session, lin.id) == 1
