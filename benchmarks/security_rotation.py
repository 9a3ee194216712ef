"""Rotates the encryption key while people write, is stopped and goes on; then reads everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from sqlalchemy import select

from certflow.accounts.models import Person
from certflow.core import rotation
from certflow.core import settings as settings_
from certflow.core.crypto import DecryptionError, decrypt
from certflow.core.db import db, transaction
from factories.house import House
from factories.probing.tally import Tally

NEW = {"t2": b"a new key of 32 bytes: 0123456789"[:32]}


@contextmanager
def keys(ring: dict[str, bytes]) -> Iterator[None]:
    """Let this process have other keys."""
    before = settings_.current()
    settings_.install(replace(before, encryption_keys=ring))
    try:
        yield
    finally:
        settings_.install(before)


def rotated(house: House, pieces: int) -> Tally:
    """Rotate with the old key still written by a process that was not restarted; count what is lost."""
    old = dict(settings_.current().encryption_keys)
    both, other_way = {**old, **NEW}, {**NEW, **old}
    found = Tally()
    with house.app.app_context():
        with keys(both):
            before = read_all()
            for number, _piece in enumerate(islice(rotation.rotate(20), pieces)):
                with keys(other_way):  # a process that still encrypts with the old key
                    moved = _write(number)
                before[moved[0]] = moved[1]
            list(rotation.rotate(50))  # stopped above, goes on here
            list(rotation.rotate(50))  # what the old process wrote behind its back
            left = rotation.standing(db.session())
            found.note(f"still under {left}", right=set(left) == set(NEW))
        with keys(NEW):
            after = read_all()
        for place, value in before.items():
            found.note(f"{place} is lost", right=after.get(place) == value)
        with keys({**NEW, **old}):
            list(rotation.rotate())  # back, for whoever comes after
        db.session.remove()
    return found


def read_all() -> dict[tuple[str, ...], bytes | None]:
    """Return every encrypted value in the clear, by its place; None for one that no key reads."""
    found: dict[tuple[str, ...], bytes | None] = {}
    for sealed in rotation.sealed_tables():
        for row in db.session.execute(select(sealed.source)).mappings():
            key = ",".join(str(row[one.name]) for one in sealed.keys)
            for name, context in sealed.contexts.items():
                if row[name] is not None:
                    found[sealed.source.name, key, name] = _plain(row[name], context)
    db.session.rollback()
    return found


def _plain(stored: bytes, context: str) -> bytes | None:
    try:
        return decrypt(stored, context)
    except DecryptionError:
        return None


def _write(number: int) -> tuple[tuple[str, ...], bytes]:
    """Let somebody change their address meanwhile."""
    with transaction() as session:
        people = list(session.scalars(select(Person).order_by(Person.id)))
        person = people[number % len(people)]
        person.household = f"示例市 {number} 号"
        return ("person", str(person.id), "household"), person.household.encode()
