"""Watches the whole test run: personal data in logs, addresses, queues and files left behind (J1-J3).

The tests' people are known by numbers, phones, e-mail addresses and names of recognisable forms.
Whatever any application of the run logs, is asked for, queues or leaves on disk is looked
through; one find fails the run. A pytest plugin, which tests/conftest.py takes in.
"""

import json
import logging
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import structlog
from flask import Flask
from redis.connection import AbstractConnection
from stdnum.cn.ric import calc_check_digit
from structlog.typing import EventDict

from certflow.core import outbox
from certflow.demo.people import _FAMILY, _GIVEN
from certflow.demo.people import PASSWORD as DEMO_PASSWORD
from factories.people import PASSWORD

DOCUMENT = re.compile(rb"[1-9]\d{5}(?:19|20)\d\d[01]\d[0-3]\d{4}[\dX]")
PHONE = re.compile(rb"(?<![\w.-])(?:\+?86)?1[3-9]\d{9}(?![\w-])")
OUR_DOCUMENT = re.compile(rb"999999(?:19|20)\d{9}[\dX]")
_DIGITS, _HEX = r"13[89](?:0000\d{4}|1111\d{4})", "[0-9a-f]{4}"
OUR_PHONE = re.compile(f"(?<!{_HEX}){_DIGITS}|{_DIGITS}(?!{_HEX})".encode())
"""Not amid a digest: there, chance writes such a number now and then."""
PASSWORDS = (PASSWORD.encode(), DEMO_PASSWORD.encode())
MAIL = re.compile(rb"@(?<!office@)(?<![*]@)(?:example\.(?:org|cn|com)|mail\.example)")
"""A person's; what an organisation publishes as its own (office@...) is none, nor a masked one."""
GIVEN = "|".join(given for given, _ in _GIVEN)
FAMILIES = "|".join(_FAMILY)
NAME = re.compile(
    f"(?:{FAMILIES})(?:{GIVEN})|林知(?:远|夏)|沈拾光|刘观澜|马可标记|举报标记".encode()
)
TYPED = re.compile(r"(?<=[?&]q=)[^&]*")
"""What a test's own request looks for may be a name; a browser's stands sealed there (web/narrowing.py)."""
LAID_DOWN = {"mail", "sms"}
"""Folders in which an installation without servers lays messages down, to be looked at."""
READABLE = (".db", ".db-wal")
"""What people are called stands readable in a database: lists sort by it. No text, no name."""


def numbers(content: bytes) -> list[str]:
    """Return the documents, phones, e-mail addresses and passwords in a text."""
    documents = [one for one in DOCUMENT.findall(content) if _is_whole(one.decode())]
    return [one.decode() for one in (*documents, *PHONE.findall(content), *_plain(content))]


def ours(content: bytes) -> list[str]:
    """Return the same from a file, whose values may stand side by side: only those of our people."""
    coded = (*OUR_DOCUMENT.findall(content), *OUR_PHONE.findall(content))
    return [one.decode() for one in (*coded, *_plain(content))]


def _plain(content: bytes) -> list[bytes]:
    return [*MAIL.findall(content), *(one for one in PASSWORDS if one in content)]


def _is_whole(document: str) -> bool:
    return calc_check_digit(document[:-1]) == document[-1]


def names(content: bytes) -> list[str]:
    """Return the names of the tests' people in a text."""
    return [one.decode() for one in NAME.findall(content)]


class Watch:
    """What was looked through, by place, and what was found there."""

    def __init__(self) -> None:
        self.looked: Counter[str] = Counter()
        self.found: list[str] = []
        self.folders: set[Path] = set()
        self.test = ""
        self._seen: set[bytes] = set()

    def look(self, place: str, text: str) -> None:
        """Look through a line or a message."""
        self._look(place, text, lambda content: numbers(content) + names(content))

    def address(self, address: str, *, by_hand: bool = False) -> None:
        """Look through an address, and through the address that it may hold in turn."""
        read = unquote_plus(unquote_plus(address))
        self._look("addresses", read, numbers)
        told = TYPED.sub("", read) if by_hand else read
        self.note("addresses", names(told.encode("utf-8", "replace")))

    def file(self, path: Path) -> None:
        """Look through a file, in which values may stand side by side."""
        content = path.read_bytes()
        self.looked["files"] += 1
        self.note(path.name, ours(content))
        if not path.name.endswith(READABLE) and b"\0" not in content:
            self.note(path.name, names(content))

    def note(self, place: str, found: Iterable[str]) -> None:
        """Write down what was found during the present test."""
        self.found += [f"{self.test}: {one} in {place}" for one in found]

    def _look(self, place: str, text: str, search: Callable[[bytes], list[str]]) -> None:
        """Search a text, once however often it comes."""
        self.looked[place] += 1
        content = text.encode("utf-8", "replace")
        if content not in self._seen:
            self._seen.add(content)
            self.note(place, search(content))


