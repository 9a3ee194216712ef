"""Orders: priced here, merged, renewed, closed; invoices (C3, D7, E4, E5, reliability D11)."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.text import Text
from certflow.payments import queries
from certflow.payments.models import Order
from certflow.payments.operations import (
    Charge,
    InvoiceChoice,
    Payer,
    Payment,
    choose_invoice,
    close_order,
    create_order,
    expire_order,
    listeners,
    lock_cases_with,
    mark_paid,
    merge_orders,
    renew_order,
    set_fee,
    start_checkout,
)
from factories.provider import AT, notice_of

NewOrder = Callable[..., Order]
People = dict[str, Actor]
Heard = list[tuple[str, str]]


def pay(session: Session, order: Order, name: str = "SB1") -> str:
    payment = Payment("online", name, order.amount_fen, "CNY", AT)
    return mark_paid(session, order.id, payment)


def test_an_order_takes_todays_prices_and_keeps_them(
    session: Session, order: Order, new_order: NewOrder, people: People
) -> None:
    set_fee(session, "registration", Text("注册费", "Fee"), 30000, people["finance"])
    later = new_order(charges=[Charge("registration"), Charge("registration")])
    assert (order.amount_fen, later.amount_fen) == (20000, 60000)
    assert later.number == "P20261120000002"


def test_a_charge_has_no_place_for_an_amount() -> None:
    assert [field.name for field in fields(Charge)] == ["fee", "case_id", "description"]


@pytest.mark.parametrize("amount", [0, -1, 0.5, 200.0, True, "200"])
def test_a_price_is_a_whole_number_of_fen_above_zero(
    session: Session, people: People, amount: int
) -> None:
    with pytest.raises(Invalid):
        set_fee(session, "x", Text("费", "Fee"), amount, people["finance"])


def test_an_order_without_a_price_or_without_anything_is_refused(
    session: Session, people: People
) -> None:
    payer = Payer(people["applicant"].user_id)
    with pytest.raises(NotFound):
        create_order(session, [Charge("no such fee")], payer, Text("", ""), AT)
    with pytest.raises(Invalid):
        create_order(session, [], payer, Text("", ""), AT)


def test_the_payment_page_is_asked_for_the_orders_own_amount(
    session: Session, order: Order
) -> None:
    address = start_checkout(session, order.id, "http://localhost/orders/1?amount=1", AT, "en")
    asked = parse_qs(urlsplit(address).query)
    assert (asked["amount"], asked["title"]) == (["20000"], ["Registration fee"])
    assert order.next_query_at == AT + timedelta(minutes=1)


def test_a_paid_order_is_not_paid_closed_or_renewed_again(
    session: Session, order: Order, people: People
) -> None:
    assert [pay(session, order), pay(session, order)] == ["accepted", "repeated"]
    for change in (
        lambda: start_checkout(session, order.id, "/", AT),
        lambda: close_order(session, order.id, AT, people["applicant"]),
        lambda: renew_order(session, order.id, AT, people["applicant"]),
    ):
        with pytest.raises(Conflict):
            change()


def test_an_organisation_pays_several_cases_in_one_order(
    session: Session,
    new_order: NewOrder,
    new_case: Callable[[], int],
    people: People,
    heard: Heard,
) -> None:
    payer = Payer(organisation_id=people["body_staff"].organisation_id)
    cases = [new_case() for _ in range(3)]
    orders = [new_order(charges=[Charge("registration", c)], payer=payer) for c in cases]
    merged = merge_orders(
        session, [o.id for o in orders], payer.organisation_id, AT, people["body_staff"]
    )
    assert (merged.amount_fen, merged.case_ids) == (60000, cases)
    assert {(o.state, o.replaced_by_id) for o in orders} == {("closed", merged.id)}
    assert [o.id for o in queries.unpaid_orders(session, payer.organisation_id)] == [merged.id]
    assert queries.order_of_case(session, cases[1]) is merged
    pay(session, merged)
    assert heard == [("paid", merged.number)]


def test_money_for_a_merged_order_does_not_pay_a_case_twice(
    session: Session, new_order: NewOrder, people: People, heard: Heard
) -> None:
    payer = Payer(organisation_id=people["body_staff"].organisation_id)
    old, other = new_order(payer=payer), new_order(payer=payer)
    merge_orders(session, [old.id, other.id], payer.organisation_id, AT, people["body_staff"])
    assert pay(session, old) == "unmatched"
    assert (heard, queries.balances(session)) == ([], {"gateway": 20000, "suspense": -20000})


def test_money_for_an_order_that_was_renewed_pays_the_fresh_one(
    session: Session, order: Order, people: People, heard: Heard
) -> None:
    close_order(session, order.id, AT, people["applicant"])
    fresh = renew_order(session, order.id, AT, people["applicant"])
    assert [pay(session, order), pay(session, order)] == ["accepted", "repeated"]
    assert (order.state, fresh.state) == ("closed", "paid")
    assert heard == [("closed", order.number), ("paid", fresh.number)]


def test_the_provider_is_told_the_fee_but_no_name(
    session: Session, new_order: NewOrder, people: People
) -> None:
    order = new_order(charges=[Charge("registration", description=Text("周测试", "Zhou"))] * 2)
    order.title = Text("周测试的申请", "Zhou's application").as_json()
    asked = parse_qs(urlsplit(start_checkout(session, order.id, "/", AT)).query)
    assert asked["title"] == ["注册费等 2 项"]


def test_only_unpaid_orders_of_ones_own_organisation_merge(
    session: Session, new_order: NewOrder, order: Order, people: People
) -> None:
    own = people["body_staff"].organisation_id
    mine = new_order(payer=Payer(organisation_id=own))
    paid = new_order(payer=Payer(organisation_id=own))
    pay(session, paid)
    for wanted in ([mine.id], [mine.id, mine.id], [mine.id, paid.id], [mine.id, order.id]):
        with pytest.raises(Conflict):
            merge_orders(session, wanted, own, AT, people["body_staff"])


def test_an_order_past_its_time_is_closed_and_can_be_renewed(
    session: Session, new_order: NewOrder, people: People, heard: Heard
) -> None:
    order = new_order(expires_at=AT + timedelta(minutes=30))
    before, after = AT + timedelta(minutes=29), AT + timedelta(minutes=30)
    assert queries.expired_orders(session, before) == []
    assert queries.expired_orders(session, after) == [order.id]
    tries = [expire_order(session, order.id, at) for at in (before, after, after)]
    assert tries == [False, True, False]
    assert heard == [("closed", order.number)]
    fresh = renew_order(session, order.id, AT, people["applicant"])
    assert (fresh.state, fresh.amount_fen, order.replaced_by_id) == ("created", 20000, fresh.id)
    with pytest.raises(Conflict):
        renew_order(session, order.id, AT, people["applicant"])


def test_cases_are_locked_before_the_order_and_in_their_order(
    session: Session, new_order: NewOrder, new_case: Callable[[], int]
) -> None:
    cases = [new_case(), new_case()]
    order = new_order(charges=[Charge("registration", case) for case in reversed(cases)])
    locked: list[list[int]] = []
    locker = lock_cases_with(lambda _session, ids: locked.append(list(ids)))
    try:
        pay(session, order)
    finally:
        listeners._lockers.remove(locker)
    assert locked == [cases]


def test_another_persons_order_is_not_found(
    session: Session, order: Order, new_order: NewOrder, people: People
) -> None:
    body = people["body_staff"]
    theirs = new_order(payer=Payer(organisation_id=body.organisation_id))
    stranger = Actor(None, "无名", "applicant")
    assert queries.find_order(session, order.number, people["applicant"]) is order
    assert queries.find_order(session, theirs.number, body) is theirs
    assert queries.find_order(session, theirs.number, people["finance"]) is theirs
    assert [o.id for o in queries.payments_of(session, people["applicant"])] == [order.id]
    probes = [(order, body), (order, stranger), (theirs, people["applicant"]), (theirs, stranger)]
    for wanted, actor in probes:
        with pytest.raises(NotFound):
            queries.find_order(session, wanted.number, actor)


def test_a_personal_invoice_is_in_the_payers_name_whatever_was_typed(
    session: Session, order: Order, people: People
) -> None:
    choice = InvoiceChoice("personal", "别人", "X", "zhou@example.cn")
    invoice = choose_invoice(session, order.id, choice, AT, people["applicant"])
    assert (invoice.title, invoice.tax_number) == ("周测试", "")


def test_a_company_invoice_needs_title_tax_number_and_address(
    session: Session, order: Order, people: People
) -> None:
    empty = InvoiceChoice("company")
    with pytest.raises(Invalid) as refused:
        choose_invoice(session, order.id, empty, AT, people["applicant"])
    assert set(refused.value.fields) == {"title", "tax_number", "email"}
    choice = InvoiceChoice("company", " 示例有限公司 ", "91110000600037341L", "a@example.cn")
    invoice = choose_invoice(session, order.id, choice, AT, people["applicant"])
    assert (invoice.title, invoice.tax_number) == ("示例有限公司", "91110000600037341L")
    wrong = InvoiceChoice("company", "示例", "91110000600037341M", "a@example.cn")
    with pytest.raises(Invalid) as refused:
        choose_invoice(session, order.id, wrong, AT, people["applicant"])
    assert set(refused.value.fields) == {"tax_number"}


def test_an_organisations_order_has_no_personal_invoice_and_kinds_are_three(
    session: Session, new_order: NewOrder, people: People
) -> None:
    order = new_order(payer=Payer(organisation_id=people["body_staff"].organisation_id))
    for kind in ("personal", "gift"):
        with pytest.raises(Invalid) as refused:
            choose_invoice(
                session, order.id, InvoiceChoice(kind, email="a@b.cn"), AT, people["body_staff"]
            )
        assert set(refused.value.fields) == {"kind"}
    none = choose_invoice(session, order.id, InvoiceChoice("none"), AT, people["body_staff"])
    assert (none.kind, none.title, none.email) == ("none", "", None)


def test_the_notices_of_an_order_can_be_read(session: Session, order: Order, send: object) -> None:
    send(notice_of(order))  # type: ignore[operator]
    assert [n.result for n in queries.notices_of(session, order.id)] == ["accepted"]
