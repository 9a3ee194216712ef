"""Invitations of people to a body's list of auditors."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "body_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _reference("person_id", "person"),
        _reference("organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_invitation")),
    )
    for column in ("person_id", "organisation_id"):
        op.create_index(op.f(f"ix_body_invitation_{column}"), "body_invitation", [column])


def _reference(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_body_invitation_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("body_invitation")
