"""How many user actions a second the platform carries out, and how long each takes.

    python -m benchmarks.actions [--quick]

An action is the completion of a task through the JSON API: token, access, form, checks, engine,
audit, notices, outbox, idempotency key, one commit. Registrations are walked by their people
through nine actions each, by one client and by eight at once; gunicorn, PostgreSQL and clients
share this machine. Fees arrive between the two halves of a walk, unmeasured. The last line is
JSON.
"""

import argparse
import json
import tempfile
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import psycopg
from flask import Flask
from sqlalchemy import Engine, event, text

from benchmarks import setting
from benchmarks.serving import Send, Serving, cpu_of, over_http, percentile, server, settings
from certflow.accounts.tokens import issue_api_token
from certflow.app import create_app
from certflow.cases import operations
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session, db, transaction
from certflow.demo.story import Cast, Story

OPEN_TASKS = """
SELECT task.case_id, task.assignee_id, task.id, "case".version FROM human_task AS task
JOIN case_file AS "case" ON "case".id = task.case_id
WHERE task.case_id = ANY(%s) AND task.element = %s AND task.state = 'open'
"""
TOGETHER = 5
"""Cases that a client walks side by side: one look-up finds the next task of each."""


@dataclass(frozen=True)
class Action:
    """One request: whose token, at which element, the body but for the version seen."""

    element: str
    user_id: int
    token: str
    body: bytes


@dataclass(frozen=True)
class Walk:
    """One case and its actions, before and after the fee."""

    case_id: int
    before: Sequence[Action]
    after: Sequence[Action]
    cast: Cast


class Writer:
    """Writes down what the people of a case will send."""

    def __init__(self, session: Session, tokens: dict[int, str]) -> None:
        """Take the tokens made so far, by user."""
        self.session, self.tokens = session, tokens

    def walk(self, cast: Cast) -> Walk:
        """Begin a case and prepare every request of it."""
        case = operations.start_case(self.session, cast.applicant, "registration")
        experts = cast.experts[:2]

        def find(element: str) -> list[Any]:
            people = experts if element == "evaluate" else [None]
            return [
                SimpleNamespace(element=element, assignee_id=one and one.user_id) for one in people
            ]

        script = setting.Script(self.session, cast, find)
        script.choose().apply().pre_review()
        paid_after = len(script.commands)
        script.accept().assign().evaluate().conclude().approve()
        actions = [self._action(command) for command in script.commands]
        return Walk(case.id, actions[:paid_after], actions[paid_after:], cast)

    def _action(self, command: setting.Command) -> Action:
        body = orjson.dumps({"outcome": command.outcome, "data": command.answers})
        user_id = command.actor.user_id or 0
        return Action(command.task.element, user_id, self._token(command.actor), body)

    def _token(self, actor: Actor) -> str:
        user_id, at = actor.user_id or 0, clock.now()
        if user_id not in self.tokens:
            expires = at + timedelta(days=1)
            row, self.tokens[user_id] = issue_api_token(
                self.session, user_id, actor.role, ["cases:write"], at, expires_at=expires
            )
            row.used_at = at  # a token in use: that is noted once in five minutes
        return self.tokens[user_id]


