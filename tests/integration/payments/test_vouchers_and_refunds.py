"""Offline payment and refunds: handed in, checked by somebody else, once (C3, E5, D8)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from certflow.core.files import StoredFile
from certflow.core.incidents import Incident
from certflow.core.outbox import OutboxItem
from certflow.payments import queries
from certflow.payments.models import Order, PaymentNotice, Voucher
from certflow.payments.operations import (
    check_voucher,
    confirm_refund,
    decide_refund,
    request_refund,
    start_checkout,
    submit_voucher,
)
from factories.provider import AT, notice_of

People = dict[str, Actor]
Heard = list[tuple[str, str]]
Send = Callable[[dict[str, Any]], PaymentNotice]


@pytest.fixture
def file(session: Session, people: People) -> StoredFile:
    stored = StoredFile(
        id="f" * 26,
        owner_id=people["applicant"].user_id,
        name="voucher.png",
        media_type="image/png",
        size=1,
        sha256="0" * 64,
        created_at=AT,
    )
    session.add(stored)
    session.flush()
    return stored


@pytest.fixture
def voucher(session: Session, order: Order, file: StoredFile, people: People) -> Voucher:
    return submit_voucher(session, order.id, file.id, "转账", AT, people["applicant"])


def check(session: Session, voucher: Voucher, actor: Actor, reason: str = "", **how: Any) -> None:
    accept = how.get("accept", True)
    check_voucher(session, voucher.id, accept=accept, reason=reason, at=AT, actor=actor)


def test_an_accepted_voucher_makes_the_order_paid_as_any_other_way(
    session: Session, order: Order, voucher: Voucher, people: People, heard: Heard
) -> None:
    assert queries.vouchers_to_check(session) == [(voucher, order)]
    check(session, voucher, people["finance"])
    assert (order.state, order.method) == ("paid", "offline")
    assert queries.balances(session) == {"bank": 20000, "fees": -20000}
    assert heard == [("paid", order.number)]
    assert queries.vouchers_to_check(session) == []


def test_a_refused_voucher_says_why_and_another_can_be_handed_in(
    session: Session,
    order: Order,
    voucher: Voucher,
    file: StoredFile,
    people: People,
    heard: Heard,
) -> None:
    with pytest.raises(Invalid):
        check(session, voucher, people["finance"], " ", accept=False)
    check(session, voucher, people["finance"], "金额不符", accept=False)
    assert (voucher.state, voucher.reason, order.state) == ("refused", "金额不符", "created")
    assert heard == [("voucher_refused", order.number)]
    submit_voucher(session, order.id, file.id, "", AT, people["applicant"])
    assert len(queries.vouchers_of(session, order.id)) == 2


def test_a_voucher_is_checked_once_and_not_by_who_handed_it_in(
    session: Session, voucher: Voucher, people: People, heard: Heard
) -> None:
    with pytest.raises(Forbidden):
        check(session, voucher, people["applicant"])
    check(session, voucher, people["finance"])
    with pytest.raises(Conflict):
        check(session, voucher, people["finance"], "晚了", accept=False)
    assert len(heard) == 1


def test_one_voucher_at_a_time_and_no_payment_page_meanwhile(
    session: Session, order: Order, voucher: Voucher, file: StoredFile, people: People
) -> None:
    assert voucher.state == "submitted"
    with pytest.raises(Conflict):
        submit_voucher(session, order.id, file.id, "", AT, people["applicant"])
    with pytest.raises(Conflict):
        start_checkout(session, order.id, "/", AT)


def test_only_ones_own_file_is_a_voucher(
    session: Session, order: Order, file: StoredFile, people: People
) -> None:
    for file_id, actor in [("unknown", people["applicant"]), (file.id, people["body_staff"])]:
        with pytest.raises(NotFound):
            submit_voucher(session, order.id, file_id, "", AT, actor)


def test_a_voucher_accepted_after_an_online_payment_is_shown_as_a_second_payment(
    session: Session, order: Order, voucher: Voucher, people: People, send: Send, heard: Heard
) -> None:
    send(notice_of(order))
    check(session, voucher, people["finance"])
    assert order.method == "online"
    assert queries.balances(session) == {
        "gateway": 20000,
        "fees": -20000,
        "bank": 20000,
        "suspense": -20000,
    }
    assert session.scalars(select(Incident.kind)).all() == ["payment.unmatched"]
    assert len(heard) == 1


def test_an_approved_refund_is_sent_once_and_done_by_the_providers_notice(
    session: Session, order: Order, people: People, send: Send, heard: Heard
) -> None:
    send(notice_of(order))
    refund = request_refund(session, order.id, "不能参加", AT, people["applicant"])
    assert queries.refunds_to_decide(session) == [(refund, order)]
    decide_refund(session, refund.id, approve=True, reason="", at=AT, actor=people["finance"])
    assert (order.state, refund.state) == ("refunding", "approved")
    sent = session.scalars(select(OutboxItem)).one()
    assert (sent.kind, sent.dedupe_key) == ("payment.refund", f"refund/{refund.id}")
    for _ in range(3):
        send(notice_of(order, "refunded"))
    assert (order.state, refund.state) == ("refunded", "done")
    assert queries.balances(session) == {"gateway": 0, "fees": 0}
    assert heard == [("paid", order.number), ("refunded", order.number)]
    assert session.scalar(select(Incident.id)) is None


def test_two_refunds_two_decisions_or_ones_own_are_refused(
    session: Session, order: Order, people: People, send: Send
) -> None:
    applicant, finance = people["applicant"], people["finance"]
    with pytest.raises(Conflict):
        request_refund(session, order.id, "早", AT, applicant)
    send(notice_of(order))
    with pytest.raises(Invalid):
        request_refund(session, order.id, " ", AT, applicant)
    refund = request_refund(session, order.id, "一", AT, applicant)
    with pytest.raises(Conflict):
        request_refund(session, order.id, "二", AT, applicant)
    with pytest.raises(Forbidden):
        decide_refund(session, refund.id, approve=True, reason="", at=AT, actor=applicant)
    with pytest.raises(Invalid):
        decide_refund(session, refund.id, approve=False, reason="", at=AT, actor=finance)
    decide_refund(session, refund.id, approve=False, reason="已过期", at=AT, actor=finance)
    with pytest.raises(Conflict):
        decide_refund(session, refund.id, approve=True, reason="", at=AT, actor=finance)
    assert order.state == "paid"


def test_an_offline_payment_goes_back_when_finance_says_so(
    session: Session, order: Order, voucher: Voucher, people: People, heard: Heard
) -> None:
    finance = people["finance"]
    check(session, voucher, finance)
    refund = request_refund(session, order.id, "重复", AT, people["applicant"])
    with pytest.raises(Conflict):
        confirm_refund(session, refund.id, "BANK1", AT, finance)
    decide_refund(session, refund.id, approve=True, reason="", at=AT, actor=finance)
    with pytest.raises(Invalid):
        confirm_refund(session, refund.id, "", AT, finance)
    confirm_refund(session, refund.id, "BANK1", AT, finance)
    with pytest.raises(Conflict):
        confirm_refund(session, refund.id, "BANK1", AT, finance)
    assert (order.state, refund.state) == ("refunded", "done")
    assert queries.balances(session) == {"bank": 0, "fees": 0}
    assert session.scalar(select(OutboxItem.id)) is None
    assert heard[-1] == ("refunded", order.number)


def test_a_refund_of_another_amount_is_shown_and_changes_nothing(
    session: Session, order: Order, send: Send
) -> None:
    send(notice_of(order))
    assert send(notice_of(order, "refunded", amount_fen=20001)).result == "unmatched"
    assert order.state == "paid"
    assert session.scalars(select(Incident.kind)).all() == ["payment.refund_amount"]
