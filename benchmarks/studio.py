"""How fast the studio checks and publishes a process, moves running cases, replays finished ones.

    python -m benchmarks.studio [--quick]

One PostgreSQL database. The shipped registration process, the largest there is, is checked and
published again and again, each time with another word in it, so that nothing is remembered. Cases
are walked by the right people to every step at which they can wait; the rows of those are then
copied until 10,000 run (1,000 in a quick run). The new version renames one step, so that the
cases there need a mapping and are moved in a turn of their own; the others keep their places.
Finished cases are replayed against a changed draft, read and all. The last line is JSON.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select, text

from benchmarks import setting
from certflow.accounts.models import User
from certflow.app import create_app
from certflow.cases import versions
from certflow.cases.models import HumanTask
from certflow.core import outbox
from certflow.core.actor import Actor
from certflow.core.db import Session, db, transaction
from certflow.demo.people import Town
from certflow.demo.story import Story
from certflow.studio import checking, drafts, migrating, migration_preview, releasing, replaying
from certflow.studio.models import Migration, Replay

KEY = "registration"
RUNNING, FINISHED = 10_000, 400
STEPS = ("choose", "apply", "pre_review", "pay", "accept", "assign", "evaluate", "conclude")
Content = dict[str, Any]

COPIES = (
    """
    INSERT INTO case_file SELECT (jsonb_populate_record(one, jsonb_build_object(
      'id', one.id + :shift, 'number', NULL))).* FROM case_file AS one WHERE one.id = ANY(:ids)
    """,
    *(
        f"""
        INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object(
          'id', one.id + CAST(:shift AS bigint) * 100, 'case_id', one.case_id + :shift))).*
        FROM {table} AS one WHERE one.case_id = ANY(:ids)
        """
        for table in ("human_task", "due_timer", "deadline")
    ),
    """
    INSERT INTO form_answer SELECT (jsonb_populate_record(one, jsonb_build_object(
      'id', one.id + CAST(:shift AS bigint) * 100, 'case_id', one.case_id + :shift,
      'task_id', NULL))).* FROM form_answer AS one WHERE one.case_id = ANY(:ids)
    """,
)
"""A case's rows again under other ids; trails and payments are not needed to move a case."""


def walk(session: Session, town: Town, number: int, steps: int) -> Story:
    """Walk one registration so many steps."""
    story = Story(session, setting.cast_of(session, town, number)).begin()
    for step in STEPS[:steps]:
        getattr(story, step)()
    return story


def changed(edit: Callable[[Content], None]) -> Content:
    content = versions.read_folder(setting.ROOT, KEY)
    edit(content)
    return content


def renamed(content: Content) -> None:
    """Give the body's step another id: its cases need a mapping."""
    form = 'value="pre_review"'
    bpmn = content["bpmn"].replace(form, "FORM").replace(">pre_review<", ">first_look<")
    content["bpmn"] = bpmn.replace('"pre_review"', '"first_look"').replace("FORM", form)
    service = json.dumps(content["service"]).replace('"pre_review"', '"first_look"')
    content["service"] = json.loads(service)


def another(number: int) -> Callable[[Content], None]:
    def edit(content: Content) -> None:
        content["service"]["summary"] = {"zh": f"第 {number} 稿", "en": f"Draft {number}"}
        content["bpmn"] = content["bpmn"].replace(
            "</bpmn:process>", f"<!-- {number} --></bpmn:process>"
        )

    return edit


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def validate_ms(rounds: int) -> float:
    contents = [changed(another(number)) for number in range(rounds)]
    return 1000 * median(timed(lambda one=one: checking.check(KEY, one)) for one in contents)


def publish_ms(author: Actor, approver: Actor, rounds: int) -> float:
    """Ask, approve and publish: all that the server does for the three clicks."""
    return 1000 * median(_publish(author, approver, another(100 + n)) for n in range(rounds))


def _publish(author: Actor, approver: Actor, edit: Callable[[Content], None]) -> float:
    with transaction() as session:
        drafts.begin(session, author, KEY, changed(edit), None)
    began = time.perf_counter()
    with transaction() as session:
        release_id = releasing.ask(session, author, KEY, "benchmark", None).id
    with transaction() as session:
        releasing.approve(session, approver, release_id)
    with transaction() as session:
        releasing.publish(session, author, release_id)
    return time.perf_counter() - began


