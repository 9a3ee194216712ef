"""The platform and the sandbox gateway together, over a real connection (E6, D5, D9, D11)."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.serving import make_server

from certflow.core import clock, outbox, settings
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session, transaction
from certflow.core.incidents import Incident
from certflow.payments import operations, queries, tasks
from certflow.payments.gateways import BillRow, GatewayUnreachable
from certflow.payments.gateways.choice import present_gateway
from certflow.payments.models import LedgerEntry, Order
from certflow.payments.operations import listeners, reconcile, start_checkout
from certflow.sandbox_gateway import create_gateway
from factories.provider import AT, notice_of

NewOrder = Callable[..., Order]
TODAY = AT.astimezone(SHANGHAI).date()


class Platform:
    """What the web edge does with a notice; can be told not to hear."""

    def __init__(self, app: Flask) -> None:
        self.app, self.deaf, self.heard = app, False, 0

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self.deaf:
            raise ConnectionRefusedError
        self.heard += 1
        with self.app.app_context():
            with transaction() as session:
                notice_id = operations.store_notice(session, body, headers, clock.now()).id
            with transaction() as session:
                operations.process_notice(session, notice_id)
        return 200, b"success"


@pytest.fixture
def platform(app: Flask) -> Platform:
    return Platform(app)


@pytest.fixture
def sandbox(platform: Platform, tmp_path: Path) -> Iterator[Flask]:
    """The sandbox on a loopback port, its notices handed to the platform."""
    here = settings.current()
    gateway = create_gateway(here, tmp_path / "sandbox.db", platform.take)
    server = make_server("127.0.0.1", 0, gateway, threaded=True)
    settings.install(replace(here, gateway_url=f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield gateway
    server.shutdown()
    thread.join()
    server.server_close()
    settings.install(here)


@pytest.fixture
def browser(sandbox: Flask) -> FlaskClient:
    return sandbox.test_client()


def open_page(session: Session, order: Order, browser: FlaskClient) -> str:
    """Open an order's payment page; return its address at the sandbox."""
    address = start_checkout(session, order.id, "http://localhost/orders/x", AT)
    session.commit()
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}").location or ""


def reload(session: Session, *rows: object) -> None:
    """Read rows again and let go of the database: SQLite has one writer at a time."""
    for row in rows:
        session.refresh(row)
    session.commit()


def choose(browser: FlaskClient, page: str, action: str) -> str:
    path, _, query = page.partition("?")
    answer = browser.post(f"{path}/{action}?{query}", follow_redirects=True)
    return answer.get_data(as_text=True)


def test_paying_on_the_page_makes_the_order_paid(
    session: Session, order: Order, browser: FlaskClient
) -> None:
    page = open_page(session, order, browser)
    shown = browser.get(page).get_data(as_text=True)
    assert "沙箱收银台" in shown
    assert "200.00" in shown
    assert order.number in shown
    assert "平台已接收" in choose(browser, page, "pay")
    reload(session, order)
    assert order.state == "paid"


def test_the_page_speaks_english_too(session: Session, order: Order, browser: FlaskClient) -> None:
    page = open_page(session, order, browser)
    shown = browser.get(page.replace("lang=zh", "lang=en")).get_data(as_text=True)
    assert "No money moves" in shown


def test_a_repeated_notice_and_a_second_click_change_nothing(
    session: Session, order: Order, browser: FlaskClient, platform: Platform
) -> None:
    page = open_page(session, order, browser)
    for action in ("pay", "repeat", "pay", "repeat", "fail", "close"):
        choose(browser, page, action)
    assert platform.heard == 3
    assert queries.balances(session) == {"gateway": 20000, "fees": -20000}


def test_after_a_failed_try_the_payer_can_pay(
    session: Session, order: Order, browser: FlaskClient
) -> None:
    page = open_page(session, order, browser)
    choose(browser, page, "fail")
    reload(session, order)
    assert order.state == "created"
    choose(browser, page, "pay")
    reload(session, order)
    assert order.state == "paid"


