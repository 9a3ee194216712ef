"""Payment providers behind one face; today the sandbox that ships with the platform (E6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class NoticeRefused(Exception):
    """A notice is not from the provider, or not for us, or too old; the text says which."""


class GatewayUnreachable(Exception):
    """The provider did not answer in time or not in its own form; try again later."""


@dataclass(frozen=True)
class Event:
    """What a provider says happened to an order. `kind` is one of KINDS; `amount_fen` in fen."""

    event_id: str
    kind: str
    order_number: str
    transaction_id: str
    amount_fen: int
    currency: str
    occurred_at: datetime


KINDS = ("pending", "failed", "closed", "paid", "refunded")


@dataclass(frozen=True)
class BillRow:
    """One line of a provider's daily bill. `kind` is "paid" or "refunded"."""

    order_number: str
    transaction_id: str
    kind: str
    amount_fen: int


@dataclass(frozen=True)
class Checkout:
    """What a payment page needs to know of an order."""

    number: str
    amount_fen: int
    currency: str
    title: str


class Gateway(Protocol):
    """What the platform asks of a provider. The last four use the network."""

    def checkout_url(self, order: Checkout, return_url: str, at: datetime) -> str:
        """Return the signed address of the provider's payment page."""
        ...

    def read_notice(self, raw: bytes, headers: Mapping[str, str], received_at: datetime) -> Event:
        """Verify a notice and read it. Raises NoticeRefused."""
        ...

    def query(self, number: str, at: datetime) -> list[Event]:
        """Ask what happened to an order. Raises GatewayUnreachable."""
        ...

    def close(self, number: str, at: datetime) -> None:
        """Let nobody pay an order any more; one that is paid stays so. GatewayUnreachable."""
        ...

    def refund(self, number: str, refund_number: str, amount_fen: int, at: datetime) -> None:
        """Ask for a refund; the same `refund_number` is carried out once. GatewayUnreachable."""
        ...

    def bill(self, day: str, at: datetime) -> list[BillRow]:
        """Return the movements of a day in Shanghai (ISO). Raises GatewayUnreachable."""
        ...
