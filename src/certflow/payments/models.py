"""Orders and the money that moves on them (C3, D7, E6). Amounts are integer fen, never floats."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certflow.core.crypto import EncryptedText
from certflow.core.db import Json, Model, UtcDateTime

CREATED, CLOSED, PAID, REFUNDING, REFUNDED = "created", "closed", "paid", "refunding", "refunded"


class Fee(Model):
    """A price that finance sets. Orders take their amounts from here, never from a page."""

    __tablename__ = "fee"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    amount_fen: Mapped[int]
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Order(Model):
    """What somebody is to pay. Its state only ever moves forward.

    created < closed < paid < refunding < refunded. `replaced_by_id` names the order that a
    closed one was merged into or renewed as. `transaction_id` is the provider's name for the
    payment, or that of the voucher.
    """

    __tablename__ = "payment_order"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "state IN ('created', 'closed', 'paid', 'refunding', 'refunded')", name="state"
        ),
        Index("ix_payment_order_state_expires", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    payer_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[dict[str, str]] = mapped_column(Json)
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    state: Mapped[str] = mapped_column(String(10))
    method: Mapped[str | None] = mapped_column(String(10))
    transaction_id: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checkout_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_query_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refunded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("payment_order.id"))
    version: Mapped[int] = mapped_column()

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", back_populates="order")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy wants it plain

    @property
    def case_ids(self) -> list[int]:
        """The cases that the order pays for, in the order in which they are locked."""
        return sorted({line.case_id for line in self.lines if line.case_id is not None})


class OrderLine(Model):
    """One thing in an order: a fee, at the amount it had when the order was made."""

    __tablename__ = "payment_order_line"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("payment_order.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    fee: Mapped[str] = mapped_column(ForeignKey("fee.key"))
    description: Mapped[dict[str, str]] = mapped_column(Json)
    amount_fen: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="lines")


class PaymentNotice(Model):
    """What a provider sent, word for word, stored before anything is made of it.

    `event_id` is set only once the signature holds, so that a forger cannot use up a real one.
    `result` stays empty until the notice is processed: accepted, repeated, ignored, unmatched
    or refused, with `remark` saying why. `attempts` counts the times that processing broke off;
    after each it waits until `next_try_at`.
    """

    __tablename__ = "payment_notice"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_payment_notice_result", "result", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str | None] = mapped_column(String(80))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    verified: Mapped[bool] = mapped_column(default=False)
    result: Mapped[str | None] = mapped_column(String(10))
    remark: Mapped[str] = mapped_column(String(200), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("payment_order.id"), index=True)


class Voucher(Model):
    """Proof of an offline payment, which finance checks (C3)."""

    __tablename__ = "payment_voucher"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("payment_order.id"), index=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("stored_file.id"))
    state: Mapped[str] = mapped_column(String(10), index=True)
    remark: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invoice(Model):
    """The invoice a payer wants: none, in their own name, or a company's (C3, E4)."""

    __tablename__ = "invoice"

    order_id: Mapped[int] = mapped_column(ForeignKey("payment_order.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200), default="")
    tax_number: Mapped[str] = mapped_column(String(18), default="")
    email: Mapped[str | None] = mapped_column("email_sealed", EncryptedText("invoice.email"))
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Refund(Model):
    """A wish to have the full amount of an order back; one at a time, at most one fulfilled."""

    __tablename__ = "refund"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("payment_order.id"), index=True)
    amount_fen: Mapped[int]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(String(10), index=True)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LedgerEntry(Model):
    """A movement of money from one account to another. `key` makes each movement unique.

    Accounts: "gateway" and "bank" (where money lies), "fees" (what was earned), "suspense"
    (received, but not explained yet).
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("payment_order.id"), index=True)
    debit: Mapped[str] = mapped_column(String(20))
    credit: Mapped[str] = mapped_column(String(20))
    amount_fen: Mapped[int]
    transaction_id: Mapped[str] = mapped_column(String(80), default="")
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