def test_no_changed_address_opens_a_payment_page(
    session: Session, order: Order, browser: FlaskClient
) -> None:
    address = start_checkout(session, order.id, "http://localhost/", AT)
    honest = dict(parse_qsl(urlsplit(address).query))
    tampered = [honest | {"amount": amount} for amount in ("1", "0", "-1", "19999", "2e4", "")]
    tampered += [honest | {name: "x"} for name in honest]
    tampered += [{n: v for n, v in honest.items() if n != gone} for gone in honest]
    accepted = [f for f in tampered if browser.get(f"/pay?{urlencode(f)}").status_code != 400]
    assert (len(tampered), accepted) == (22, [])
    assert browser.get(f"/pay?{urlencode(honest)}").status_code == 303
    with clock.frozen(AT + timedelta(hours=3)):
        assert browser.get(f"/pay?{urlencode(honest)}").status_code == 400


def test_pages_run_no_script_and_stay_out_of_frames_and_caches(browser: FlaskClient) -> None:
    answer = browser.get("/pay/unknown")
    assert answer.status_code == 404
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    with browser.get("/static/checkout.css") as style:
        assert style.status_code == 200


def test_a_notice_that_is_not_taken_is_sent_again_later(
    session: Session, order: Order, browser: FlaskClient, sandbox: Flask, platform: Platform
) -> None:
    courier = sandbox.extensions["bank"].courier
    page = open_page(session, order, browser)
    platform.deaf = True
    assert "将自动重发" in choose(browser, page, "pay")
    assert courier.deliver_due() == 0
    platform.deaf = False
    with clock.frozen(AT + timedelta(seconds=2)):
        assert courier.deliver_due() == 1
        assert courier.deliver_due() == 0
    reload(session, order)
    assert order.state == "paid"


def test_a_payment_whose_notice_never_comes_is_found_by_asking(
    session: Session, order: Order, browser: FlaskClient, platform: Platform
) -> None:
    page = open_page(session, order, browser)
    platform.deaf = True
    choose(browser, page, "pay")
    assert tasks.sweep() == 0
    with clock.frozen(AT + timedelta(minutes=1)):
        assert tasks.sweep() == 1
        assert tasks.sweep() == 0
    reload(session, order)
    assert (order.state, order.next_query_at) == ("paid", None)


def test_an_order_that_stays_unpaid_is_asked_for_ever_more_rarely(
    session: Session, order: Order, browser: FlaskClient
) -> None:
    open_page(session, order, browser)
    asked = []
    for minute in range(40):
        with clock.frozen(AT + timedelta(minutes=minute)):
            if tasks.query_orders():
                asked.append(minute)
    assert asked == [1, 2, 4, 8, 16, 32]
    with clock.frozen(AT + timedelta(days=4)):
        assert tasks.query_orders() == 1
        reload(session, order)
        assert order.next_query_at is None


def test_a_gateway_that_does_not_answer_is_asked_again(session: Session, order: Order) -> None:
    settings.install(replace(settings.current(), gateway_url="http://127.0.0.1:9"))
    start_checkout(session, order.id, "http://localhost/", AT)
    session.commit()
    with clock.frozen(AT + timedelta(minutes=1)):
        assert tasks.query_orders() == 1
    reload(session, order)
    assert order.next_query_at == AT + timedelta(minutes=2)


def test_the_gateway_answers_only_who_knows_the_secret(order: Order, sandbox: Flask) -> None:
    gateway = present_gateway()
    assert gateway.query(order.number, AT) == []
    stranger = replace(gateway, secret="guess")  # type: ignore[type-var]
    for ask in (
        lambda: stranger.query(order.number, AT),
        lambda: stranger.bill("2026-11-20", AT),
        lambda: stranger.refund(order.number, "r1", 20000, AT),
        lambda: gateway.query(order.number, AT - timedelta(hours=1)),
        lambda: gateway.bill("someday", AT),
        lambda: gateway.refund(order.number, "r1", 20000, AT),
    ):
        with pytest.raises(GatewayUnreachable):
            ask()


