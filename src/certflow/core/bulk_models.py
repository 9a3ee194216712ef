"""Tables of large imports: the rows in encrypted pieces, what is wrong, how far it is (A12)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core.crypto import EncryptedJson
from certflow.core.db import Json, Model, UtcDateTime
from certflow.core.filenames import LONGEST


class BulkImport(Model):
    """A large file on its way in.

    `state`: "reading" (into pieces), "checking" (the dry run), "checked", "carrying" (out),
    "accepted", "discarded" or "unreadable"; nobody goes on with a `paused` one. `position` is how
    many rows the present step has behind it; it is committed with what those rows did, so nothing
    happens twice. `good`, `bad`, `same`: to be carried out, faulty, known already; `done`: carried
    out; `fault` says why the file is unreadable or the work stopped.
    """

    __tablename__ = "bulk_import"
    __table_args__ = (Index("ix_bulk_import_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(LONGEST))
    sha256: Mapped[str] = mapped_column(String(64))
    head: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(16))
    paused: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    fault: Mapped[dict[str, str] | None] = mapped_column(Json(none_as_null=True))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BulkPiece(Model):
    """Some hundred rows of a file: [[number, cells], ...]; forgotten when the import is closed."""

    __tablename__ = "bulk_piece"

    import_id: Mapped[int] = mapped_column(ForeignKey("bulk_import.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rows: Mapped[list[tuple[int, list[str]]]] = mapped_column(EncryptedJson("bulk_piece.rows"))


class BulkProblem(Model):
    """A row that cannot be carried out: as it came, and why."""

    __tablename__ = "bulk_problem"

    import_id: Mapped[int] = mapped_column(ForeignKey("bulk_import.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[list[str]] = mapped_column(EncryptedJson("bulk_problem.cells"))
    problem: Mapped[dict[str, str]] = mapped_column(Json)


class BulkKey(Model):
    """What a row of a file is about, as a digest: two rows about the same are found by it."""

    __tablename__ = "bulk_key"

    import_id: Mapped[int] = mapped_column(ForeignKey("bulk_import.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
