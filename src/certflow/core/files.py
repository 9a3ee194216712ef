"""Uploaded files: screened, stored on disk under random names, described in one table.

The bytes are written before the row is committed. If the transaction is then rolled back, a file
without a row stays behind; ``sweep_orphans`` removes it later. The other order could lose a file
that a committed row promises.
"""

import base64
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core import clock, settings
from certflow.core.db import Model, Session, UtcDateTime, is_apart
from certflow.core.errors import NotFound
from certflow.core.screening import Screened, screen
from certflow.core.text import Text

__all__ = ["Screened", "StoredFile", "path_of", "read", "screen", "store", "sweep_orphans"]


class StoredFile(Model):
    """One uploaded file. ``sha256`` and ``size`` are those of the stored, cleaned bytes."""

    __tablename__ = "stored_file"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def store(session: Session, stream: BinaryIO, filename: str, owner_id: int | None) -> StoredFile:
    """Screen an upload, write it and add its row (flushed, not committed).

    Raises ``Invalid`` with what the sender can do about it.
    """
    screened = screen(stream, filename)
    file = StoredFile(
        id=base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower(),
        owner_id=owner_id,
        name=screened.name,
        media_type=screened.media_type,
        size=len(screened.content),
        sha256=screened.sha256,
        created_at=clock.now(),
    )
    _write(path_of(file), screened.content)
    session.add(file)
    session.flush()
    return file


def path_of(file: StoredFile) -> Path:
    """Where the bytes of a stored file lie."""
    return _folder() / file.id[:2] / file.id


def read(file: StoredFile) -> bytes:
    """The stored bytes. Raises ``NotFound`` if the disk no longer has them."""
    try:
        return path_of(file).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            Text(
                "文件不在存储中，请联系管理员",
                "The file is missing from the store. Please tell the administrator.",
            )
        ) from None


def sweep_orphans(session: Session, older_than: datetime) -> int:
    """Remove files on disk that no row describes; return how many.

    ``older_than`` (aware) protects uploads whose transaction still runs: pass at least an hour ago.
    """
    swept = 0
    for folder in sorted(_folder().glob("??")):
        old = [p for p in folder.iterdir() if p.stat().st_mtime < older_than.timestamp()]
        names = [p.name for p in old]
        known = set(session.scalars(select(StoredFile.id).where(StoredFile.id.in_(names))))
        for path in old:
            if path.name not in known:
                path.unlink(missing_ok=True)
                swept += 1
    return swept


def _folder() -> Path:
    return settings.current().data_dir / "files"


def _write(path: Path, content: bytes) -> None:
    """Write so that the path holds either all bytes, on the disk, or does not exist."""
    if is_apart():
        raise RuntimeError("a trial must not write files")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
