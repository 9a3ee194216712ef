"""The watch over the whole run sees what is planted, wherever it is planted (J1; the control)."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from redis.connection import Connection

from certflow.core.db import db, transaction
from certflow.core.outbox import enqueue
from factories import leaks
from factories.house import House
from factories.people import resident_number

DOCUMENT, PHONE, MAIL, NAME = resident_number(7), "13800000007", "lin@example.org", "林知远"
PLANTED = (DOCUMENT, PHONE, MAIL, NAME)


@pytest.fixture
def watch():
    with leaks.apart() as own:
        yield own


@pytest.mark.parametrize("planted", PLANTED)
def test_it_sees_a_log_line_of_the_platform_and_of_a_library(
    house: House, watch: leaks.Watch, planted: str
) -> None:
    structlog.get_logger().info("control", case=planted)
    logging.getLogger("library").warning("no such person: %s", planted)
    assert len(watch.found) == 2


def test_it_sees_the_text_of_an_error(house: House, watch: leaks.Watch) -> None:
    structlog.get_logger().error("request.failed", exc_info=LookupError(PHONE))
    assert PHONE in watch.found[0]


@pytest.mark.parametrize("planted", PLANTED)
def test_it_sees_an_address_and_what_an_address_leads_to(
    house: House, watch: leaks.Watch, planted: str
) -> None:
    client = house.client("reviewer")
    client.get(f"/verify/{planted}")
    assert len(watch.found) == 1
    client.get("/office/people", query_string={"name": planted})
    client.get("/verify", headers={"Referer": f"http://localhost/?next=%2F%3Fof%3D{planted}"})
    assert len(watch.found) == 3


@pytest.mark.parametrize("planted", PLANTED)
def test_it_sees_a_queued_effect(house: House, watch: leaks.Watch, planted: str) -> None:
    with house.app.app_context():
        with pytest.raises(ZeroDivisionError), transaction() as session:
            enqueue(session, "control", "control/1", {"person": planted})
            raise ZeroDivisionError
        db.session.remove()
    assert len(watch.found) == 1


def test_it_sees_a_message_to_redis(watch: leaks.Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection()
    monkeypatch.setattr(connection, "_sock", SimpleNamespace(sendall=lambda _content: None))
    connection.send_packed_command(connection.pack_command("SET", "a", PHONE), check_health=False)
    assert f": {PHONE} in messages to Redis" in watch.found
    monkeypatch.undo()


@pytest.mark.parametrize("planted", PLANTED)
def test_it_sees_a_file(watch: leaks.Watch, tmp_path: Path, planted: str) -> None:
    (tmp_path / "left").write_bytes(b"abc" + planted.encode() + b"9")
    watch.file(tmp_path / "left")
    assert len(watch.found) == 1


def test_it_takes_no_other_number_for_a_person() -> None:
    plain = (
        "case 20260000000012 order 138000000071234 at 2026-11-20T01:00:00.138000 999999199003070000"
    )
    assert leaks.numbers(plain.encode()) == []


def test_a_run_in_which_something_was_found_fails(watch: leaks.Watch) -> None:
    session = SimpleNamespace(config=SimpleNamespace(), exitstatus=pytest.ExitCode.OK)
    leaks.pytest_sessionfinish(session)
    assert session.exitstatus == pytest.ExitCode.OK
    watch.note("a place", ["a name"])
    leaks.pytest_sessionfinish(session)
    assert session.exitstatus == pytest.ExitCode.TESTS_FAILED


def test_what_each_process_saw_is_added_up(watch: leaks.Watch) -> None:
    for _process in range(2):
        with leaks.apart() as theirs:
            theirs.look("log lines", PHONE)
            config = SimpleNamespace(workeroutput={})
            leaks.pytest_sessionfinish(SimpleNamespace(config=config))
        leaks.pytest_testnodedown(SimpleNamespace(workeroutput=config.workeroutput))
    assert (watch.looked["log lines"], len(watch.found)) == (2, 2)