def test_a_refund_goes_out_through_the_outbox_and_comes_back_as_a_notice(
    session: Session, order: Order, browser: FlaskClient, sandbox: Flask, people: dict[str, Actor]
) -> None:
    choose(browser, open_page(session, order, browser), "pay")
    reload(session, order)
    refund = operations.request_refund(session, order.id, "退", AT, people["applicant"])
    operations.decide_refund(
        session, refund.id, approve=True, reason="", at=AT, actor=people["finance"]
    )
    session.commit()
    assert outbox.relay() == 1
    assert sandbox.extensions["bank"].courier.deliver_due() == 1
    reload(session, order, refund)
    assert (order.state, refund.state) == ("refunded", "done")
    assert tasks.reconcile_day(TODAY) == []


def test_an_order_closed_here_cannot_be_paid_at_the_gateway(
    session: Session, new_order: NewOrder, browser: FlaskClient, people: dict[str, Actor]
) -> None:
    opened, unopened = new_order(), new_order()
    page = open_page(session, opened, browser)
    address = start_checkout(session, unopened.id, "http://localhost/", AT)
    for order in (opened, unopened):
        operations.close_order(session, order.id, AT, people["applicant"])
    session.commit()
    assert outbox.relay() == 2
    assert "订单已关闭" in choose(browser, page, "pay")
    assert browser.get(f"/pay?{urlsplit(address).query}").status_code == 409
    reload(session, opened, unopened)
    assert (opened.state, unopened.state) == ("closed", "closed")


def test_an_order_paid_at_the_gateway_before_it_was_closed_there_stays_paid(
    session: Session, order: Order, browser: FlaskClient, people: dict[str, Actor]
) -> None:
    page = open_page(session, order, browser)
    operations.close_order(session, order.id, AT, people["applicant"])
    session.commit()
    choose(browser, page, "pay")
    assert outbox.relay() == 1
    reload(session, order)
    assert order.state == "paid"


def test_a_notice_left_behind_by_a_crash_is_processed_by_the_sweep(
    session: Session, order: Order
) -> None:
    from factories.provider import signed

    body = json.dumps(notice_of(order)).encode()
    operations.store_notice(session, body, signed(body), AT)
    session.commit()
    assert tasks.process_left_notices() == 0
    with clock.frozen(AT + timedelta(hours=3)):
        assert tasks.process_left_notices() == 1
    reload(session, order)
    assert order.state == "paid"


def test_a_broken_notice_is_shown_and_does_not_stop_the_others(
    session: Session, order: Order, new_order: NewOrder
) -> None:
    from factories.provider import signed

    def breaks(_session: Session, paid: Order) -> None:
        if paid.number == order.number:
            raise RuntimeError("the case cannot go on")

    other = new_order()
    for one in (order, other):
        body = json.dumps(notice_of(one)).encode()
        operations.store_notice(session, body, signed(body), AT)
    session.commit()
    operations.on_paid(breaks)
    try:
        with clock.frozen(AT + timedelta(minutes=1)):
            assert [tasks.process_left_notices() for _ in range(3)] == [2, 0, 0]
            for pause in (40, 160, 640, 2560):
                clock.move(timedelta(seconds=pause - 1))
                assert tasks.process_left_notices() == 0
                clock.move(timedelta(seconds=1))
                assert tasks.process_left_notices() == 1
            clock.move(timedelta(days=1))
            assert tasks.process_left_notices() == 0
    finally:
        listeners._listeners["paid"].remove(breaks)
    reload(session, order, other)
    assert (order.state, other.state) == ("created", "paid")
    incident = session.scalars(select(Incident)).one()
    assert (incident.kind, incident.times) == ("payment.notice", 5)


def test_an_expired_order_is_closed_by_the_sweep(session: Session, new_order: NewOrder) -> None:
    order = new_order(expires_at=AT)
    session.commit()
    assert [tasks.sweep(), tasks.sweep()] == [1, 0]
    reload(session, order)
    assert order.state == "closed"


def test_the_bill_of_a_quiet_day_agrees(
    session: Session, new_order: NewOrder, browser: FlaskClient
) -> None:
    for _ in range(5):
        choose(browser, open_page(session, new_order(), browser), "pay")
    assert tasks.reconcile_day(TODAY) == []
    assert session.scalar(select(Incident.id)) is None


