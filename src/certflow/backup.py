"""Back up and restore: database and files in one archive, checked by their digests (I5).

SQLite is copied with VACUUM INTO (never the file beside a live write-ahead log), PostgreSQL with
pg_dump and pg_restore. Secrets are not in the archive: keep them apart (docs/operations.md).
"""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from certflow.core import clock
from certflow.core.settings import Settings

MANIFEST = "manifest.json"


class BackupError(Exception):
    """The archive cannot be written or must not be restored; the sentence says why."""


def backup(settings: Settings, archive: Path) -> str:
    """Write the archive and return a line that says what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "database"
        _dump(settings.database_url, dump)
        stored = sorted(path for path in (settings.data_dir / "files").rglob("*") if path.is_file())
        members = {"database": dump} | {
            f"files/{path.relative_to(settings.data_dir / 'files')}": path for path in stored
        }
        manifest = Path(folder) / MANIFEST
        digests = {name: _digest(path) for name, path in members.items()}
        content = {"made_at": clock.now().isoformat(), "kind": _kind(settings), "sha256": digests}
        manifest.write_text(json.dumps(content, indent=1))
        with tarfile.open(archive, "w:gz") as tar:
            for name, path in {MANIFEST: manifest, **members}.items():
                tar.add(path, arcname=name)
    return f"{archive}: database and {len(stored)} files"


def restore(settings: Settings, archive: Path) -> str:
    """Put an archive into an empty installation, after checking every digest.

    Raises:
        BackupError: when something is there already, or the archive is damaged.

    """
    if any((settings.data_dir / "files").glob("*/*")):
        raise BackupError(f"{settings.data_dir} holds files already; restore into an empty folder.")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        content = json.loads((Path(folder) / MANIFEST).read_text())
        if content["kind"] != _kind(settings):
            raise BackupError(f"The archive holds a {content['kind']} database.")
        damaged = [n for n, one in content["sha256"].items() if _digest(Path(folder) / n) != one]
        if damaged:
            raise BackupError(f"Damaged in the archive: {', '.join(damaged[:5])}")
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        files = Path(folder) / "files"
        if files.exists():
            shutil.move(files, settings.data_dir / "files")
        _load(settings.database_url, Path(folder) / "database")
    return f"restored {len(content['sha256']) - 1} files and the database of {content['made_at']}"


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"


def _dump(url: str, target: Path) -> None:
    if url.startswith("sqlite"):
        with sqlite3.connect(_sqlite_path(url)) as source:
            source.execute("VACUUM INTO ?", (str(target),))
        return
    _run("pg_dump", "--format=custom", f"--file={target}", _plain(url))


def _load(url: str, dump: Path) -> None:
    if url.startswith("sqlite"):
        path = _sqlite_path(url)
        if path.exists():
            raise BackupError(f"{path} exists already; restore into an empty installation.")
        shutil.move(dump, path)
        return
    _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_plain(url)}", str(dump))


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed commands
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} is not installed on this machine.") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(error.stderr.decode(errors="replace")[-500:]) from error


def _sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(("postgresql", *parts[1:]))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
