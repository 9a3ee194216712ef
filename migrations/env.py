"""Alembic's environment: migrates the database of the running application."""

from alembic import context
from flask import current_app

from certflow.core.db import Model, db, writing


def run() -> None:
    """Migrate within one transaction a revision."""
    with writing(), db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            render_item=_short,
        )
        with context.begin_transaction():
            context.run_migrations()


def _short(kind: str, item: object, autogen: object) -> str | bool:
    """Write the platform's column types as what they are in the database."""
    if kind != "type":
        return False
    plain = {
        "UtcDateTime": "sa.DateTime(timezone=True)",
        "EncryptedText": "sa.LargeBinary()",
        "EncryptedJson": "sa.LargeBinary()",
    }
    return plain.get(type(item).__name__, False)


if current_app:
    run()
