"""Provider's notices: repeated, out of order, forged, unknown (reliability D1-D4)."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from certflow.core import settings
from certflow.core.db import Session, transaction
from certflow.core.errors import AppError
from certflow.core.incidents import Incident
from certflow.payments import queries
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.gateways.sandbox import SIGN_HEADER, TIME_HEADER, SandboxGateway
from certflow.payments.models import LedgerEntry, Order, PaymentNotice
from certflow.payments.operations import process_notice, store_notice
from factories.provider import AT, notice_of, signed

Send = Callable[[dict[str, Any]], PaymentNotice]
Heard = list[tuple[str, str]]


def ledger(session: Session) -> list[tuple[str, str, str, int]]:
    rows = session.scalars(select(LedgerEntry).order_by(LedgerEntry.key))
    return [(row.key, row.debit, row.credit, row.amount_fen) for row in rows]


def test_a_notice_makes_its_order_paid_once_in_ten_deliveries(
    session: Session, order: Order, send: Send, heard: Heard
) -> None:
    results = [send(notice_of(order)).result for _ in range(10)]
    assert results == ["accepted"] + ["repeated"] * 9
    assert (order.state, order.method, order.paid_at) == ("paid", "online", AT)
    assert ledger(session) == [(f"paid/{order.id}", "gateway", "fees", 20000)]
    assert heard == [("paid", order.number)]
    assert session.scalar(select(func.count()).select_from(PaymentNotice)) == 10


def test_the_same_payment_under_ten_event_ids_counts_once(
    session: Session, order: Order, send: Send, heard: Heard
) -> None:
    results = [send(notice_of(order, event_id=f"e{n}")).result for n in range(10)]
    assert results == ["accepted"] + ["repeated"] * 9
    assert (len(ledger(session)), len(heard)) == (1, 1)


def test_ten_deliveries_at_the_same_instant_have_one_effect(
    app: Flask, session: Session, order: Order, heard: Heard
) -> None:
    body = json.dumps(notice_of(order)).encode()
    head, number = signed(body), order.number
    session.commit()
    barrier, results = threading.Barrier(10), []

    def deliver() -> None:
        with app.app_context():
            with transaction() as own:
                notice_id = store_notice(own, body, head, AT).id
            barrier.wait(timeout=30)
            with transaction() as own:
                results.append(process_notice(own, notice_id).result)

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert sorted(results) == ["accepted"] + ["repeated"] * 9
    assert len(ledger(session)) == 1
    assert heard == [("paid", number)]


KINDS = ("pending", "failed", "closed", "paid", "refunded")
PERMUTATIONS = list(itertools.permutations(KINDS))


def test_every_order_of_five_events_ends_the_same(
    session: Session, new_order: Callable[..., Order], send: Send
) -> None:
    outcomes = set()
    for kinds in PERMUTATIONS:
        order = new_order()
        for kind in kinds:
            send(notice_of(order, kind))
        outcomes.add((order.state, tuple(sorted(queries.balances(session, [order.id]).items()))))
    assert len(PERMUTATIONS) == 120
    assert outcomes == {("refunded", (("fees", 0), ("gateway", 0)))}


@pytest.mark.parametrize("late", ["failed", "closed", "pending"])
def test_a_late_message_after_the_payment_is_ignored_and_flagged(
    order: Order, send: Send, heard: Heard, late: str
) -> None:
    send(notice_of(order))
    notice = send(notice_of(order, late))
    assert (notice.result, notice.remark) == ("ignored", f"{late} after paid")
    assert (order.state, heard) == ("paid", [("paid", order.number)])


def test_a_failed_try_leaves_the_order_open(order: Order, send: Send, heard: Heard) -> None:
    assert send(notice_of(order, "failed")).result == "accepted"
    assert (order.state, heard) == ("created", [])


def test_money_for_a_closed_order_counts_and_is_shown(
    session: Session, order: Order, send: Send, heard: Heard
) -> None:
    send(notice_of(order, "closed"))
    send(notice_of(order))
    assert [happening for happening, _ in heard] == ["closed", "paid"]
    assert session.scalar(select(Incident.kind)) == "payment.late"


def forgeries(order: Order, other: Order) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Notices that nobody but the provider could have signed, and did not."""
    honest = notice_of(order)
    body = json.dumps(honest).encode()
    head = signed(body)
    time_, signature = head[TIME_HEADER], head[SIGN_HEADER]
    yield "no headers", body, {}
    yield "no signature", body, {TIME_HEADER: time_}
    yield "no time", body, {SIGN_HEADER: signature}
    yield "empty signature", body, {TIME_HEADER: time_, SIGN_HEADER: ""}
    yield "half a signature", body, {TIME_HEADER: time_, SIGN_HEADER: signature[:32]}
    yield "upper case", body, {TIME_HEADER: time_, SIGN_HEADER: signature.upper()}
    yield "zeros", body, {TIME_HEADER: time_, SIGN_HEADER: "0" * 64}
    yield "not ASCII", body, {TIME_HEADER: time_, SIGN_HEADER: "ä" * 64}
    yield "wrong key", body, signed(body, secret="guess")
    yield "empty key", body, signed(body, secret=" ")
    yield "public word as key", body, signed(body, secret="merchant")
    yield "signature of another body", body, signed(b"{}")
    yield "signature of the other order", body, signed(json.dumps(notice_of(other)).encode())
    for name, late in [("an hour old", -1), ("a year old", -8760), ("from tomorrow", 24)]:
        yield name, body, signed(body, at=AT + timedelta(hours=late))
    old = signed(body, at=AT - timedelta(hours=1))
    yield "old signature, new time", body, old | {TIME_HEADER: time_}
    yield "time with a sign", body, {TIME_HEADER: f"+{time_}", SIGN_HEADER: signature}
    yield "time in words", body, {TIME_HEADER: "now", SIGN_HEADER: signature}
    changes: dict[str, Any] = {
        "one fen less": {"amount_fen": order.amount_fen - 1},
        "one fen": {"amount_fen": 1},
        "hundred times": {"amount_fen": order.amount_fen * 100},
        "nothing": {"amount_fen": 0},
        "negative": {"amount_fen": -order.amount_fen},
        "other currency": {"currency": "JPY"},
        "other merchant": {"merchant": "SOMEBODY-ELSE"},
        "other order": {"order": other.number},
        "other event": {"event_id": "fresh"},
        "other transaction": {"transaction": "SB-fresh"},
        "refund instead": {"type": "refunded"},
        "extra field": {"payer": 7},
    }
    for name, change in changes.items():
        yield name, json.dumps(honest | change).encode(), head
    yield "one space more", body + b" ", head
    yield "fields in another order", json.dumps(dict(reversed(honest.items()))).encode(), head
    yield "amount twice", body[:-1] + b', "amount_fen": 1}', head


