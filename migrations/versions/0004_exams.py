"""Examinations: exams, sessions, subjects, entries, results; imports from tables."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "exam",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allows_recheck", sa.Boolean(), nullable=False),
        sa.Column("recheck_opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recheck_closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
        sa.UniqueConstraint("code", name=op.f("uq_exam_code")),
    )
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_publish_at"), ["publish_at"], unique=False)

    op.create_table(
        "exam_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_session_exam_id_exam")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_session")),
        sa.UniqueConstraint("exam_id", "number", name=op.f("uq_exam_session_exam_id_number")),
    )
    op.create_table(
        "table_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_table_import_created_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_import")),
    )
    with op.batch_alter_table("table_import", schema=None) as batch_op:
        batch_op.create_index("ix_table_import_kind_subject", ["kind", "subject"], unique=False)

    op.create_table(
        "exam_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ticket_number", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_entry_exam_id_exam")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_exam_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_entry")),
        sa.UniqueConstraint("exam_id", "person_id", name=op.f("uq_exam_entry_exam_id_person_id")),
        sa.UniqueConstraint(
            "exam_id", "ticket_number", name=op.f("uq_exam_entry_exam_id_ticket_number")
        ),
    )
    with op.batch_alter_table("exam_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_entry_person_id"), ["person_id"], unique=False)

    op.create_table(
        "exam_subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("full_mark", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "pass_mark > 0 AND pass_mark <= full_mark", name=op.f("ck_exam_subject_pass_mark")
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_subject_exam_id_exam")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["exam_session.id"],
            name=op.f("fk_exam_subject_session_id_exam_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_subject")),
        sa.UniqueConstraint("exam_id", "subject", name=op.f("uq_exam_subject_exam_id_subject")),
    )
    with op.batch_alter_table("exam_subject", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_subject_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "table_import_row",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=True),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["table_import.id"],
            name=op.f("fk_table_import_row_import_id_table_import"),
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_table_import_row")),
    )
    op.create_table(
        "exam_entry_subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("paper_number", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["exam_entry.id"], name=op.f("fk_exam_entry_subject_entry_id_exam_entry")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["exam_subject.id"],
            name=op.f("fk_exam_entry_subject_subject_id_exam_subject"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_entry_subject")),
        sa.UniqueConstraint(
            "entry_id", "subject_id", name=op.f("uq_exam_entry_subject_entry_id_subject_id")
        ),
        sa.UniqueConstraint("paper_number", name=op.f("uq_exam_entry_subject_paper_number")),
    )
    with op.batch_alter_table("exam_entry_subject", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_entry_subject_subject_id"), ["subject_id"], unique=False
        )

    op.create_table(
        "exam_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_subject_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_subject_id"],
            ["exam_entry_subject.id"],
            name=op.f("fk_exam_mark_entry_subject_id_exam_entry_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["user_account.id"], name=op.f("fk_exam_mark_given_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_mark")),
    )
    with op.batch_alter_table("exam_mark", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exam_mark_entry_subject", ["entry_subject_id", "id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("exam_mark", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_mark_entry_subject")

    op.drop_table("exam_mark")
    with op.batch_alter_table("exam_entry_subject", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_entry_subject_subject_id"))

    op.drop_table("exam_entry_subject")
    op.drop_table("table_import_row")
    with op.batch_alter_table("exam_subject", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_subject_session_id"))

    op.drop_table("exam_subject")
    with op.batch_alter_table("exam_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_entry_person_id"))

    op.drop_table("exam_entry")
    with op.batch_alter_table("table_import", schema=None) as batch_op:
        batch_op.drop_index("ix_table_import_kind_subject")

    op.drop_table("table_import")
    op.drop_table("exam_session")
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_publish_at"))

    op.drop_table("exam")
