"""The audit trail's digests are keyed; e-mail addresses of accounts are encrypted.

Only rows are written: a chain that was broken before stays broken at the same place.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from certflow.core.crypto import blind_index, decrypt, encrypt
from certflow.core.settings import current

revision = "0011"
down_revision = "0010"

_START = "0" * 64
_NO_UPDATE = (
    "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
)
_EVENT = sa.table(
    "audit_event",
    *[sa.column(name) for name in ("id", "chain", "seq", "action", "actor_id", "actor_role")],
    *[sa.column(name) for name in ("element", "reason", "digest")],
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
)
_CHAIN = sa.table("audit_chain", sa.column("chain_key"), sa.column("audit_head"))
_CASE = sa.table("case_file", sa.column("id"), sa.column("audit_head"))
_USER = sa.table(
    "user_account",
    sa.column("id"),
    sa.column("email"),
    sa.column("email_sealed", sa.LargeBinary),
    sa.column("email_index"),
)
_CONTEXT = "user_account.email"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("email_index", sa.String(64), nullable=True))
    op.create_index("ix_user_account_email_index", "user_account", ["email_index"], unique=True)
    for row in op.get_bind().execute(sa.select(_USER).where(_USER.c.email.is_not(None))).all():
        sealed, index = encrypt(row.email.encode(), _CONTEXT), blind_index("email", row.email)
        _set_email(row.id, email=None, email_sealed=sealed, email_index=index)
    _renew(_plain, _keyed)


def downgrade() -> None:
    query = sa.select(_USER).where(_USER.c.email_sealed.is_not(None))
    for row in op.get_bind().execute(query).all():
        _set_email(row.id, email=decrypt(row.email_sealed, _CONTEXT).decode())
    op.drop_index("ix_user_account_email_index", "user_account")
    op.drop_column("user_account", "email_index")
    op.drop_column("user_account", "email_sealed")
    _renew(_keyed, _plain)


def _set_email(user_id: int, **values: object) -> None:
    op.get_bind().execute(sa.update(_USER).where(_USER.c.id == user_id).values(values))


def _renew(old, new) -> None:
    """Give every event whose old digest fits its new one, chain by chain."""
    bind, sqlite = op.get_bind(), op.get_bind().dialect.name == "sqlite"
    names = ("TRIGGER", "audit_event_append_only")
    op.execute(
        "DROP TRIGGER audit_event_no_update"
        if sqlite
        else "ALTER TABLE audit_event DISABLE {} {}".format(*names)
    )
    rows = bind.execute(sa.select(_EVENT).order_by(_EVENT.c.chain, _EVENT.c.seq)).all()
    for chain, events in groupby(rows, key=lambda row: row.chain):
        _renew_chain(bind, chain, list(events), old, new)
    op.execute(_NO_UPDATE if sqlite else "ALTER TABLE audit_event ENABLE {} {}".format(*names))


def _renew_chain(bind, chain: str, events: list, old, new) -> None:
    before_old = before_new = _START
    for event in events:
        fits = old(before_old, event) == event.digest
        digest = new(before_new, event) if fits else event.digest
        if digest != event.digest:
            mine = _EVENT.c.id == event.id
            bind.execute(sa.update(_EVENT).where(mine).values(digest=digest))
        before_old, before_new = event.digest, digest
    key = chain.removeprefix("case/")
    ends = [(_CHAIN, _CHAIN.c.chain_key == chain)]
    if chain != key and key.isdecimal():
        ends.append((_CASE, _CASE.c.id == int(key)))
    for table, mine in ends:
        fitting = table.c.audit_head == before_old
        bind.execute(sa.update(table).where(mine, fitting).values(audit_head=before_new))


def _plain(before: str, event) -> str:
    return hashlib.sha256(_canonical(before, event)).hexdigest()


def _keyed(before: str, event) -> str:
    content = b"audit\x00" + _canonical(before, event)
    return hmac.new(current().index_key, content, hashlib.sha256).hexdigest()


def _canonical(before: str, event) -> bytes:
    row = [
        before,
        event.chain,
        event.seq,
        _instant(event.at),
        event.action,
        event.actor_id,
        event.actor_role,
        event.element,
        event.reason,
        event.before,
        event.after,
    ]
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _instant(at: datetime) -> str:
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat()
