"""Where cases and money meet: an order for a case, the message when it is paid (catalogue C3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from certflow.accounts.queries import holders_of
from certflow.cases.models import Case
from certflow.cases.registry import Step, operation
from certflow.cases.running import send
from certflow.cases.turn import lock
from certflow.core import clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.incidents import raise_incident
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, People, notify
from certflow.payments.models import CREATED, Order, OrderLine
from certflow.payments.operations import (
    Charge,
    Payer,
    close_order,
    create_order,
    renew_order,
    set_fee,
)
from certflow.payments.operations.listeners import (
    lock_cases_with,
    on_closed,
    on_paid,
    on_voucher_refused,
)
from certflow.payments.queries import fees, order_of_case, orders_with_voucher

PAID = "payment_received"
OVER = "the case was over before its fee arrived"
ORDER_OPENED = Text("{title}：请缴纳注册费。", "{title}: please pay the fee.")
VOUCHER_REFUSED = Text(
    "{title}：缴费凭证未通过核对，请查看原因后重新提交。",
    "{title}: the payment voucher was not accepted. See the reason and submit it again.",
)


@operation("request_payment")
def request_payment(step: Step, purpose: str) -> dict[str, Any]:
    """Make the case's order at the price of the service, for whoever the applicant said pays.

    The fee's key begins with `purpose`; its price is looked up, never taken from a form.
    """
    case, by_organisation = step.case, step.data.get("payer") == "organisation"
    payer = (
        Payer(organisation_id=case.organisation_id)
        if by_organisation
        else Payer(user_id=case.applicant_id)
    )
    fee = fee_key(step.settings, purpose, step.data)
    title = Text.read(case.title)
    create_order(
        step.session,
        [Charge(fee, case.id, title)],
        payer,
        title,
        clock.now(),
        actor=step.actor,
    )
    if by_organisation:
        _tell_payer(step.session, case, ORDER_OPENED, by_organisation=True)
    return {}


def fee_key(settings: Mapping[str, Any], purpose: str, data: Mapping[str, Any]) -> str:
    """Return under which key a fee of the service is priced: "registration/first_intern"."""
    by = settings.get("fee", {}).get("by")
    return f"{purpose}/{data[by]}" if by else purpose


def seed_fees(session: Session, key: str, settings: Mapping[str, Any]) -> None:
    """Give a newly published service the prices of its service.json, where finance set none."""
    fee = settings.get("fee", {})
    known = {one.key for one in fees(session)}
    for name, amount in fee.get("amounts", {}).items():
        fee_id = f"{key}/{name}" if fee.get("by") else key
        if fee_id not in known:
            set_fee(session, fee_id, Text.read(settings["title"]), amount, SYSTEM)


@on_paid
def _paid(session: Session, order: Order) -> None:
    """Let every case of a paid order run on, in the same transaction.

    Money for a case that is over is shown to finance: it has to go back.
    """
    for case in _cases(session, order):
        if PAID in _waiting(case):
            send(session, case.id, PAID)
        elif case.state == "closed":
            name = f"order/{order.number}"
            raise_incident(session, "payment.case_closed", OVER, subject=name, case_id=case.id)


def close_unpaid(session: Session, case: Case, actor: Actor) -> None:
    """Close the unpaid order of a case that was taken back, so that nobody pays it any more.

    One that pays for other cases too, or whose voucher finance is checking, stays.
    """
    order = order_of_case(session, case.id)
    if case.state != "closed" or order is None or order.state != CREATED:
        return
    if order.case_ids == [case.id] and not orders_with_voucher(session, [order.id]):
        close_order(session, order.id, clock.now(), actor)


@on_voucher_refused
def _refused(session: Session, order: Order) -> None:
    for case in _cases(session, order):
        by_organisation = order.organisation_id is not None
        _tell_payer(session, case, VOUCHER_REFUSED, by_organisation=by_organisation)


@on_closed
def _closed(session: Session, order: Order) -> None:
    """Give a case whose unpaid order lapsed a fresh one: it still waits for its fee."""
    if any(PAID in _waiting(case) for case in _cases(session, order)):
        renew_order(session, order.id, clock.now(), SYSTEM)


@lock_cases_with
def _lock(session: Session, case_ids: Sequence[int]) -> None:
    for case_id in sorted(case_ids):
        lock(session, case_id)


def _waiting(case: Case) -> list[str]:
    return case.stages if case.state == "open" else []


def _cases(session: Session, order: Order) -> list[Case]:
    lines = select(OrderLine.case_id).where(OrderLine.order_id == order.id)
    return list(session.scalars(select(Case).where(Case.id.in_(lines)).order_by(Case.id)))


def _tell_payer(session: Session, case: Case, words: Text, *, by_organisation: bool) -> None:
    people: People = [case.applicant_id]
    role = "applicant"
    if by_organisation:
        role = "body_staff"
        people = holders_of(role, case.organisation_id)
    order = order_of_case(session, case.id)
    title = Text.read(case.title)
    text = Text(words.zh.format(title=title.zh), words.en.format(title=title.en))
    link = f"/orders/{order.number}" if order else f"/cases/{case.id}"
    new = NewNotice(kind="payment", role=role, text=text, case_id=case.id, link=link)
    notify(session, people, new, clock.now())
