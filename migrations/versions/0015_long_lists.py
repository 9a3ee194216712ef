"""Indexes with which lists and figures stay fast at a million cases."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_CLOSED, _OPEN = sa.text("state = 'closed'"), sa.text("state = 'open'")
_INDEXES = (
    ("ix_case_file_moved", "case_file", ["updated_at", "id"], None),
    ("ix_case_file_closed", "case_file", ["service", "closed_at"], _CLOSED),
    ("ix_human_task_due", "human_task", ["due_at", "case_id"], _OPEN),
)
_NAME = ("ix_user_account_name_begins", "user_account", ["name"])


def upgrade() -> None:
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
    op.create_index(*_NAME, postgresql_ops={"name": "text_pattern_ops"})


def downgrade() -> None:
    op.drop_index(*_NAME[:2])
    for name, table, _columns, _where in _INDEXES:
        op.drop_index(name, table)
