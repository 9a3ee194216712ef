"""The process studio: drafts, releases, trials, replays, migrations; permissions."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = (
    "studio_release",
    "studio_migration_case",
    "studio_draft_visitor",
    "studio_draft_part",
    "studio_migration",
    "studio_draft",
    "studio_trial",
    "studio_replay",
)


def upgrade() -> None:
    op.create_table(
        "studio_replay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("bundle", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_studio_replay_created_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_replay")),
    )
    op.create_index(op.f("ix_studio_replay_key"), "studio_replay", ["key"])
    op.create_table(
        "studio_trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.JSON(), nullable=False),
        sa.Column("world", sa.LargeBinary(), nullable=False),
        sa.Column("script", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_studio_trial_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_trial")),
    )
    op.create_index(op.f("ix_studio_trial_key"), "studio_trial", ["key"])
    op.create_table(
        "studio_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on"],
            ["process_version.id"],
            name=op.f("fk_studio_draft_based_on_process_version"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_studio_draft_created_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_draft")),
    )
    op.create_index(
        "ix_studio_draft_open",
        "studio_draft",
        ["key"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "studio_migration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_studio_migration_created_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["process_version.id"],
            name=op.f("fk_studio_migration_version_id_process_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_migration")),
    )
    op.create_index(op.f("ix_studio_migration_key"), "studio_migration", ["key"])
    op.create_table(
        "studio_draft_part",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=100), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["user_account.id"],
            name=op.f("fk_studio_draft_part_changed_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["studio_draft.id"],
            name=op.f("fk_studio_draft_part_draft_id_studio_draft"),
        ),
        sa.PrimaryKeyConstraint("draft_id", "part", name=op.f("pk_studio_draft_part")),
    )
    op.create_table(
        "studio_draft_visitor",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=100), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["studio_draft.id"],
            name=op.f("fk_studio_draft_visitor_draft_id_studio_draft"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_studio_draft_visitor_user_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("draft_id", "user_id", name=op.f("pk_studio_draft_visitor")),
    )
    op.create_table(
        "studio_migration_case",
        sa.Column("migration_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
            name=op.f("fk_studio_migration_case_case_id_case_file"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_version_id"],
            ["process_version.id"],
            name=op.f("fk_studio_migration_case_from_version_id_process_version"),
        ),
        sa.ForeignKeyConstraint(
            ["migration_id"],
            ["studio_migration.id"],
            name=op.f("fk_studio_migration_case_migration_id_studio_migration"),
        ),
        sa.PrimaryKeyConstraint("migration_id", "case_id", name=op.f("pk_studio_migration_case")),
    )
    op.create_index(
        "ix_studio_migration_case_state", "studio_migration_case", ["migration_id", "state"]
    )
    op.create_table(
        "studio_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("bundle", sa.JSON(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_studio_release_author_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["user_account.id"],
            name=op.f("fk_studio_release_decided_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["studio_draft.id"], name=op.f("fk_studio_release_draft_id_studio_draft")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["process_version.id"],
            name=op.f("fk_studio_release_version_id_process_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_release")),
    )
    op.create_index(op.f("ix_studio_release_key"), "studio_release", ["key"])
    op.create_index(op.f("ix_studio_release_state"), "studio_release", ["state"])
    op.add_column(
        "role_grant", sa.Column("permissions", sa.JSON(), server_default="[]", nullable=False)
    )
    op.add_column("case_file", sa.Column("suspension", sa.JSON(), nullable=True))
    # Whoever administers processes already goes on as before.
    op.execute(
        "UPDATE role_grant SET permissions ="
        """ '["approve", "edit", "migrate", "operate", "publish"]' WHERE role = 'process_admin'"""
    )


def downgrade() -> None:
    op.drop_column("case_file", "suspension")
    op.drop_column("role_grant", "permissions")
    for table in TABLES:
        op.drop_table(table)
