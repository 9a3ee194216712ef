"""What proves who somebody is: codes, second factors, known devices (catalogue A2, A4, A5)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.crypto import EncryptedText
from certflow.core.db import Model, UtcDateTime


class VerificationCode(Model):
    """A code sent to a phone or an e-mail address.

    The code itself is nowhere: it is derived from `salt` with the platform's key when it is sent
    and when it is checked. `target` is wiped when nobody needs it any more; who asked from where,
    in which browser, and for whom stands here as keyed indexes only. A code that was typed in
    right (`proved_at`) is a proof until something is done with it (`spent_at`). `probes` counts
    how often this proof was used to ask whether particulars are registered.
    """

    __tablename__ = "verification_code"
    __table_args__ = (
        Index("ix_verification_code_target_at", "target_index", "created_at"),
        Index("ix_verification_code_address_at", "address_index", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(8))
    target: Mapped[str | None] = mapped_column(EncryptedText("verification_code.target"))
    target_index: Mapped[str] = mapped_column(String(64))
    browser_index: Mapped[str] = mapped_column(String(64))
    address_index: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    wrong: Mapped[int] = mapped_column(default=0)
    probes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SpentPuzzle(Model):
    """A captcha that was answered, right or wrong: it never counts again."""

    __tablename__ = "spent_puzzle"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SecondFactor(Model):
    """The secret of a user's authenticator; it counts from `confirmed_at` on.

    `last_step` is the time step of the newest code that was accepted: none counts twice.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText("second_factor.secret"))
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Model):
    """A code that stands in once for a lost authenticator; only its keyed index is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_index: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KnownDevice(Model):
    """A browser in which a user has signed in. Only the SHA-256 of its token is kept."""

    __tablename__ = "known_device"
    __table_args__ = (Index("ix_known_device_user_token", "user_id", "token_hash", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
