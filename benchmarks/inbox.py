"""How fast the inbox page opens when there are very many open tasks.

    python -m benchmarks.inbox [--quick]

Three PostgreSQL databases' worth of open tasks, one after the other, in one database: 1,000,
100,000 and 1,000,000, each with a case of its own (four to a case in a quick run). A reviewer
who is signed in opens the page over HTTP: the group's tasks, everybody's, the own, with
filters, by name, and second pages. The last line is JSON.
"""

import argparse
import json
import re
import tempfile
import time
from html import unescape
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import text

from benchmarks import setting
from benchmarks.serving import percentile, server, settings
from certflow.accounts.sign_in import sign_in
from certflow.app import create_app
from certflow.core import clock
from certflow.core.db import db, transaction
from certflow.demo.people import PASSWORD, Town
from certflow.web.edge import COOKIE

SIZES = (1_000, 100_000, 1_000_000)
REVIEWER = "gu.nanqiao"
WARM = 8
PAGES = {
    "group": "/office/inbox?view=group",
    "all": "/office/inbox?view=all",
    "mine": "/office/inbox?view=mine",
    "stage": "/office/inbox?view=group&service=registration&element=conclude",
    "overdue": "/office/inbox?view=group&due=overdue",
    "soon": "/office/inbox?view=all&due=soon",
    "name": "/office/inbox?view=all&q=%E6%9E%97%E7%9F%A5%E5%A4%8F",
    "unknown name": "/office/inbox?view=all&q=%E6%97%A0%E6%AD%A4%E4%BA%BA",
    "number": "/office/inbox?view=all&q=20000000000100",
}
NEXT = re.compile(r'href="([^"]*after=[^"]*)"')

CASES = """
INSERT INTO case_file (id, number, service, version_id, title, summary, state, stages, visited,
  applicant_id, organisation_id, version, run, audit_seq, audit_head, created_at, updated_at,
  submitted_at)
SELECT n, to_char(20000000000000 + n, 'FM00000000000000'), 'registration',
  (SELECT max(id) FROM process_version),
  '{"zh": "QMS审核员注册，初次实习", "en": "QMS auditor: first registration"}', '{}', 'open',
  '["accept"]', '["choose", "apply", "pre_review"]', people.ids[1 + n % cardinality(people.ids)],
  people.bodies[1 + n % cardinality(people.bodies)], 5, '', 9, '', now(), now(), now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n,
  (SELECT (SELECT array_agg(user_id ORDER BY user_id) FROM person) AS ids,
    (SELECT array_agg(id ORDER BY id) FROM organisation) AS bodies) AS people
"""

# Of twenty tasks eleven are the group's, three claimed by one of its people (one of them, in
# every hundred, by ours), the others wait elsewhere. One in ten is overdue.
TASKS = """
INSERT INTO human_task (case_id, engine_id, element, name, form, service, role, pool, assignee_id,
  state, outcome, deadline_key, blind, opened_at, opened_in, due_at, sort_at)
SELECT 1 + (n - 1) / :each, 'e' || n, place.element, '{"zh": "受理", "en": "Accept"}',
  place.element, 'registration', place.role,
  place.role || CASE WHEN place.role = 'body_staff' THEN '@1' ELSE '' END,
  CASE WHEN n % 20 IN (11, 12) THEN :colleague WHEN n % 20 = 13 AND n % 100 = 13 THEN :me END,
  'open', '', 'evaluation', false, now(), 5, place.due, place.due
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n,
  LATERAL (SELECT
    CASE WHEN n % 20 > 16 THEN 'body_staff' WHEN n % 20 > 13 THEN 'approver' ELSE 'reviewer' END
      AS role,
    CASE WHEN n % 20 > 16 THEN 'pre_review' WHEN n % 20 > 13 THEN 'approve'
      WHEN n % 3 = 0 THEN 'accept' WHEN n % 3 = 1 THEN 'assign_experts' ELSE 'conclude' END
      AS element,
    now() + make_interval(days => (n % 60000 * 7919) % 60 - 6, secs => n % 86400) AS due) AS place
"""


def people() -> tuple[Town, str]:
    """Make the town; sign the reviewer in."""
    town = setting.settle()
    with transaction() as session:
        found = sign_in(session, REVIEWER, PASSWORD, clock.now(), "127.0.0.1")
        if found is None:
            raise SystemExit(f"{REVIEWER} cannot sign in")
        return town, found.token


def grow(town: Town, first: int, last: int, each: int) -> None:
    """Add open tasks numbered `first` to `last`, `each` to a case; indexes are made afterwards."""
    detail = {"colleague": town.staff["approver"].user_id, "me": town.staff["reviewer"].user_id}
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        indexes = connection.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN "
                "('case_file', 'human_task') AND indexdef NOT LIKE 'CREATE UNIQUE%'"
            )
        ).all()
        for name, _ in indexes:
            connection.execute(text(f'DROP INDEX "{name}"'))
        cases = {"first": 1 + (first - 1) // each, "last": 1 + (last - 1) // each}
        connection.execute(text(CASES), cases)
        connection.execute(text(TASKS), {**detail, "first": first, "last": last, "each": each})
        for _, definition in indexes:
            connection.exec_driver_sql(definition)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE case_file, human_task"))


def measure(port: int, token: str, times: int) -> dict[str, list[float]]:
    """Open each page so many times; return the milliseconds by page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    pages = dict(PAGES)
    for name in ("group", "all"):
        found = NEXT.search(_open(connection, token, PAGES[name])[1])
        if found is None:
            raise SystemExit(f"The page {PAGES[name]} has no next page.")
        pages[f"{name}, second page"] = unescape(found[1])
    for _ in range(WARM):
        for path in pages.values():
            _open(connection, token, path)
    return {
        name: [_open(connection, token, path)[0] for _ in range(times)]
        for name, path in pages.items()
    }


def _open(connection: HTTPConnection, token: str, path: str) -> tuple[float, str]:
    begin = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": f"{COOKIE}={token}"})
    answer = connection.getresponse()
    page = answer.read().decode()
    spent = (time.perf_counter() - begin) * 1000
    if answer.status != 200:
        raise SystemExit(f"{path}: HTTP {answer.status}")
    return spent, page


def main() -> None:
    """Grow, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    quick = arguments.parse_args().quick
    result: dict[str, dict[str, float]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        setting.postgresql("certflow_bench_inbox") as url,
    ):
        app = create_app(settings(url, Path(folder)))
        with app.app_context():
            town, token = people()
            with server(url, Path(folder)) as serving:
                there = 0
                for size in SIZES:
                    grow(town, there + 1, size, each=4 if quick else 1)
                    there = size
                    before = serving.cpu()
                    spent = measure(serving.port, token, times=10 if quick else 40)
                    result[str(size)] = report(size, spent)
                    pages = sum(WARM + len(values) for values in spent.values())
                    print(f"  {(serving.cpu() - before) / pages:.1f} ms of the server's CPU a page")
            db.session.remove()
            db.engine.dispose()
    print(json.dumps(result))


def report(size: int, spent: dict[str, list[float]]) -> dict[str, float]:
    """Print each page's figures; return those of all together."""
    print(f"{size:,} open tasks")
    for name, values in spent.items():
        middle, slow = percentile(values, 0.5), percentile(values, 0.95)
        print(f"  {name:<20} p50 {middle:6.1f} ms   p95 {slow:6.1f} ms")
    everything = [value for values in spent.values() for value in values]
    return {
        "p50_ms": round(percentile(everything, 0.5), 1),
        "p95_ms": round(percentile(everything, 0.95), 1),
    }


if __name__ == "__main__":
    main()