_watches = [Watch()]


def present() -> Watch:
    """Return the watch that is told: the run's, or a test's own."""
    return _watches[-1]


@contextmanager
def apart() -> Iterator[Watch]:
    """Tell a watch of its own meanwhile: this test plants personal data on purpose."""
    _watches.append(Watch())
    try:
        yield _watches[-1]
    finally:
        _watches.pop()


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        present().look("log lines", logging.Formatter().format(record))


def _note_event(_logger: object, level: str, event: EventDict) -> EventDict:
    """Look through an event as it would be written, whatever the level at which this run writes."""
    present().look("log lines", json.dumps(event, ensure_ascii=False, default=str))
    return event


def _only_warnings(_logger: object, level: str, event: EventDict) -> EventDict:
    if level in {"debug", "info"}:
        raise structlog.DropEvent
    return event


def _listen_to_logs() -> None:
    """Let every configuration tell of its events down to "info", and write no more than before."""
    configure = structlog.configure
    at_info = structlog.make_filtering_bound_logger(logging.INFO)

    def configured(processors: list[Any], wrapper_class: type, **rest: Any) -> None:
        *first, renderer = processors
        quiet = [] if wrapper_class is at_info else [_only_warnings]
        all_ = [*first, _note_event, *quiet, renderer]
        configure(processors=all_, wrapper_class=at_info, **rest)

    structlog.configure = configured
    logging.getLogger().addHandler(_Handler())


def _listen_to_requests() -> None:
    """Look through the addresses that test clients and browsers ask for, and where they are sent."""
    answer = Flask.__call__

    def answered(app: Flask, environ: dict[str, Any], start_response: Any) -> Any:
        watch = present()
        path = environ["PATH_INFO"].encode("latin1").decode("utf-8", "replace")
        by_hand = "SERVER_SOFTWARE" not in environ
        watch.address(f"{path}?{environ.get('QUERY_STRING', '')}", by_hand=by_hand)
        if referrer := environ.get("HTTP_REFERER"):
            watch.address(referrer, by_hand=by_hand)
        if "certflow" in app.extensions:
            watch.folders.add(app.extensions["certflow"].data_dir)

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            for name, value in headers:
                if name == "Location":
                    watch.address(value, by_hand=by_hand)
            return start_response(status, headers, *rest)

        return answer(app, environ, started)

    Flask.__call__ = answered  # type: ignore[method-assign]


def _listen_to_queues() -> None:
    """Look through the effects that are queued, and through whatever is sent to Redis."""
    insert, send = outbox._INSERT.run, AbstractConnection.send_packed_command

    def inserted(session: Any, *rows: Mapping[str, Any]) -> Any:
        for row in rows:
            present().look("queued effects", f"{row['dedupe_key']} {row['payload']}")
        return insert(session, *rows)

    def sent(connection: Any, command: Any, *rest: Any, **options: Any) -> Any:
        parts = [command] if isinstance(command, (bytes, str)) else list(command)
        told = b"".join(one.encode() if isinstance(one, str) else bytes(one) for one in parts)
        present().look("messages to Redis", told.decode("utf-8", "replace"))
        return send(connection, parts, *rest, **options)

    outbox._INSERT.run = inserted  # type: ignore[method-assign]
    AbstractConnection.send_packed_command = sent


def pytest_configure() -> None:
    """Listen before any application is made."""
    _listen_to_logs()
    _listen_to_requests()
    _listen_to_queues()


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let temporary files of this run be made where nobody else makes any, and look what is left."""
    before, folder = tempfile.tempdir, tmp_path_factory.mktemp("temporary")
    tempfile.tempdir = str(folder)
    yield
    tempfile.tempdir = before
    watch = present()
    watch.test = "after the run"
    for kept in {folder, *watch.folders}:
        for path in sorted(kept.rglob("*")):
            if path.is_file() and not LAID_DOWN & set(path.relative_to(kept).parts):
                watch.file(path)


def pytest_runtest_logstart(nodeid: str) -> None:
    """Remember which test runs."""
    present().test = nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what one of several processes saw."""
    told = getattr(node, "workeroutput", {}).get("leaks")
    if told:
        present().looked.update(told["looked"])
        present().found += told["found"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was seen; let a run in which something was found fail."""
    watch = present()
    if hasattr(session.config, "workeroutput"):
        told = {"looked": dict(watch.looked), "found": watch.found}
        session.config.workeroutput["leaks"] = told
    elif watch.found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how much was looked through and what was found."""
    watch = present()
    looked = ", ".join(f"{number} {place}" for place, number in watch.looked.items())
    terminalreporter.write_line(f"personal data: {looked}: {len(watch.found)} found")
    for line in watch.found[:30]:
        terminalreporter.write_line(f"  {line}", red=True)
