"""People, organisations, their roles and their logins (catalogue A1-A11)."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, validates

from certflow.core.crypto import EncryptedText, blind_index
from certflow.core.db import Json, Model, UtcDateTime


class Organisation(Model):
    """A body that takes part: certification body, training organisation, association, regulator.

    `kind` is "pending" from sign-up to approval: until then it has no code and counts nowhere.
    """

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    name_en: Mapped[str] = mapped_column(String(200), default="")
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    contact_name: Mapped[str] = mapped_column(String(100), default="")
    contact_phone: Mapped[str | None] = mapped_column(EncryptedText("organisation.contact_phone"))
    contact_email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    address: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FormerName(Model):
    """A name and code that an organisation had until a day, which stands on older papers (A7)."""

    __tablename__ = "organisation_former_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    uscc: Mapped[str | None] = mapped_column(String(18))
    until: Mapped[date]


class Branch(Model):
    """A branch of an organisation; a closed one keeps its row (catalogue A7)."""

    __tablename__ = "organisation_branch"
    __table_args__ = (Index("ix_organisation_branch_organisation", "organisation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(200))
    contact_name: Mapped[str] = mapped_column(String(100), default="")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class User(Model):
    """Who can sign in. `login_name` is stored in lower case; a disabled user keeps the row.

    The e-mail address is encrypted and found by its keyed index, which follows it by itself; the
    column that held it in the clear is empty (decision 0009). An address that nobody has confirmed
    since it was set is a claim: notices do not go there (A1).
    """

    __tablename__ = "user_account"
    __table_args__ = (
        Index("ix_user_account_name_begins", "name", postgresql_ops={"name": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login_name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(100), index=True)
    email: Mapped[str | None] = mapped_column("email_sealed", EncryptedText("user_account.email"))
    email_index: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    email_in_clear: Mapped[None] = mapped_column("email", String(254), unique=True, nullable=True)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_notices: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @validates("email")
    def _index_email(self, _name: str, address: str | None) -> str | None:
        self.email_index = blind_index("email", address) if address else None
        self.email_confirmed_at = None
        return address or None

    @staticmethod
    def has_email(address: str) -> ColumnElement[bool]:
        """Return the condition that an account has this address."""
        return User.email_index == blind_index("email", address)


class Person(Model):
    """The person behind an account, with the identity document and the practising body.

    Without a `user_id` it is somebody of the earlier system who has not signed up yet (A11).
    `erased_at`: what need not be kept was erased at the person's wish; the rest is locked.
    `identity_state` is what real-name verification said (A6): unchecked, asked, passed, refused.
    `phone_changed_at` is set while a phone that replaced a lost one is still new (A5).
    """

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_organisation_name", "organisation_id", "name"),
        # The beginning of a name (B12): PostgreSQL needs its own kind of order for that.
        Index("ix_person_name_begins", "name", postgresql_ops={"name": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    archive_number: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(100), index=True)
    pinyin: Mapped[str] = mapped_column(String(100), default="")
    document_type: Mapped[str] = mapped_column(String(32))
    document_number: Mapped[str] = mapped_column(EncryptedText("person.document_number"))
    document_index: Mapped[str] = mapped_column(String(64), unique=True)
    sex: Mapped[str] = mapped_column(String(8))
    birth_date: Mapped[date]
    phone: Mapped[str | None] = mapped_column(EncryptedText("person.phone"))
    phone_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    phone_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str | None] = mapped_column(EncryptedText("person.address"))
    identity_state: Mapped[str] = mapped_column(
        String(12), default="unchecked", server_default="unchecked"
    )
    identity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    highest_degree: Mapped[str] = mapped_column(String(32), default="")
    household: Mapped[str | None] = mapped_column(EncryptedText("person.household"))
    employer: Mapped[str] = mapped_column(String(100), default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleGrant(Model):
    """A role of a user, for organisation roles together with the organisation.

    `permissions` are what a process administrator may do beyond looking (roles.PERMISSIONS).
    """

    __tablename__ = "role_grant"
    __table_args__ = (Index("ix_role_grant_role_organisation", "role", "organisation_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    permissions: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoginSession(Model):
    """One login in one browser. Only the SHA-256 of its token is kept.

    `device` and `network` tell the owner which one it is: "Firefox, Windows", "203.0.*.*".
    `limited`: it opens nothing before a second factor is set up; `new_device`: it began in a browser
    that did not know the account, though the account had been used before (A4).
    """

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_user_ended", "user_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(60), default="", server_default="")
    network: Mapped[str] = mapped_column(String(40), default="", server_default="")
    limited: Mapped[bool] = mapped_column(default=False, server_default=false())
    new_device: Mapped[bool] = mapped_column(default=False, server_default=false())


class ApiToken(Model):
    """A token with which a program acts for a user in one role. Only its SHA-256 is kept.

    One of an `organisation_id` acts as its staff, answered for by the administrator who issued
    it: it is good for as long as that user administers the organisation.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(32))
    scopes: Mapped[list[str]] = mapped_column(Json)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginAttempt(Model):
    """A password tried. Account and address are kept as keyed indexes, not in the clear."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_account_at", "account_index", "at"),
        Index("ix_login_attempt_address_at", "address_index", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_index: Mapped[str] = mapped_column(String(64))
    address_index: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
