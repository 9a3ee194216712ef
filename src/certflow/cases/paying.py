"""Where cases and money meet: an order for a case, the message when it is paid (catalogue C3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from certflow.accounts.queries import holders_of
from certflow.cases.described import Parameter, described
from certflow.cases.models import Case
from certflow.cases.registry import Step, operation
from certflow.cases.running import send
from certflow.cases.turn import lock
from certflow.cases.versions import Loaded, loaded
from certflow.core import clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.incidents import raise_incident
from certflow.core.text import Text, money_text
from certflow.notifications.operations import NewNotice, People, notify
from certflow.payments.models import CREATED, Order, OrderLine
from certflow.payments.operations import (
    Charge,
    Payer,
    create_order,
    leave_order,
    renew_order,
    set_fee,
)
from certflow.payments.operations.listeners import (
    lock_cases_with,
    on_closed,
    on_paid,
    on_voucher_refused,
)
from certflow.payments.operations.settling import lock_order
from certflow.payments.queries import fees, order_of_case, orders_with_voucher

PAID = "payment_received"
OVER = "the case was over before its fee arrived"
GONE_ON = "the case no longer waited for its fee when it arrived"
ORDER_OPENED = Text("{title}：请缴纳注册费。", "{title}: please pay the fee.")
VOUCHER_REFUSED = Text(
    "{title}：缴费凭证未通过核对，请查看原因后重新提交。",
    "{title}: the payment voucher was not accepted. See the reason and submit it again.",
)

LEFT_ORDER = Text(
    "{title}：已撤回，不再缴费。同一订单的其他业务请按新订单 {number} 缴费，共 {sum}。",
    "{title}: withdrawn, nothing to pay. For the other cases of its order please pay the new "
    "order {number}: {sum}.",
)


@operation("request_payment")
@described(
    Text("开出缴费单", "Ask for the fee"),
    Text(
        "按“设置”里的收费标准开出缴费单。后面接一个“等待消息：已到账”，缴费后流程继续。",
        "Makes the order at the price of the settings. Let the message “The payment arrived” follow: "
        "the case waits there until it is paid.",
    ),
    Parameter(
        "purpose",
        "service",
        Text("收费项目", "Fee"),
        Text("一般选本事项。", "As a rule this service itself."),
    ),
)
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
    """Return under which key a fee of the service is priced: "registration/first_intern".

    What it goes by is a variable, or a column of a decision's result: "level.result".
    """
    by = settings.get("fee", {}).get("by")
    if not by:
        return purpose
    value: Any = data
    for name in by.split("."):
        value = value[name]
    return f"{purpose}/{value}"


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

    Money for a case that is over, or was moved on without it, is shown to finance.
    """
    for case in _cases(session, order):
        if _waits_for_fee(session, case):
            send(session, case.id, PAID)
            continue
        kind, why = ("closed", OVER) if case.state == "closed" else ("moved", GONE_ON)
        name = f"order/{order.number}"
        raise_incident(session, f"payment.case_{kind}", why, subject=name, case_id=case.id)


def lock_together(session: Session, case: Case) -> None:
    """Lock a case together with those that its order pays for: all in the same sequence."""
    order = unpaid_order(session, case)
    if order is not None:
        lock_order(session, order.id)


def unpaid_order(session: Session, case: Case) -> Order | None:
    """Return the order that waits to be paid for a case; None without one."""
    order = order_of_case(session, case.id)
    return order if order is not None and order.state == CREATED else None


def close_unpaid(session: Session, case: Case, actor: Actor) -> None:
    """Let nobody pay any more for a case that was taken back.

    Its unpaid order is closed; where that pays for other cases too, an order for the rest takes
    its place. One whose voucher finance is checking stays: that money may be on its way.
    """
    order = unpaid_order(session, case)
    if case.state == "closed" and order is not None:
        _leave(session, case, order, actor)


def leave_unasked(session: Session, case: Case, order: Order | None, actor: Actor) -> None:
    """Let nobody pay an order any more that its case, moved to another step, does not wait for.

    Where the case asks for the fee afresh, the new order takes the place of this one.
    """
    if order is None:
        return
    waits = _waits_for_fee(session, case)
    if waits and order_of_case(session, case.id) is order:
        return
    _leave(session, case, order, actor)


def _leave(session: Session, case: Case, order: Order, actor: Actor) -> None:
    if orders_with_voucher(session, [order.id]):
        return
    rest = leave_order(session, order.id, case.id, clock.now(), actor)
    if rest is not None:
        _tell_of_rest(session, case, rest)


@on_voucher_refused
def _refused(session: Session, order: Order) -> None:
    for case in _cases(session, order):
        by_organisation = order.organisation_id is not None
        _tell_payer(session, case, VOUCHER_REFUSED, by_organisation=by_organisation)


@on_closed
def _closed(session: Session, order: Order) -> None:
    """Give a case whose unpaid order lapsed a fresh one, unless it has one: it still waits."""
    waiting = (
        one for one in _cases(session, order) if fee_stages(loaded(session, one.version_id), one)
    )
    if any(unpaid_order(session, one) is None for one in waiting):
        renew_order(session, order.id, clock.now(), SYSTEM)


@lock_cases_with
def _lock(session: Session, case_ids: Sequence[int]) -> None:
    for case_id in sorted(case_ids):
        lock(session, case_id)


def _waits_for_fee(session: Session, case: Case) -> bool:
    if case.state != "open" or not case.stages:
        return False
    return PAID in case.stages or bool(fee_stages(loaded(session, case.version_id), case))


def fee_stages(version: Loaded, case: Case) -> list[str]:
    """Return the elements at which a case waits for its fee."""
    if case.state != "open":
        return []
    elements = version.definition.elements
    return [one for one in case.stages if one in elements and elements[one].message == PAID]


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
    text = words.filled(title=title)
    link = f"/orders/{order.number}" if order else f"/cases/{case.id}"
    new = NewNotice(kind="payment", role=role, text=text, case_id=case.id, link=link)
    notify(session, people, new, clock.now())


def _tell_of_rest(session: Session, case: Case, rest: Order) -> None:
    title, amount = Text.read(case.title), money_text(rest.amount_fen)
    words = LEFT_ORDER.filled(title=title, number=rest.number, sum=amount)
    people: People = holders_of("body_staff", rest.organisation_id)
    link = f"/orders/{rest.number}"
    new = NewNotice(kind="payment", role="body_staff", text=words, case_id=case.id, link=link)
    notify(session, people, new, clock.now())
