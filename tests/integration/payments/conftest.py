"""Payers, finance, priced orders, and a provider that signs."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from certflow.accounts.models import Organisation, User
from certflow.cases.models import Case, ProcessVersion
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.payments.models import Order, PaymentNotice
from certflow.payments.operations import (
    Charge,
    Payer,
    create_order,
    listeners,
    process_notice,
    set_fee,
    store_notice,
)
from factories.provider import AT, signed

TITLE = Text("注册费", "Registration fee")


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with clock.frozen(AT):
        yield


@pytest.fixture
def people(session: Session) -> dict[str, Actor]:
    body = Organisation(kind="certification_body", name="示例认证中心", created_at=AT)
    session.add(body)
    session.flush()
    found = {}
    for role, name in [("applicant", "周测试"), ("finance", "钱测试"), ("body_staff", "孙测试")]:
        user = User(login_name=f"u-{role}", password_hash="-", name=name, created_at=AT)
        session.add(user)
        session.flush()
        organisation = body.id if role == "body_staff" else None
        found[role] = Actor(user.id, name, role, organisation)
    return found


@pytest.fixture
def new_order(session: Session, people: dict[str, Actor]) -> Callable[..., Order]:
    payer = people["applicant"]
    set_fee(session, "registration", TITLE, 20000, people["finance"])

    def make(**changes: Any) -> Order:
        wanted = {"charges": [Charge("registration")], "payer": Payer(payer.user_id)} | changes
        charges, who = wanted.pop("charges"), wanted.pop("payer")
        return create_order(session, charges, who, TITLE, AT, actor=payer, **wanted)

    return make


@pytest.fixture
def order(new_order: Callable[..., Order]) -> Order:
    return new_order()


@pytest.fixture
def new_case(session: Session, people: dict[str, Actor]) -> Callable[[], int]:
    version = ProcessVersion(key="t", number=1, bundle={}, checksum="-", published_at=AT)
    session.add(version)
    session.flush()

    def make() -> int:
        case = Case(
            service="t",
            version_id=version.id,
            title={},
            summary={},
            stages=[],
            visited=[],
            applicant_id=people["applicant"].user_id,
            run=b"",
            created_at=AT,
            updated_at=AT,
        )
        session.add(case)
        session.flush()
        return case.id

    return make


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    """What the listeners were told: happening and order number."""
    told: list[tuple[str, str]] = []
    registered = []
    for happening in ("paid", "closed", "refunded", "voucher_refused"):

        def listener(_session: Session, order: Order, happening: str = happening) -> None:
            told.append((happening, order.number))

        listeners._register(happening, listener)
        registered.append((happening, listener))
    yield told
    for happening, listener in registered:
        listeners._listeners[happening].remove(listener)


@pytest.fixture
def send(session: Session) -> Callable[[dict[str, Any]], PaymentNotice]:
    def deliver(notice: dict[str, Any]) -> PaymentNotice:
        body = json.dumps(notice).encode()
        stored = store_notice(session, body, signed(body), clock.now())
        return process_notice(session, stored.id)

    return deliver
