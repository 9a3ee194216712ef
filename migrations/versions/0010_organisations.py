"""Organisations, imports of an earlier system, announcements, erasure of personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_BEGINS = {"person": "name", "certificate": "number"}


def upgrade() -> None:
    words = {"nullable": False, "server_default": ""}
    op.add_column("organisation", sa.Column("contact_phone", sa.LargeBinary(), nullable=True))
    op.add_column("organisation", sa.Column("contact_email", sa.String(length=254), **words))
    op.add_column("organisation", sa.Column("address", sa.String(length=200), **words))
    op.add_column("person", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for table, column in _BEGINS.items():
        ops = {column: "text_pattern_ops"}
        op.create_index(f"ix_{table}_{column}_begins", table, [column], postgresql_ops=ops)
    _branches()
    _announcements()
    _imports()


def _branches() -> None:
    op.create_table(
        "organisation_branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=100), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _reference("organisation_branch", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_branch")),
    )
    op.create_index(
        "ix_organisation_branch_organisation", "organisation_branch", ["organisation_id", "name"]
    )


def _announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _reference("announcement", "created_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index("ix_announcement_shown", "announcement", ["starts_at", "id"])
    op.create_table(
        "announcement_file",
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(length=26), nullable=False),
        _reference("announcement_file", "announcement_id", "announcement", ondelete="CASCADE"),
        _reference("announcement_file", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("announcement_id", "file_id", name=op.f("pk_announcement_file")),
    )


def _imports() -> None:
    op.create_table(
        "bulk_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("position", "total", "good", "bad", "same", "done")
        ),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _reference("bulk_import", "created_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_import")),
    )
    op.create_index("ix_bulk_import_state", "bulk_import", ["state", "id"])
    op.create_table(
        "bulk_piece",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        _reference("bulk_piece", "import_id", "bulk_import"),
        sa.PrimaryKeyConstraint("import_id", "first", name=op.f("pk_bulk_piece")),
    )
    op.create_table(
        "bulk_problem",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        _reference("bulk_problem", "import_id", "bulk_import"),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_bulk_problem")),
    )
    op.create_table(
        "bulk_key",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _reference("bulk_key", "import_id", "bulk_import"),
        sa.PrimaryKeyConstraint("import_id", "key", name=op.f("pk_bulk_key")),
    )


def _reference(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, **more)


def downgrade() -> None:
    tables = ("bulk_key", "bulk_problem", "bulk_piece", "bulk_import")
    for table in (*tables, "announcement_file", "announcement", "organisation_branch"):
        op.drop_table(table)
    for table, column in _BEGINS.items():
        op.drop_index(f"ix_{table}_{column}_begins", table)
    op.drop_column("person", "erased_at")
    for column in ("address", "contact_email", "contact_phone"):
        op.drop_column("organisation", column)
