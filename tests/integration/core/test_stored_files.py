"""Stored files: the row and the bytes, and what a rolled-back transaction leaves."""

import io
import os
from datetime import timedelta

import pytest
from benchmarks.uploads import picture

from certflow.core import clock, files
from certflow.core.db import Session
from certflow.core.errors import Invalid


def put(session: Session, name: str = "毕业证.jpg") -> files.StoredFile:
    return files.store(session, io.BytesIO(picture()), name, None)


def age(file: files.StoredFile) -> None:
    long_ago = (clock.now() - timedelta(days=2)).timestamp()
    os.utime(files.path_of(file), (long_ago, long_ago))


def test_a_stored_file_is_described_by_its_row(session: Session) -> None:
    file = put(session)
    assert session.get(files.StoredFile, file.id) is file
    assert (file.name, file.media_type) == ("毕业证.jpg", "image/jpeg")
    assert len(files.read(file)) == file.size
    assert len(file.id) == 26


def test_a_refused_file_leaves_neither_row_nor_bytes(session: Session) -> None:
    before = session.query(files.StoredFile).count()
    with pytest.raises(Invalid):
        files.store(session, io.BytesIO(b"MZ"), "a.jpg", None)
    assert session.query(files.StoredFile).count() == before


def test_the_sweep_takes_old_orphans_only(session: Session) -> None:
    kept, orphan, young = put(session), put(session), put(session)
    for file in (kept, orphan):
        age(file)
    for file in (orphan, young):
        session.delete(file)
    session.flush()
    assert files.sweep_orphans(session, clock.now() - timedelta(hours=1)) == 1
    assert files.path_of(kept).exists()
    assert files.path_of(young).exists()
    assert not files.path_of(orphan).exists()