def deliver_forgeries(
    session: Session, new_order: Callable[..., Order], gateway: SandboxGateway | None
) -> tuple[int, int, list[PaymentNotice]]:
    """Deliver each forgery to two fresh orders; return tried, accepted and the stored notices."""
    tried = accepted = 0
    notices = []
    for number in range(len(list(forgeries(new_order(), new_order())))):
        order, other = new_order(), new_order()
        _, body, head = list(forgeries(order, other))[number]
        stored = store_notice(session, body, head, AT)
        notices.append(process_notice(session, stored.id, gateway))
        tried += 1
        accepted += {order.state, other.state} != {"created"}
    return tried, accepted, notices


def test_no_forgery_is_accepted_and_each_is_on_record(
    session: Session, new_order: Callable[..., Order], heard: Heard
) -> None:
    tried, accepted, notices = deliver_forgeries(session, new_order, None)
    assert (tried, accepted) == (34, 0)
    assert {(n.result, n.verified, n.event_id) for n in notices} == {("refused", False, None)}
    assert (ledger(session), heard) == ([], [])
    incident = session.scalars(select(Incident)).one()
    assert (incident.kind, incident.times) == ("payment.notice_refused", tried)


class Credulous(SandboxGateway):
    """A gateway whose signatures nobody checks."""

    def verify(self, *_: object) -> None:
        """Believe everything."""


def test_without_the_check_forgeries_would_be_accepted(
    session: Session, new_order: Callable[..., Order]
) -> None:
    now = settings.current()
    credulous = Credulous(now.gateway_url, now.gateway_secret, now.merchant)
    _, accepted, _ = deliver_forgeries(session, new_order, credulous)
    assert accepted > 20


def test_a_forgery_does_not_use_up_the_real_event(
    session: Session, order: Order, send: Send
) -> None:
    body = json.dumps(notice_of(order)).encode()
    forged = store_notice(session, body, signed(body, secret="guess"), AT)
    assert process_notice(session, forged.id).result == "refused"
    assert send(notice_of(order)).result == "accepted"


