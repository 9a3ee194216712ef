"""The address to which an invoice goes is encrypted."""

import sqlalchemy as sa
from alembic import op

from certflow.core.crypto import decrypt, encrypt

revision = "0016"
down_revision = "0015"

_INVOICE = sa.table(
    "invoice",
    sa.column("order_id"),
    sa.column("email"),
    sa.column("email_sealed", sa.LargeBinary),
)
_CONTEXT = "invoice.email"


def upgrade() -> None:
    op.add_column("invoice", sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    for row in op.get_bind().execute(sa.select(_INVOICE).where(_INVOICE.c.email != "")).all():
        _set(row.order_id, email_sealed=encrypt(row.email.encode(), _CONTEXT))
    op.drop_column("invoice", "email")


def downgrade() -> None:
    op.add_column("invoice", sa.Column("email", sa.String(254), nullable=False, server_default=""))
    query = sa.select(_INVOICE).where(_INVOICE.c.email_sealed.is_not(None))
    for row in op.get_bind().execute(query).all():
        _set(row.order_id, email=decrypt(row.email_sealed, _CONTEXT).decode())
    op.drop_column("invoice", "email_sealed")


def _set(order_id: int, **values: object) -> None:
    op.get_bind().execute(sa.update(_INVOICE).where(_INVOICE.c.order_id == order_id).values(values))
