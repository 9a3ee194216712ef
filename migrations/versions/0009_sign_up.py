"""Signing up: codes, second factors, sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_AT = sa.DateTime(timezone=True)
_ADDED = {
    "person": (
        sa.Column("phone_changed_at", _AT, nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("identity_state", sa.String(12), nullable=False, server_default="unchecked"),
        sa.Column("identity_at", _AT, nullable=True),
    ),
    "login_session": (
        sa.Column("device", sa.String(60), nullable=False, server_default=""),
        sa.Column("network", sa.String(40), nullable=False, server_default=""),
        sa.Column("limited", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
}


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_user_account")
    return sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=name)


def upgrade() -> None:
    for table, columns in _ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "verification_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=True),
        sa.Column("target_index", sa.String(64), nullable=False),
        sa.Column("browser_index", sa.String(64), nullable=False),
        sa.Column("address_index", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("replaced_at", _AT, nullable=True),
        sa.Column("proved_at", _AT, nullable=True),
        sa.Column("spent_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_code")),
    )
    op.create_index(
        "ix_verification_code_target_at", "verification_code", ["target_index", "created_at"]
    )
    op.create_index(
        "ix_verification_code_address_at", "verification_code", ["address_index", "created_at"]
    )
    op.create_index(op.f("ix_verification_code_created_at"), "verification_code", ["created_at"])
    op.create_table(
        "spent_puzzle",
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_spent_puzzle")),
    )
    op.create_index(op.f("ix_spent_puzzle_at"), "spent_puzzle", ["at"])
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("confirmed_at", _AT, nullable=True),
        _of_user("second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_index", sa.String(64), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("used_at", _AT, nullable=True),
        _of_user("recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_index", name=op.f("uq_recovery_code_code_index")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])
    op.create_table(
        "known_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("seen_at", _AT, nullable=False),
        _of_user("known_device"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
    )
    op.create_index(
        "ix_known_device_user_token", "known_device", ["user_id", "token_hash"], unique=True
    )
    op.create_index(op.f("ix_known_device_seen_at"), "known_device", ["seen_at"])
    op.create_table(
        "notice_choice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.Column("sms", sa.Boolean(), nullable=False),
        _of_user("notice_choice"),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "text_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("template", sa.String(32), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("sent_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_message")),
    )


def downgrade() -> None:
    for table in (
        "text_message",
        "notice_choice",
        "known_device",
        "recovery_code",
        "second_factor",
        "spent_puzzle",
        "verification_code",
    ):
        op.drop_table(table)
    for table, columns in _ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
