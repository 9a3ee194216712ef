"""Personal data: in no log, address, queue, file; readable while keys are changed (J1-J4; H13)."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from benchmarks import security_uploads
from benchmarks.security_rotation import NEW, keys, read_all, rotated
from benchmarks.security_uploads import NAMES, names

from certflow.core import production, rotation
from certflow.core import settings as settings_
from certflow.core.crypto import decrypt
from certflow.core.db import db, transaction
from certflow.core.limits import limiter
from certflow.core.outbox import enqueue
from factories.house import House
from factories.probing import planted, starting


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", False)


def test_planted_personal_data_turn_up_nowhere(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    found = planted.search(house, planted.run(house, 25))
    with capsys.disabled():
        print(f"\nplanted: {found.tried} looked for, {len(found.failed)} found")
    assert found.failed == []


def test_a_leak_in_every_place_would_be_seen(house: House) -> None:
    known, mark = next(one for one in planted.marks(house).items() if "bearer" in one[0])
    places = planted.Places(urls={f"/search?q={mark}"})
    with planted.listened(house, places):
        structlog.get_logger().error("control", case=mark)
    with house.app.app_context(), transaction() as session:
        enqueue(session, "control", "control/1", {"token": mark})
    folder: Path = house.app.extensions["certflow"].data_dir
    (folder / "left.tmp").write_text(mark)
    failed = planted.search(house, places).failed
    (folder / "left.tmp").unlink()
    seen = {
        place
        for place in ("log", "addresses", "queue", "left.tmp")
        if f"{known} in {place}" in failed
    }
    assert seen == {"log", "addresses", "queue", "left.tmp"}


def test_a_field_that_no_log_may_have_is_dropped(house: House) -> None:
    places = planted.Places()
    with planted.listened(house, places):
        structlog.get_logger().error("control", phone="13800000001")
    assert "control" in places.logs
    assert "13800000001" not in places.logs


def test_keys_are_rotated_while_people_write(house: House) -> None:
    found = rotated(house, 4)
    assert (found.failed, found.tried > 50) == ([], True)


def test_a_value_under_a_lost_key_would_be_seen(house: House) -> None:
    with house.app.app_context(), keys(dict(NEW)):
        values = read_all()
        counted = rotation.standing(db.session())
        db.session.remove()
    assert set(values.values()) == {None}
    assert set(counted) == {"t1"}


def test_a_value_that_no_key_reads_is_left_and_told_of(house: House) -> None:
    with house.app.app_context(), keys(dict(NEW)):
        pieces = list(rotation.rotate(50))
        db.session.remove()
    assert sum(one.unreadable for one in pieces) > 20
    with house.app.app_context():
        assert None not in read_all().values()
        db.session.remove()


def test_the_e_mail_address_stands_nowhere_in_the_clear(house: House) -> None:
    with house.app.app_context():
        rows = (
            db.session.connection()
            .exec_driver_sql(
                "SELECT email, email_sealed, email_index FROM user_account WHERE login_name = 'lin'"
            )
            .all()
        )
        db.session.remove()
    (row,) = rows
    assert row[0] is None
    assert decrypt(row[1], "user_account.email") == b"lin@example.org"
    assert "lin" not in row[2]


def test_production_starts_with_no_unsafe_setting(capsys: pytest.CaptureFixture[str]) -> None:
    found = starting.refusals()
    with capsys.disabled():
        print(f"\nstart: {found.tried} settings, {len(found.failed)} wrong")
    assert (found.failed, found.tried > 30) == ([], True)


def test_a_start_that_looks_at_nothing_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("weak", "debugging", "in_the_clear"):
        monkeypatch.setattr(production, name, lambda _env: "")
    assert len(starting.refusals().failed) > 15


def test_secrets_that_a_first_run_makes_are_good_enough_for_production(tmp_path: Path) -> None:
    made = settings_._local_secrets(tmp_path)
    drawn = {f"CERTFLOW_{name.upper()}": value for name, value in made.items()}
    assert starting.starts(starting.SAFE | drawn)


def test_a_name_that_is_kept_as_it_came_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        security_uploads, "screen", lambda _content, name: SimpleNamespace(name=name)
    )
    assert len(names().failed) > 30


def test_no_hostile_name_of_a_file_is_kept() -> None:
    found = names()
    assert (found.failed, found.tried) == ([], len(NAMES))
