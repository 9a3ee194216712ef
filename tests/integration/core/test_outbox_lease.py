"""A lease that ran out: another relay has the effect, the first one leaves it alone."""

from sqlalchemy import text

from certflow.core import clock
from certflow.core.db import Session, transaction
from certflow.core.outbox import LEASE, enqueue, handler, relay


def test_an_effect_whose_lease_ran_out_on_the_way_is_left_to_the_next_relay(
    session: Session,
) -> None:
    done: list[str] = []

    @handler("test_slow")
    def slow(_session: Session, payload: dict[str, object]) -> None:
        done.append(str(payload["dedupe_key"]))
        if payload["dedupe_key"] == "first":
            clock.move(LEASE)

    clock.freeze(clock.now())
    for key in ("first", "second"):
        enqueue(session, "test_slow", key, {})
    session.commit()
    assert relay() == 2
    assert done == ["first"]
    clock.move(LEASE)
    assert relay() == 1
    assert done == ["first", "second"]


def test_an_effect_that_another_relay_has_taken_over_is_not_repeated(session: Session) -> None:
    done: list[str] = []

    @handler("test_taken")
    def taken(_session: Session, payload: dict[str, object]) -> None:
        done.append(str(payload["dedupe_key"]))
        if len(done) == 1:
            _session.execute(text("UPDATE outbox_item SET state = 'done' WHERE dedupe_key = 'two'"))

    for key in ("one", "two"):
        enqueue(session, "test_taken", key, {})
    session.commit()
    relay()
    assert done == ["one"]
    with transaction() as reading:
        assert not reading.scalar(text("SELECT count(*) FROM outbox_item WHERE state = 'new'"))