@pytest.mark.parametrize(
    "change",
    [{"amount_fen": 19999}, {"amount_fen": 1}, {"amount_fen": 2000000}, {"currency": "JPY"}],
)
def test_a_true_notice_with_another_amount_leaves_the_order_and_goes_to_suspense(
    session: Session, order: Order, send: Send, heard: Heard, change: dict[str, Any]
) -> None:
    notice = notice_of(order, **change)
    assert send(notice).result == "unmatched"
    assert (order.state, heard) == ("created", [])
    assert ledger(session) == [
        (f"suspense/{notice['transaction']}", "gateway", "suspense", notice["amount_fen"])
    ]
    assert session.scalar(select(Incident.kind)) == "payment.unmatched"


def test_money_for_an_unknown_order_is_kept_and_shown(
    session: Session, order: Order, send: Send
) -> None:
    stranger = notice_of(order) | {"order": "P19990101000001"}
    assert send(stranger).result == "unmatched"
    assert send(stranger).result == "repeated"
    assert send(stranger | {"event_id": "another"}).result == "repeated"
    assert queries.balances(session) == {"gateway": 20000, "suspense": -20000}
    assert session.scalars(select(Incident)).one().kind == "payment.unmatched"


def test_a_second_payment_of_a_paid_order_is_kept_in_suspense(
    session: Session, order: Order, send: Send, heard: Heard
) -> None:
    send(notice_of(order))
    second = notice_of(order, event_id="e2", transaction="SB-second")
    assert [send(second).result, send(second).result] == ["unmatched", "repeated"]
    assert queries.balances(session) == {"gateway": 40000, "fees": -20000, "suspense": -20000}
    assert len(heard) == 1


def test_what_a_listener_raises_undoes_the_payment_but_not_the_stored_notice(
    session: Session, order: Order
) -> None:
    from certflow.payments.operations import listeners, on_paid

    def breaks(_session: Session, _order: Order) -> None:
        raise RuntimeError("the case cannot go on")

    body = json.dumps(notice_of(order)).encode()
    notice_id = store_notice(session, body, signed(body), AT).id
    session.commit()
    on_paid(breaks)
    try:
        with pytest.raises(RuntimeError):
            process_notice(session, notice_id)
        session.rollback()
    finally:
        listeners._listeners["paid"].remove(breaks)
    session.refresh(order)
    assert (order.state, ledger(session)) == ("created", [])
    assert queries.notices_left(session, AT + timedelta(minutes=1)) == [notice_id]
    assert process_notice(session, notice_id).result == "accepted"


def test_a_notice_is_stored_word_for_word_without_cookies(session: Session) -> None:
    raw = b'\x00\xff{"a": 1}'
    notice = store_notice(session, raw, {"Cookie": "s=1", "User-Agent": "x" * 900}, AT)
    session.flush()
    session.expire(notice)
    assert notice.raw == raw
    assert {name: len(value) for name, value in notice.headers.items()} == {"user-agent": 500}


def test_a_notice_above_64_kib_is_refused(session: Session) -> None:
    store_notice(session, b"x" * 65536, {}, AT)
    with pytest.raises(AppError) as refused:
        store_notice(session, b"x" * 65537, {}, AT)
    assert refused.value.status == 413


def test_a_processed_notice_is_not_processed_again(
    session: Session, order: Order, send: Send, heard: Heard
) -> None:
    notice = send(notice_of(order))
    assert process_notice(session, notice.id).result == "accepted"
    assert len(heard) == 1


def test_a_gateway_of_another_merchant_is_not_ours(session: Session, order: Order) -> None:
    body = json.dumps(notice_of(order)).encode()
    stored = store_notice(session, body, signed(body), AT)
    other = replace(present_gateway(), merchant="OTHER")  # type: ignore[type-var]
    assert process_notice(session, stored.id, other).remark == "meant for another merchant"


def test_without_the_guards_a_second_delivery_would_break_on_the_ledgers_own_key(
    session: Session, order: Order, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(notice_of(order))
    monkeypatch.setattr("certflow.payments.operations.settling.posted", lambda *_: None)
    monkeypatch.setattr("certflow.payments.operations.ledger.posted", lambda *_: None)
    with pytest.raises(IntegrityError):
        send(notice_of(order, event_id="again"))