def test_the_bill_of_each_day_is_asked_for_once_the_missed_ones_too(
    session: Session, order: Order, browser: FlaskClient
) -> None:
    choose(browser, open_page(session, order, browser), "pay")
    session.execute(delete(LedgerEntry))
    session.commit()
    eleven = AT.astimezone(SHANGHAI).replace(hour=11)
    with clock.frozen(eleven):
        assert tasks.ask_for_bills() == 0
    with clock.frozen(eleven + timedelta(days=1, hours=-2)):
        assert tasks.ask_for_bills() == 0
    with clock.frozen(eleven + timedelta(days=3)):
        assert [tasks.ask_for_bills(), tasks.ask_for_bills()] == [3, 0]
        assert outbox.relay() == 3
    reload(session)
    assert [one.kind for one in session.scalars(select(Incident))] == ["payment.bill_unnoted"]


def test_a_bill_that_cannot_be_fetched_is_asked_for_again_and_then_shown(
    session: Session, order: Order
) -> None:
    start_checkout(session, order.id, "http://localhost/", AT)
    session.commit()
    with clock.frozen(AT + timedelta(days=1, hours=4)):
        assert tasks.ask_for_bills() == 1
        for _ in range(outbox.MOST_ATTEMPTS):
            assert outbox.relay() == 1
            clock.move(timedelta(hours=4))
        assert outbox.relay() == 0
    reload(session)
    assert [one.kind for one in session.scalars(select(Incident))] == ["outbox.payment.bill"]


def test_without_any_online_payment_no_bill_is_asked_for(session: Session, order: Order) -> None:
    session.commit()
    with clock.frozen(AT + timedelta(days=30)):
        assert tasks.ask_for_bills() == 0


def test_every_planted_difference_is_found_and_nothing_else(
    session: Session, new_order: NewOrder, send: Callable[..., object]
) -> None:
    orders = [new_order() for _ in range(12)]
    for order in orders:
        send(notice_of(order))
    silent = new_order()
    start_checkout(session, silent.id, "http://localhost/", AT)
    bill = [BillRow(o.number, f"SB-{o.number}", "paid", o.amount_fen) for o in orders]
    missing = [bill.pop(0).transaction_id, bill.pop(0).transaction_id]
    bill[0] = replace(bill[0], amount_fen=19999)
    bill.append(bill[1])
    bill.append(BillRow(silent.number, "SB-silent", "paid", 20000))
    bill.append(BillRow(orders[5].number, "SR-x", "refunded", 20000))
    planted = {
        ("missing", missing[0]),
        ("missing", missing[1]),
        ("amount", bill[0].transaction_id),
        ("duplicate", bill[1].transaction_id),
        ("unnoted", "SB-silent"),
        ("unnoted", "SR-x"),
    }
    for _ in range(2):
        found = reconcile(session, TODAY, bill)
        assert {(d.kind, d.transaction_id) for d in found} == planted
        assert len(found) == 6
    incidents = session.scalars(select(Incident)).all()
    assert (len(incidents), {i.times for i in incidents}) == (6, {2})
    assert queries.orders_to_query(session, AT) == [(silent.id, silent.number)]


def test_a_payment_just_before_midnight_belongs_to_that_days_bill(
    session: Session, order: Order, send: Callable[..., object]
) -> None:
    send(notice_of(order, occurred_at="2026-11-20T15:59:59+00:00"))
    row = BillRow(order.number, f"SB-{order.number}", "paid", 20000)
    assert reconcile(session, TODAY, [row]) == []
    assert reconcile(session, TODAY + timedelta(days=1), []) == []


def test_a_notice_travels_over_the_network_with_its_signature(
    session: Session, order: Order, platform: Platform, tmp_path: Path
) -> None:
    web = Flask("web")

    @web.post("/payments/notice")
    def _take() -> tuple[bytes, int]:
        status, body = platform.take(request.get_data(), dict(request.headers))
        return body, status

    server = make_server("127.0.0.1", 0, web)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    here = replace(settings.current(), base_url=f"http://127.0.0.1:{server.server_port}")
    gateway = create_gateway(here, tmp_path / "networked.db")
    try:
        page = open_page(session, order, gateway.test_client())
        assert "平台已接收" in choose(gateway.test_client(), page, "pay")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    reload(session, order)
    assert order.state == "paid"
