"""Orders on the web: paying, vouchers, invoices, the provider's notices (catalogue C3, D7)."""

import io
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from certflow.cases.models import Case
from certflow.core import clock, settings
from certflow.demo.records import evidence_file
from certflow.payments.gateways.sandbox import SIGN_HEADER, TIME_HEADER, sign
from certflow.payments.models import Order, PaymentNotice, Voucher
from certflow.payments.queries import invoice_of, order_of_case
from factories.actors import make_user
from factories.people import body


@pytest.fixture
def order(session, story) -> Order:
    story.begin().choose().apply().pre_review()
    return order_of_case(session, story.case_id)


def payment(order: Order, **changes) -> bytes:
    told = {
        "event_id": f"paid-{order.number}",
        "type": "paid",
        "merchant": settings.current().merchant,
        "order": order.number,
        "transaction": f"SB-{order.number}",
        "amount_fen": order.amount_fen,
        "currency": "CNY",
        "occurred_at": clock.now().isoformat(),
    }
    return json.dumps(told | changes).encode()


def signed(content: bytes, secret: str | None = None) -> dict[str, str]:
    time = str(int(clock.now().timestamp()))
    return {
        TIME_HEADER: time,
        SIGN_HEADER: sign(secret or settings.current().gateway_secret, time, content),
    }


def deliver(browser, content: bytes, headers: dict[str, str] | None = None):
    return browser.send(
        "POST", "/payments/notice", data=content, headers=headers or signed(content)
    )


def test_an_order_says_what_for_and_how_much(order, browse) -> None:
    page = browse("lin").get(f"/orders/{order.number}").text
    assert "200.00 元" in page
    assert "待缴费" in page
    assert "银行转账" in page


def test_another_persons_order_is_not_found(session, order, browse) -> None:
    make_user(session, "other", "applicant")
    browser = browse("other")
    assert browser.get(f"/orders/{order.number}").status_code == 404
    for action in ("pay", "voucher", "invoice"):
        assert browser.post(f"/orders/{order.number}/{action}").status_code == 404


def test_paying_leads_to_the_provider_with_the_orders_own_amount(order, browse) -> None:
    answer = browse("lin").post(f"/orders/{order.number}/pay", amount="1")
    sent = parse_qs(urlsplit(answer.location).query)
    assert answer.status_code == 303
    assert answer.location.startswith(settings.current().gateway_url)
    assert sent["amount"] == ["20000"]
    assert sent["return"] == [f"http://localhost/orders/{order.number}/return"]


def test_the_return_page_confirms_and_never_says_failed(session, order, browse) -> None:
    browser = browse("lin")
    browser.post(f"/orders/{order.number}/pay")
    deliver(browser, payment(order, type="failed", event_id="f1"))
    page = browser.get(f"/orders/{order.number}/return").text
    assert "正在确认缴费" in page
    assert "失败" not in page


def test_after_the_notice_the_return_page_leads_to_the_paid_order(session, order, browse) -> None:
    browser = browse("lin")
    answer = deliver(browser, payment(order))
    assert (answer.status_code, answer.data) == (200, b"success")
    assert browser.get(f"/orders/{order.number}/return").location == f"/orders/{order.number}"
    assert "缴费成功" in browser.get(f"/orders/{order.number}").text


def test_a_paid_notice_lets_the_case_run_on_once(session, story, order, visitor) -> None:
    for _ in range(2):
        assert deliver(visitor, payment(order)).data == b"success"
    assert session.get_one(Case, story.case_id).stages == ["accept"]
    results = [one.result for one in session.query(PaymentNotice).order_by(PaymentNotice.id)]
    assert results == ["accepted", "repeated"]


def test_a_forged_notice_is_stored_and_refused(session, order, visitor) -> None:
    content = payment(order)
    answer = deliver(visitor, content, signed(content, "wrong"))
    assert (answer.status_code, answer.data) == (400, b"refused")
    stored = session.query(PaymentNotice).one()
    assert (stored.raw, stored.result) == (content, "refused")
    assert session.get_one(Order, order.id).state == "created"


