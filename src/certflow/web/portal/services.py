"""The service catalogue: find a service, start it, go on with a draft (catalogue B1, B3)."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.cases import operations, queries, versions
from certflow.cases.mine import my_cases
from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.text import Text
from certflow.web.portal.blueprint import APPLICANT, blueprint
from certflow.web.portal.rows import CaseRow, rows_of


@blueprint.get("/services")
@allow(APPLICANT)
def services() -> Any:
    """List the services by category; `q` narrows by words in either language."""
    session, actor = db.session(), current_actor()
    everything = offered(session, actor)
    wanted, category = request.args.get("q", "").strip(), request.args.get("category", "")
    found = [one for one in everything if matches(one, wanted)]
    return render_template(
        "portal/services.html",
        q=wanted,
        category=category,
        total=len(found),
        groups=grouped(found),
        shown=[one for one in grouped(found) if not category or one[0].en == category],
        popular=everything[:4],
        drafts=_drafts(session, actor),
    )


@blueprint.post("/services/<key>/start")
@allow(APPLICANT)
def start(key: str) -> Any:
    """Begin a service; a draft of it is opened instead, unless another one is asked for."""
    session, actor = db.session(), current_actor()
    drafts = _drafts(session, actor).get(key, [])
    if drafts and "again" not in request.form:
        flash(gettext("您有一份没有提交的草稿，已为您打开。"))
        return redirect(url_for("tasks.show", task_id=drafts[0].task.id), 303)
    case = operations.start_case(session, actor, key)
    first = queries.tasks_of(session, case.id)[0]
    return redirect(url_for("tasks.show", task_id=first.id), 303)


def offered(session: Session, actor: Actor) -> list[Loaded]:
    """Return the services that the actor's role may start."""
    return [one for one in versions.services(session) if actor.role in one.settings["start_roles"]]


def matches(service: Loaded, wanted: str) -> bool:
    """Whether every word stands in the service's title, category, summary or keywords."""
    settings = service.settings
    keywords = settings.get("keywords", {})
    texts = [Text.read(settings[name]) for name in ("title", "category", "summary")]
    hay = " ".join(
        [
            *(f"{text.zh} {text.en}" for text in texts),
            *keywords.get("zh", []),
            *keywords.get("en", []),
        ]
    ).casefold()
    return all(word in hay for word in wanted.casefold().split())


def grouped(found: Sequence[Loaded]) -> list[tuple[Text, list[Loaded]]]:
    """Return services by category, in the order in which the categories appear."""
    groups: dict[Text, list[Loaded]] = {}
    for one in found:
        groups.setdefault(Text.read(one.settings["category"]), []).append(one)
    return list(groups.items())


def _drafts(session: Session, actor: Actor) -> dict[str, list[CaseRow]]:
    cases, _total = my_cases(session, actor, "draft")
    drafts: dict[str, list[CaseRow]] = {}
    for row in rows_of(session, actor, cases, clock.now()):
        if row.task is not None:
            drafts.setdefault(row.case.service, []).append(row)
    return drafts
