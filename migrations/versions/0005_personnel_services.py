"""Expert appointments, profile changes and what else the personnel services keep."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # No batches: SQLite would copy the table, and deleting the old one would empty others.
    op.add_column("person", sa.Column("household", sa.LargeBinary(), nullable=True))
    op.add_column(
        "person", sa.Column("employer", sa.String(length=100), nullable=False, server_default="")
    )
    op.add_column("certificate", sa.Column("suspended_until", sa.Date(), nullable=True))

    op.create_table(
        "expert_appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_expert_appointment_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_appointment")),
    )
    with op.batch_alter_table("expert_appointment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_expert_appointment_ends_on"), ["ends_on"], unique=False
        )
        batch_op.create_index(
            "ix_expert_appointment_user_ends", ["user_id", "ends_on"], unique=False
        )

    op.create_table(
        "profile_change",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_profile_change_person_id_person")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_profile_change")),
    )
    with op.batch_alter_table("profile_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_change_person_id"), ["person_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("profile_change")
    op.drop_table("expert_appointment")
    op.drop_column("certificate", "suspended_until")
    op.drop_column("person", "employer")
    op.drop_column("person", "household")
