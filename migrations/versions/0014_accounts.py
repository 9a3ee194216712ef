"""Confirmed e-mail addresses, logins in new browsers, former names of organisations.

Addresses that are there already have been receiving notices; they count as confirmed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("user_account", sa.Column("email_confirmed_at", _AT, nullable=True))
    op.execute(
        "UPDATE user_account SET email_confirmed_at = created_at WHERE email_index IS NOT NULL"
    )
    new_device = sa.Column("new_device", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("login_session", new_device)
    op.create_table(
        "organisation_former_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_former_name_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_former_name")),
    )
    index = op.f("ix_organisation_former_name_organisation_id")
    op.create_index(index, "organisation_former_name", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("organisation_former_name")
    op.drop_column("login_session", "new_device")
    op.drop_column("user_account", "email_confirmed_at")
