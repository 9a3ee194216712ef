"""Full numbers of a person: with a reason, on record, so many a day (G8)."""

import pytest

from certflow.accounts import revealing
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.errors import Forbidden, Invalid, NotFound, TooMany
from factories import people
from factories.people import NINE, resident_number

WHY = "核对准考证上的证件号码"


@pytest.fixture
def person(session):
    return people.person(session, 1)


@pytest.fixture
def reviewer(session):
    return Actor(people.user(session, "gu.nanqiao", "reviewer").id, "顾", "reviewer")


def test_with_a_reason_the_numbers_are_shown_and_written_down(session, person, reviewer):
    shown = revealing.reveal(session, reviewer, person.id, WHY, NINE)
    assert shown == (resident_number(1), "13800000001")
    session.flush()
    (event,) = audit.events(session, f"person/{person.id}")[-1:]
    assert (event.action, event.actor_id, event.reason) == (
        "person.revealed",
        reviewer.user_id,
        WHY,
    )
    assert resident_number(1) not in str(event.after)


@pytest.mark.parametrize("reason", ["", "  ", "看看"])
def test_without_a_reason_nothing_is_shown(session, person, reviewer, reason):
    with pytest.raises(Invalid) as refused:
        revealing.reveal(session, reviewer, person.id, reason, NINE)
    assert set(refused.value.fields) == {"reason"}


@pytest.mark.parametrize("role", ["regulator", "expert", "body_admin", "process_admin", "finance"])
def test_other_roles_see_nothing(session, person, reviewer, role):
    with pytest.raises(Forbidden):
        revealing.reveal(session, Actor(reviewer.user_id, "", role), person.id, WHY, NINE)


def test_nobody_reads_the_register_that_way(session, person, reviewer, monkeypatch):
    monkeypatch.setattr(revealing, "PER_DAY", 2)
    clock.freeze(NINE)
    for _ in range(2):
        revealing.reveal(session, reviewer, person.id, WHY, NINE)
        session.flush()
    with pytest.raises(TooMany):
        revealing.reveal(session, reviewer, person.id, WHY, NINE)


def test_a_person_who_is_not_there_is_not_found(session, reviewer):
    with pytest.raises(NotFound):
        revealing.reveal(session, reviewer, 999, WHY, NINE)
