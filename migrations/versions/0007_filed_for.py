"""An organisation finds what it filed itself by an index."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index(
        "ix_case_file_filed_for",
        "case_file",
        ["applicant_organisation_id", "state", "updated_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_case_file_filed_for", "case_file")
