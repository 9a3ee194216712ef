"""Filing for many people at once; what an entry of the credit file rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "group_filing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_group_filing_actor_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_group_filing_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_filing")),
    )
    op.create_index("ix_group_filing_organisation", "group_filing", ["organisation_id", "id"])
    op.create_table(
        "group_filing_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("filing_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
            name=op.f("fk_group_filing_row_case_id_case_file"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["group_filing.id"],
            name=op.f("fk_group_filing_row_filing_id_group_filing"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_filing_row")),
        sa.UniqueConstraint(
            "filing_id", "subject", name=op.f("uq_group_filing_row_filing_id_subject")
        ),
    )
    op.create_index("ix_group_filing_row_state", "group_filing_row", ["filing_id", "state"])
    for column in (
        sa.Column("basis", sa.String(), nullable=False, server_default=""),
        sa.Column("files", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("entered_by", sa.Integer(), nullable=True),
    ):
        op.add_column("credit_entry", column)


def downgrade() -> None:
    for name in ("entered_by", "files", "basis"):
        op.drop_column("credit_entry", name)
    op.drop_index("ix_group_filing_row_state", table_name="group_filing_row")
    op.drop_table("group_filing_row")
    op.drop_index("ix_group_filing_organisation", table_name="group_filing")
    op.drop_table("group_filing")