class Client:
    """Sends actions one after the other and keeps their milliseconds."""

    def __init__(self, database_url: str, send: Send) -> None:
        """Take the database, only to look up which task to complete, and the way to send."""
        self.look_up = psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True)
        self.send, self.spent = send, list[float]()

    def walk(self, walks: Sequence[Walk], half: str) -> None:
        """Walk one half of a few cases side by side, action by action."""
        for actions in zip(*(getattr(walk, half) for walk in walks), strict=True):
            waiting = self._waiting(walks, actions[0].element)
            for walk, action in zip(walks, actions, strict=True):
                known = (walk.case_id, action.user_id), (walk.case_id, None)
                self.act(action, *next(waiting[one] for one in known if one in waiting))

    def act(self, action: Action, task_id: int, seen: int) -> None:
        """Complete a task that waits for this person."""
        headers = {
            "Authorization": f"Bearer {action.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        body = b'{"seen":%d,' % seen + action.body[1:]
        begin = time.perf_counter()
        status = self.send(f"/api/v1/tasks/{task_id}/complete", body, headers)
        self.spent.append((time.perf_counter() - begin) * 1000)
        if status != 200:
            raise SystemExit(f"{action.element}: HTTP {status}")

    def _waiting(
        self, walks: Sequence[Walk], element: str
    ) -> dict[tuple[int, int | None], tuple[int, int]]:
        """Return the open tasks of an element with the version seen, by case and assignee."""
        cases = [walk.case_id for walk in walks]
        rows = self.look_up.execute(OPEN_TASKS, (cases, element)).fetchall()
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def in_process(app: Flask) -> Send:
    """Return the way to send without a server, for counting statements."""
    client = app.test_client()
    return lambda path, body, headers: client.post(path, data=body, headers=headers).status_code


def together(clients: Sequence[Client], walks: Sequence[Walk], half: str) -> float:
    """Let clients walk one half of all cases; return the seconds it took."""
    waiting = deque(walks[n : n + TOGETHER] for n in range(0, len(walks), TOGETHER))

    def work(client: Client) -> None:
        while waiting:
            try:
                few = waiting.popleft()
            except IndexError:
                return
            client.walk(few, half)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def pay(walks: Sequence[Walk]) -> None:
    """Let the fees arrive."""
    for walk in walks:
        with transaction() as session:
            Story(session, walk.cast, case_id=walk.case_id).pay()
        db.session.remove()


def measure(clients: Sequence[Client], walks: Sequence[Walk]) -> dict[str, float]:
    """Walk cases with so many clients; return the figures."""
    seconds = together(clients, walks, "before")
    pay(walks)
    seconds += together(clients, walks, "after")
    spent = [value for client in clients for value in client.spent]
    if len(spent) != sum(len(walk.before) + len(walk.after) for walk in walks):
        raise SystemExit("Some actions failed; see above.")
    return {
        "per_second": round(len(spent) / seconds, 1),
        "p50_ms": round(percentile(spent, 0.5), 1),
        "p95_ms": round(percentile(spent, 0.95), 1),
    }


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the statements and commits of this process."""
    counts: Counter[str] = Counter()

    def statement(*_details: object) -> None:
        counts["sql"] += 1

    def commit(*_details: object) -> None:
        counts["commits"] += 1

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield counts
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)


def count(client: Client, walks: Sequence[Walk]) -> dict[str, float]:
    """Walk cases in this process; return statements and commits an action."""
    totals: Counter[str] = Counter()
    for half in ("before", "after"):
        with counted() as counts:
            together([client], walks, half)
        totals.update(counts)
        if half == "before":
            pay(walks)
    actions = len(client.spent)
    return {
        "sql_per_action": round(totals["sql"] / actions, 1),
        "commits_per_action": round(totals["commits"] / actions, 2),
    }


def cpu(serving: Serving) -> tuple[float, float, float]:
    """Return the CPU milliseconds used by the server, by PostgreSQL for us, by this process."""
    with db.engine.connect() as connection:
        query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        backends = list(connection.scalars(query))
    return serving.cpu(), cpu_of(backends), time.process_time() * 1000


def tell(
    number: int,
    walks: Sequence[Walk],
    figures: dict[str, float],
    before: Sequence[float],
    after: Sequence[float],
) -> None:
    """Print what so many clients got and what it cost, which a busy machine hurts less."""
    actions = sum(len(walk.before) + len(walk.after) for walk in walks)
    costs = [f"{(end - start) / actions:.1f}" for start, end in zip(before, after, strict=True)]
    print(f"{number} clients, {actions} actions: {figures}")
    print(f"  CPU ms an action: server {costs[0]}, PostgreSQL {costs[1]}, clients {costs[2]}")


def prepare(number: int) -> list[Walk]:
    """Make the town and begin so many cases."""
    town = setting.settle()
    with transaction() as session:
        writer = Writer(session, {})
        walks = [writer.walk(setting.cast_of(session, town, n)) for n in range(number)]
        session.execute(text("ANALYZE"))  # an installation's autovacuum has long done it
        return walks


def main() -> None:
    """Prepare, count, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    quick = arguments.parse_args().quick
    warm, alone, many = (40, 10, 80) if quick else (24, 60, 200)
    result: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        setting.postgresql("certflow_bench_actions") as url,
    ):
        app = create_app(settings(url, Path(folder)))
        with app.app_context():
            walks = prepare(3 + warm + alone + many)
            counts = count(Client(url, in_process(app)), walks[:3])
            with server(url, Path(folder)) as serving:

                def clients(number: int) -> list[Client]:
                    return [Client(url, over_http(serving.port)) for _ in range(number)]

                measure(clients(8), walks[3 : 3 + warm])
                for number, cases in ((1, walks[3 + warm :][:alone]), (8, walks[-many:])):
                    before = cpu(serving)
                    figures = measure(clients(number), cases)
                    result[f"clients_{number}"] = figures
                    tell(number, cases, figures, before, cpu(serving))
            db.session.remove()
            db.engine.dispose()
    print(json.dumps(result | counts))


if __name__ == "__main__":
    main()
