"""Who wants to know what happened to an order. Payments know no cases; cases register here."""

from collections.abc import Callable, Sequence

from certflow.core.db import Session
from certflow.payments.models import Order

Listener = Callable[[Session, Order], None]
Locker = Callable[[Session, Sequence[int]], None]

_listeners: dict[str, list[Listener]] = {}
_lockers: list[Locker] = []


def on_paid(listener: Listener) -> Listener:
    """Call `listener` in the transaction in which an order becomes paid, whatever the way."""
    return _register("paid", listener)


def on_closed(listener: Listener) -> Listener:
    """Call `listener` when an unpaid order is closed and nothing replaces it."""
    return _register("closed", listener)


def on_refunded(listener: Listener) -> Listener:
    """Call `listener` in the transaction in which an order's money has gone back."""
    return _register("refunded", listener)


def on_voucher_refused(listener: Listener) -> Listener:
    """Call `listener` when finance refuses a payment voucher; the order stays open."""
    return _register("voucher_refused", listener)


def lock_cases_with(locker: Locker) -> Locker:
    """Let `locker` lock the case rows (ids, ascending) before an order's row is locked.

    Everybody locks cases before orders, so two transactions never wait for each other.
    """
    if locker not in _lockers:
        _lockers.append(locker)
    return locker


def tell(session: Session, happening: str, order: Order) -> None:
    """Tell those who registered for `happening`; what they raise undoes the transaction."""
    session.flush()
    for listener in _listeners.get(happening, ()):
        listener(session, order)


def lock_cases(session: Session, case_ids: Sequence[int]) -> None:
    """Lock the cases of an order."""
    for locker in _lockers:
        locker(session, case_ids)


def _register(happening: str, listener: Listener) -> Listener:
    listeners = _listeners.setdefault(happening, [])
    if listener not in listeners:
        listeners.append(listener)
    return listener
