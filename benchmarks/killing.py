"""Child processes that kill themselves at a chosen boundary, and databases set back to a moment."""

import os
import pickle
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from benchmarks import setting
from certflow.core import outbox
from certflow.core.db import db
from certflow.notifications.tasks import send_notice
from certflow.personnel.tasks import make_certificate_pdf


class Switch:
    """Counts boundaries while it is armed and kills the process at the chosen one."""

    def __init__(self) -> None:
        """Begin unarmed."""
        self.armed, self.count, self.at = False, 0, 0

    def point(self, *_details: object, **_more: object) -> None:
        """Pass a boundary."""
        if not self.armed:
            return
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


switch = Switch()
deliveries: list[Path] = []


def watch() -> None:
    """Make boundaries of statements, commits and sends known to the switch."""
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, switch.point)
    event.listen(Session, "after_commit", switch.point)
    for kind, send in (("mail", send_notice), ("certificate_pdf", make_certificate_pdf)):
        outbox.handler(kind)(_watched(send))


def _watched(send: outbox.Handler) -> outbox.Handler:
    def carry_out(session: Session, payload: dict[str, Any]) -> None:
        switch.point()
        send(session, payload)
        with deliveries[-1].open("a") as log:
            log.write(f"{payload['dedupe_key']}\n")
        switch.point()

    return carry_out


def in_child(work: Callable[[], Any]) -> Any:
    """Do work in a forked process; return its result, None when it was killed.

    Raises:
        RuntimeError: with the traceback's last line, when the work failed.

    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _report(work, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    kind, result = pickle.loads(content)
    if kind == "failed":
        raise RuntimeError(result)
    return result


def _report(work: Callable[[], Any], writer: int) -> None:
    try:
        answer = ("done", work())
    except BaseException as error:  # noqa: BLE001 - told to the parent
        answer = ("failed", f"{type(error).__name__}: {str(error)[:300]}")
    try:
        db.session.remove()
        db.engine.dispose()
    finally:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(pickle.dumps(answer))
        os._exit(0)


@dataclass
class Place:
    """A database and its data folder that can be kept under a name and set back to it."""

    folder: Path
    name: str = ""
    kept: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The database's address; without a name it is an SQLite file."""
        return setting.address(self.name) if self.name else f"sqlite:///{self.data}/bench.db"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "work"

    def keep(self, moment: str) -> None:
        """Keep the present state under a name."""
        shutil.copytree(self.data, self.folder / moment)
        self.kept.append(moment)
        if self.name:
            target = f"{self.name}_{moment}"
            setting.on_server(
                f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
                f'CREATE DATABASE "{target}" TEMPLATE "{self.name}"',
            )

    def set_back(self, moment: str) -> None:
        """Return to a kept state."""
        shutil.rmtree(self.data)
        shutil.copytree(self.folder / moment, self.data)
        if self.name:
            setting.on_server(
                f'DROP DATABASE "{self.name}" WITH (FORCE)',
                f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_{moment}"',
            )

    def clear(self) -> None:
        """Drop what was kept."""
        for moment in self.kept if self.name else ():
            setting.on_server(f'DROP DATABASE IF EXISTS "{self.name}_{moment}" WITH (FORCE)')
