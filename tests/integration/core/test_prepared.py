"""Prepared statements behave as SQLAlchemy's own: types, defaults, errors, the transaction."""

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from certflow.core import clock
from certflow.core.audit import AuditChain
from certflow.core.db import table_of
from certflow.core.outbox import OutboxItem
from certflow.core.prepared import Prepared, write_changes

ITEMS, CHAINS = table_of(OutboxItem), table_of(AuditChain)
WRITE = Prepared(insert(ITEMS).returning(ITEMS.c.id))
READ = Prepared(select(ITEMS.c.payload, ITEMS.c.next_try_at).where(ITEMS.c.id == bindparam("item")))


def item(key: str) -> dict:
    at = clock.now()
    times = {"next_try_at": at, "created_at": at}
    return {
        "kind": "k",
        "dedupe_key": key,
        "payload": {"é": [1]},
        "state": "new",
        "attempts": 0,
    } | times


def test_what_is_written_reads_the_same(session) -> None:
    row = item("a")
    [(item_id,)] = WRITE.run(session, row)
    assert [tuple(one) for one in READ.run(session, {"item": item_id})] == [
        (row["payload"], row["next_try_at"])
    ]


def test_several_rows_come_back_in_their_order(session) -> None:
    ids = [one[0] for one in WRITE.run(session, item("a"), item("b"), item("c"))]
    keys = [session.get(OutboxItem, one).dedupe_key for one in ids]
    assert keys == ["a", "b", "c"]


def test_several_rows_are_written_by_a_statement_that_returns_nothing(session) -> None:
    Prepared(insert(CHAINS)).run(session, *[chain("a"), chain("b")])
    assert session.get(AuditChain, "b").audit_seq == 0


def test_an_error_is_sqlalchemys_and_the_edge_rolls_it_back(session) -> None:
    WRITE.run(session, item("a"))
    with pytest.raises(IntegrityError), session.begin_nested():
        WRITE.run(session, item("a"))
    assert len(session.scalars(select(OutboxItem.id)).all()) == 1


def test_changes_are_written_once(session) -> None:
    session.execute(insert(CHAINS), chain("a"))
    row = session.get(AuditChain, "a")
    row.audit_seq = 7
    write = Prepared(update(CHAINS).where(CHAINS.c.chain_key == bindparam("row_id")))
    write_changes(session, row, write)
    assert row not in session.dirty
    assert session.scalar(select(CHAINS.c.audit_seq)) == 7


def chain(key: str) -> dict:
    return {"chain_key": key, "audit_seq": 0, "audit_head": ""}
