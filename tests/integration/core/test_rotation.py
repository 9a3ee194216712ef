"""Keys are rotated in pieces, on both databases; the trail is sealed and proved (J4, J7)."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from certflow.accounts import queries
from certflow.accounts.models import Person, User
from certflow.cases import proving
from certflow.core import audit, audit_seals, rotation
from certflow.core import settings as settings_
from certflow.core.actor import SYSTEM
from certflow.core.crypto import DecryptionError, key_of
from certflow.core.db import Session, db, transaction
from factories import people

NEW = b"another key of thirty-two bytes!"


@pytest.fixture
def crowd(app, monkeypatch):
    """Seven people under the old key; the new one is in the settings."""
    with app.app_context():
        with transaction() as session:
            for number in range(7):
                made = people.user(session, f"somebody{number}")
                people.person(session, number, made.id).household = "示例市"
        both = {**settings_.current().encryption_keys, "t2": NEW}
        changed = replace(settings_.current(), encryption_keys=both)
        monkeypatch.setattr(settings_._Current, "settings", changed)
        yield changed
        db.session.remove()


def only_new(monkeypatch, changed):
    monkeypatch.setattr(
        settings_._Current, "settings", replace(changed, encryption_keys={"t2": NEW})
    )


def test_all_is_under_the_new_key_afterwards(crowd, monkeypatch):
    pieces = list(rotation.rotate(batch=3))
    assert {one.rows for one in pieces if one.table == "person"} == {3, 1}
    assert sum(one.unreadable for one in pieces) == 0
    assert set(rotation.standing(db.session())) == {"t2"}
    only_new(monkeypatch, crowd)
    with transaction() as session:
        assert {one.household for one in session.query(Person)} == {"示例市"}
        assert session.query(User).filter_by(login_name="somebody3").one().email


def test_a_rotation_that_was_stopped_goes_on_and_a_third_does_nothing(crowd):
    next(rotation.rotate(batch=3))
    assert set(rotation.standing(db.session())) == {"t1", "t2"}
    db.session.rollback()
    assert list(rotation.rotate())
    assert list(rotation.rotate()) == []


def test_without_a_rotation_the_old_key_is_still_needed(crowd, monkeypatch):
    only_new(monkeypatch, crowd)
    with transaction() as session, pytest.raises(DecryptionError):
        session.query(Person).first()


def test_an_account_is_found_by_its_address_whatever_the_key(crowd):
    list(rotation.rotate())
    with transaction() as session:
        assert queries.find_user(session, "Somebody3@Example.org").login_name == "somebody3"


def test_an_address_that_is_taken_away_is_found_no_more(crowd):
    with transaction() as session:
        queries.find_user(session, "somebody3@example.org").email = None
    with transaction() as session:
        assert queries.find_user(session, "somebody3@example.org") is None


def test_what_is_written_now_names_the_newest_key(crowd):
    with transaction() as session:
        session.query(Person).first().household = "新址"
    with transaction() as session:
        rows = session.execute(text("SELECT household FROM person")).scalars()
        assert sorted({key_of(bytes(one)) for one in rows}) == ["t1", "t2"]


def trail(session: Session) -> None:
    for action in ("first", "second", "third", "fourth"):
        audit.record(session, action, SYSTEM, subject="user/1")


def test_a_tail_cut_with_its_end_is_seen_by_the_seal(app):
    audit_path = app.extensions["certflow"].data_dir / "audit-seals.jsonl"
    audit_path.unlink(missing_ok=True)
    with app.app_context():
        with transaction() as session:
            trail(session)
        assert audit_seals.seal(db.session()) == 1
        assert list(proving.broken_chains(db.session())) == []
        with transaction() as session:
            session.execute(text("DELETE FROM audit_event WHERE seq > 2"))
            kept = session.scalar(text("SELECT digest FROM audit_event WHERE seq = 2"))
            ended = text("UPDATE audit_chain SET audit_seq = 2, audit_head = :digest")
            session.execute(ended, {"digest": kept})
        assert audit.verify(db.session(), "user/1", kept) == []
        assert [one.what for one in proving.broken_chains(db.session())] == ["seal"]
        audit_path.unlink()
        assert list(proving.broken_chains(db.session())) == []
        db.session.remove()
