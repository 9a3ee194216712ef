"""The service catalogue: find a service, start it, go on with a draft (catalogue B1, B3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.roles import FILING_ROLES
from certflow.cases import opening, operations, queries, versions
from certflow.cases.errors import NotNow
from certflow.cases.mine import my_cases
from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.web.auth import local_path
from certflow.web.edge import locale
from certflow.web.portal.blueprint import blueprint
from certflow.web.portal.rows import CaseRow, rows_of


@blueprint.get("/services")
@allow(*FILING_ROLES)
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
        refusals=refusals(session, actor, found, {}),
    )


@blueprint.post("/services/<key>/start")
@allow(*FILING_ROLES)
def start(key: str) -> Any:
    """Begin a service; a draft of it is opened instead, unless another one is asked for.

    Fields named `given-<field>` say what it is to be about: they stand in its first form.
    """
    session, actor = db.session(), current_actor()
    if key not in {one.bundle.key for one in offered(session, actor)}:
        raise NotFound
    given = {
        name.removeprefix("given-"): value
        for name, value in request.form.items()
        if name.startswith("given-") and value
    }
    drafts = _about(session, _drafts(session, actor).get(key, []), given)
    if drafts and "again" not in request.form:
        flash(gettext("您有一份没有提交的草稿，已为您打开。"))
        return redirect(url_for("tasks.show", task_id=drafts[0].task.id), 303)
    once = request.form.get("key") or None
    try:
        case = operations.start_case(session, actor, key, key=once, given=given)
    except NotNow as error:
        flash(error.message.of(locale()))
        return redirect(local_path(request.form.get("back", "")) or url_for("portal.services"), 303)
    first = queries.tasks_of(session, case.id)[0]
    return redirect(url_for("tasks.show", task_id=first.id), 303)


def about_services(session: Session, actor: Actor, kind: str) -> list[Loaded]:
    """Return the services that begin at a thing of some kind: a certificate, an exam result ..."""
    return [one for one in offered(session, actor) if one.settings.get("about") == kind]


def refusals(
    session: Session, actor: Actor, found: Sequence[Loaded], given: Mapping[str, str]
) -> dict[str, Text]:
    """Return by key why services cannot be started now; those that can are not in it."""
    reasons = {
        one.bundle.key: opening.stands_against(session, actor, one.bundle.key, given)
        for one in found
    }
    return {key: reason for key, reason in reasons.items() if reason is not None}


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


def _about(session: Session, drafts: Sequence[CaseRow], given: Mapping[str, str]) -> list[CaseRow]:
    """Return the drafts that are about what is given."""
    if not given:
        return list(drafts)
    kept = {row.case.id: queries.draft_of(session, row.task.id) for row in drafts}
    return [
        row
        for row in drafts
        if (draft := kept[row.case.id]) is not None
        and all(str(draft.data.get(name)) == value for name, value in given.items())
    ]


def _drafts(session: Session, actor: Actor) -> dict[str, list[CaseRow]]:
    cases, _total = my_cases(session, actor, "draft")
    drafts: dict[str, list[CaseRow]] = {}
    for row in rows_of(session, actor, cases, clock.now()):
        if row.task is not None:
            drafts.setdefault(row.case.service, []).append(row)
    return drafts
