"""Parties, links and letters of cases; cases filed by organisations; reminders of deadlines."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

REMINDED = sa.text("state = 'running' AND remind_at IS NOT NULL")
OFFICES = sa.text("role IN ('exam_office', 'training_office')")
FALSE = {"nullable": False, "server_default": sa.false()}


def upgrade() -> None:
    op.create_table(
        "case_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(length=40), nullable=False),
        sa.Column("to", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
            name=op.f("fk_case_letter_case_id_case_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_letter")),
    )
    op.create_index(op.f("ix_case_letter_case_id"), "case_letter", ["case_id"])
    op.create_table(
        "case_link",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
            name=op.f("fk_case_link_case_id_case_file"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["case_file.id"],
            name=op.f("fk_case_link_other_id_case_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "other_id", "kind", name=op.f("pk_case_link")),
    )
    op.create_index(op.f("ix_case_link_other_id"), "case_link", ["other_id"])
    op.create_table(
        "case_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
            name=op.f("fk_case_party_case_id_case_file"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_case_party_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_case_party_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_party")),
    )
    op.create_index(op.f("ix_case_party_case_id"), "case_party", ["case_id"])
    op.create_index("ix_case_party_organisation", "case_party", ["organisation_id", "case_id"])
    op.create_index("ix_case_party_user", "case_party", ["user_id", "case_id"])

    op.add_column(
        "case_command", sa.Column("digest", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("case_evidence", sa.Column("disclosed", sa.Boolean(), **FALSE))
    # Plain SQL: Alembic would copy the table on SQLite, and deleting the old one empties others.
    op.execute(
        "ALTER TABLE case_file ADD COLUMN applicant_organisation_id INTEGER "
        "CONSTRAINT fk_case_file_applicant_organisation_id_organisation REFERENCES organisation (id)"
    )
    op.create_index("ix_case_file_service", "case_file", ["service", "applicant_id", "state"])
    op.add_column("deadline", sa.Column("remind_at", sa.DateTime(timezone=True)))
    op.add_column("deadline", sa.Column("late_told", sa.Boolean(), **FALSE))
    # Everybody knows of what was late before. SQLite too keeps times in UTC, as CURRENT_TIMESTAMP.
    op.execute(
        "UPDATE deadline SET late_told = TRUE "
        "WHERE state = 'running' AND due_at <= CURRENT_TIMESTAMP"
    )
    op.create_index(
        "ix_deadline_running_remind",
        "deadline",
        ["remind_at"],
        postgresql_where=REMINDED,
        sqlite_where=REMINDED,
    )
    op.add_column("human_task", sa.Column("blind", sa.Boolean(), **FALSE))
    op.create_index(
        "ix_human_task_office",
        "human_task",
        ["role", "case_id"],
        postgresql_where=OFFICES,
        sqlite_where=OFFICES,
    )
    op.add_column("payment_notice", sa.Column("next_try_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("payment_notice", "next_try_at")
    op.drop_index("ix_human_task_office", "human_task")
    op.drop_column("human_task", "blind")
    op.drop_index("ix_deadline_running_remind", "deadline")
    op.drop_column("deadline", "late_told")
    op.drop_column("deadline", "remind_at")
    op.drop_index("ix_case_file_service", "case_file")
    op.drop_column("case_file", "applicant_organisation_id")
    op.drop_column("case_evidence", "disclosed")
    op.drop_column("case_command", "digest")
    op.drop_table("case_party")
    op.drop_table("case_link")
    op.drop_table("case_letter")