def populate(town: Town, running: int, finished: int) -> int:
    """Walk cases to every step, copy them until so many run; return how many finished."""
    with transaction() as session:
        waiting = [walk(session, town, n, n % len(STEPS)) for n in range(5 * len(STEPS))]
        ids = [one.case_id for one in waiting]
    for number in range(finished):
        with transaction() as session:
            walk(session, town, number % 60 + 60, len(STEPS)).approve()
    with db.engine.begin() as connection:
        for shift in range(1, running // len(ids)):
            values = {"shift": shift * 20_000, "ids": ids}
            for copy in COPIES:
                connection.execute(text(copy), values)
        connection.execute(text("ANALYZE"))
    return finished


def relayed(done: Callable[[Session], bool]) -> float:
    """Let the background work until something is done; return the seconds."""
    began = time.perf_counter()
    while True:
        outbox.relay(limit=1)
        with transaction() as session:
            if done(session):
                return time.perf_counter() - began


def moving(admin: Actor) -> dict[str, float]:
    """Look at the move of every case of earlier versions, then carry it out."""
    content = changed(renamed)
    with transaction() as session:
        session.execute(text("DELETE FROM outbox_item"))
        version = versions.publish(session, KEY, content, "renamed")
        number = version.number if version else 0
    mapping = {"pre_review": "first_look"}
    with transaction() as session:
        target = migration_preview.the_version(session, KEY, number)
        began = time.perf_counter()
        seen = migration_preview.preview(session, target, mapping)
        preview_s = time.perf_counter() - began
    with transaction() as session:
        target = migration_preview.the_version(session, KEY, number)
        migration_id = migrating.begin(session, admin, target, mapping, "benchmark").id
    spent = relayed(
        lambda session: session.get_one(Migration, migration_id).state == "finished",
    )
    with transaction() as session:
        counts = migrating.counts(session, session.get_one(Migration, migration_id))
        there = select(func.count()).where(HumanTask.element == "first_look")
        mapped = session.scalar(there.where(HumanTask.state == "open"))
    print(f"moved {counts}, {mapped} of them by the mapping, in {spent:.1f} s")
    return {
        "preview_s": preview_s * 10_000 / seen.total,
        "per_second": counts.get("moved", 0) / spent,
    }


def replaying_(author: Actor) -> float:
    """Run every finished case against a draft that asks for more."""

    def stricter(content: Content) -> None:
        another(999)(content)

    with transaction() as session:
        session.execute(text("DELETE FROM outbox_item"))
        open_ = drafts.open_draft(session, KEY)
        if open_ is None:
            drafts.begin(session, author, KEY, changed(stricter), None)
        replay_id = replaying.begin(session, author, KEY, 5_000).id
    spent = relayed(lambda session: session.get_one(Replay, replay_id).state == "finished")
    with transaction() as session:
        found = session.get_one(Replay, replay_id)
        print(f"replayed {found.total}, {found.same} alike, in {spent:.1f} s")
        return found.total / spent


def admins() -> tuple[Actor, Actor]:
    with transaction() as session:
        found = [
            session.query(User).filter_by(login_name=one).one()
            for one in ("pei.mingde", "tang.yusheng")
        ]
        first, second = (Actor(one.id, one.name, "process_admin") for one in found)
    allowed = frozenset({"edit", "approve", "publish", "migrate", "operate"})
    return replace(first, permissions=allowed), replace(second, permissions=allowed)


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    running, finished = (1_000, 40) if quick else (RUNNING, FINISHED)
    with (
        tempfile.TemporaryDirectory() as folder,
        setting.postgresql("certflow_bench_studio") as url,
    ):
        app = create_app(setting.quiet_settings(url, Path(folder)))
        with app.app_context():
            town = setting.settle()
            author, approver = admins()
            figures: dict[str, float] = {"validate_ms": validate_ms(3 if quick else 15)}
            print(f"checked in {figures['validate_ms']:.0f} ms", flush=True)
            populate(town, running, finished)
            print(f"{running} cases run, {finished} have finished", flush=True)
            figures["publish_ms"] = publish_ms(author, approver, 3 if quick else 10)
            moved = moving(approver)
            figures["preview_10000_s"] = moved["preview_s"]
            figures["migrate_per_second"] = moved["per_second"]
            figures["replay_per_second"] = replaying_(author)
            db.session.remove()
            db.engine.dispose()
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
