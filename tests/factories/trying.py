"""Processes to try out: shipped content, and the way a piece of feedback goes."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from certflow.cases import versions
from certflow.cases.models import HumanTask
from certflow.core.db import Model, Session
from certflow.studio.filling import filled
from certflow.studio.performing import kept
from certflow.studio.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
MATTER = {
    "kind": "fault",
    "place": "人员注册申请",
    "matter": "上传学历证书后页面一直转圈，没有结果。",
}
START: dict[str, Any] = {"do": "start", "as": "newcomer"}
FILE: dict[str, Any] = {"do": "task", "element": "file", "outcome": "submit", "data": MATTER}
TIMER: dict[str, Any] = {"do": "wait", "until": "timer"}


@cache
def shipped() -> dict[str, Any]:
    """Return every shipped process's content by key."""
    keys = sorted(path.parent.name for path in (ROOT / "bpmn").glob("*/service.json"))
    return {key: versions.read_folder(ROOT, key) for key in keys}


def said(element: str, outcome: str, words: str = "请说明用的什么浏览器。") -> dict[str, Any]:
    """An opinion with an outcome."""
    return {"do": "task", "element": element, "outcome": outcome, "data": {"opinion": words}}


def walk_to_its_end(box: Sandbox, who: str, *, full: bool) -> None:
    """Let somebody start a service and everybody do what is theirs with made-up answers."""
    box.do({"do": "start", "as": who})
    for _ in range(15):
        task = next(iter(box.open_tasks()), None)
        box.do(made_up(box, task, full=full) if task else {"do": "pay"})
        if box.the_case.state == "closed":
            return


def made_up(box: Sandbox, task: HumanTask, *, full: bool) -> dict[str, Any]:
    """The move with which whoever has a task does it with made-up answers."""
    actor, outcome = box.performer(task), box.loaded.forms[task.form].outcomes[0].key
    with box.inside() as session:
        answer = filled(session, actor, task.id, outcome, full=full)
        assert answer.errors == {}, (task.element, answer)
        return {"do": "task", **kept(session, actor, task.id, answer.data), "outcome": outcome}


def digest(session: Session, *, without: frozenset[str] = frozenset()) -> str:
    """Return a fingerprint of everything that is stored in the platform's database."""
    found = hashlib.sha256()
    for table in Model.metadata.sorted_tables:
        if table.name not in without:
            rows = sorted(repr(tuple(row)) for row in session.execute(select(table)))
            found.update(f"{table.name}{rows}".encode())
    return found.hexdigest()