def test_a_notice_from_another_time_is_refused(session, order, visitor) -> None:
    content = payment(order)
    headers = signed(content)
    clock.move(timedelta(minutes=6))
    assert deliver(visitor, content, headers).status_code == 400


def test_a_notice_too_large_is_refused(session, visitor) -> None:
    assert deliver(visitor, b"x" * 70_000).status_code == 413


def test_a_notice_is_kept_although_processing_it_fails(
    session, order, visitor, monkeypatch
) -> None:
    def broken(*_arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr("certflow.web.orders.operations.process_notice", broken)
    visitor.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = deliver(visitor, payment(order))
    assert answer.status_code == 500
    assert session.query(PaymentNotice).one().result is None


def test_a_voucher_is_handed_in_and_checked_by_finance(session, order, browse) -> None:
    browser = browse("lin")
    pdf = browser.get(f"/files/{evidence_file(session, order.payer_user_id, 'cpd')}").data
    address = f"/orders/{order.number}/voucher"
    sent = browser.post(address, voucher=(io.BytesIO(pdf), "回单.pdf"), remark="对公转账")
    assert sent.status_code == 303
    assert "凭证核对中" in browser.get(f"/orders/{order.number}").text
    voucher = session.query(Voucher).one()
    make_user(session, "cai", "finance")
    finance = browse("cai")
    assert finance.get(f"/orders/{order.number}/vouchers/{voucher.id}").data == pdf
    assert finance.post(f"/orders/{order.number}/pay").status_code == 403


def test_a_voucher_without_a_file_is_told_at_its_field(order, browse) -> None:
    answer = browse("lin").post(f"/orders/{order.number}/voucher")
    assert answer.status_code == 422
    assert 'id="voucher-error"' in answer.text


def test_a_voucher_that_is_somebody_elses_file_is_not_found(session, order, browse) -> None:
    foreign = evidence_file(session, make_user(session, "other", "applicant").id, "cpd")
    answer = browse("lin").post(f"/orders/{order.number}/voucher", voucher=foreign)
    assert answer.status_code == 404


def test_the_title_of_a_personal_invoice_is_the_payers_name(session, order, browse) -> None:
    sent = {"kind": "personal", "title": "别人", "email": "lin@example.org"}
    assert browse("lin").post(f"/orders/{order.number}/invoice", **sent).status_code == 303
    assert invoice_of(session, order.id).title == "lin"


def test_wrong_invoice_data_stand_at_their_fields_with_what_was_typed(order, browse) -> None:
    sent = {"kind": "company", "title": "示例公司", "tax_number": "123", "email": "nowhere"}
    answer = browse("lin").post(f"/orders/{order.number}/invoice", **sent)
    assert answer.status_code == 422
    assert 'id="tax_number-error"' in answer.text
    assert 'id="email-error"' in answer.text
    assert 'value="示例公司"' in answer.text


def test_an_organisations_order_is_its_staffs_to_pay_and_nobody_elses(
    session, story, browse
) -> None:
    story.payer = "organisation"
    story.begin().choose().apply().pre_review()
    number = order_of_case(session, story.case_id).number
    other = body(session, "远山示例认证有限公司")
    make_user(session, "zhou", "body_staff", other)
    assert browse("liu").post(f"/orders/{number}/pay").status_code == 303
    assert browse("lin").get(f"/orders/{number}").status_code == 404
    assert browse("zhou").get(f"/orders/{number}").status_code == 404


def test_my_payments_list_my_orders(order, browse) -> None:
    assert order.number in browse("lin").get("/my/payments").text


def test_while_finance_checks_a_voucher_nothing_asks_for_the_money(session, order, browse) -> None:
    browser = browse("lin")
    own = evidence_file(session, order.payer_user_id, "cpd")
    browser.post(f"/orders/{order.number}/voucher", voucher=own)
    assert "去缴费" not in browser.get("/home").text
    assert "凭证核对中" in browser.get("/my/payments").text
