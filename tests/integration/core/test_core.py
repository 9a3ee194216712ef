"""What core promises over a real database."""

import pytest
from sqlalchemy import text

from certflow.core import audit, clock
from certflow.core.actor import SYSTEM
from certflow.core.db import Session, transaction
from certflow.core.incidents import Incident, raise_incident, reason_of
from certflow.core.numbers import next_number
from certflow.core.outbox import LEASE, MOST_ATTEMPTS, OutboxItem, enqueue, handler, relay


def test_numbers_count_from_one_without_gaps(session: Session) -> None:
    assert [next_number(session, "case") for _ in range(3)] == [1, 2, 3]


def test_a_chain_that_nobody_touched_is_whole(session: Session) -> None:
    for name in ("first", "second", "third"):
        audit.record(session, name, SYSTEM, subject="user/1")
    session.flush()
    assert audit.verify(session, "user/1") == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_event SET action = 'other' WHERE seq = 2",
        "DELETE FROM audit_event WHERE seq = 2",
        "UPDATE audit_event SET seq = seq + 10 WHERE seq = 3",
    ],
)
def test_tampering_with_a_chain_is_seen(session: Session, tampering: str) -> None:
    for name in ("first", "second", "third"):
        audit.record(session, name, SYSTEM, subject="user/1")
    session.flush()
    session.execute(text(tampering))
    session.expire_all()
    assert audit.verify(session, "user/1")


def test_a_cut_off_tail_is_seen_with_the_head_kept_elsewhere(session: Session) -> None:
    audit.record(session, "first", SYSTEM, subject="user/1")
    head = audit.record(session, "second", SYSTEM, subject="user/1").digest
    session.flush()
    session.execute(text("DELETE FROM audit_event WHERE seq = 2"))
    session.expire_all()
    assert audit.verify(session, "user/1", head)


def test_an_effect_happens_after_the_commit(session: Session) -> None:
    seen: list[object] = []
    handler("test_ok")(lambda _session, payload: seen.append(payload["n"]))
    with transaction() as writing_session:
        enqueue(writing_session, "test_ok", "k1", {"n": 1})
    assert not seen
    assert relay() == 1
    assert seen == [1]
    assert relay() == 0


def test_an_effect_that_keeps_failing_becomes_an_incident(session: Session) -> None:
    def fail(_session: Session, _payload: dict[str, object]) -> None:
        raise OSError("no route")

    handler("test_fail")(fail)
    with transaction() as writing_session:
        enqueue(writing_session, "test_fail", "k2", {})
    for _ in range(5):
        with transaction() as writing_session:
            writing_session.execute(text("UPDATE outbox_item SET next_try_at = created_at"))
        relay()
    item = session.query(OutboxItem).one()
    assert (item.state, item.attempts) == ("failed", 5)
    assert session.query(Incident).one().kind == "outbox.test_fail"


def test_the_same_failure_twice_is_one_incident(session: Session) -> None:
    raise_incident(session, "case.step", "a", subject="case/1")
    raise_incident(session, "case.step", "b", subject="case/1")
    assert session.query(Incident).one().times == 2


def test_a_transaction_that_raises_leaves_nothing(session: Session) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as writing_session:
        next_number(writing_session, "case")
        raise ZeroDivisionError
    assert next_number(session, "case") == 1


def test_what_needs_the_network_runs_outside_every_transaction(session: Session) -> None:
    seen: list[bool] = []
    handler("test_send")(lambda _session, _payload: lambda: seen.append(in_a_transaction()))
    with transaction() as writing_session:
        enqueue(writing_session, "test_send", "k3", {})
    relay()
    assert seen == [False]
    assert session.query(OutboxItem).one().state == "done"


def in_a_transaction() -> bool:
    from certflow.core.db import db

    return db.session().in_transaction()


def test_an_effect_that_kills_the_process_is_given_up_and_shown(session: Session) -> None:
    def die(_session: Session, _payload: dict[str, object]) -> None:
        raise KeyboardInterrupt

    handler("test_die")(die)
    with transaction() as writing_session:
        enqueue(writing_session, "test_die", "k4", {})
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            relay()
        clock.move(LEASE * 2)
    relay()
    assert session.query(OutboxItem).one().state == "failed"
    assert session.query(Incident).one().kind == "outbox.test_die"


def test_an_incident_does_not_quote_what_a_library_says(session: Session) -> None:
    assert reason_of(OSError("no such mailbox lin@example.org")) == "OSError"
