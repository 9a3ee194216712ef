"""The inbox: mine, my group's, all; claim and release, one or many (catalogue B6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.calendar.queries import add_working_days, day_of, end_of
from certflow.cases import assignment, queries, worklists
from certflow.cases.errors import NotYours
from certflow.cases.inbox import InboxFilter, kept_from, page_of_tasks
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import AppError, Conflict
from certflow.web.office.area import WORKERS, back_to, blueprint, chosen_ids, here
from certflow.web.office.due import SOON
from certflow.web.office.rows import PAGE, Row, key_of, read_key, rows_of

_VIEWS = ("mine", "group", "all", "done")
_DUE = ("overdue", "soon")


@dataclass(frozen=True)
class Page:
    """One page of the inbox and what stands around it."""

    view: str
    rows: list[Row]
    figures: dict[str, int]
    places: list[worklists.Place]
    first: int
    total: int | None
    previous: str | None
    next: str | None


@blueprint.get("/inbox")
@allow(*WORKERS)
def inbox() -> str:
    """Show the tasks of one view, the most urgent first."""
    actor = current_actor()
    page = inbox_page(db.session(), actor, request.args)
    views = view_names(actor)
    return render_template(
        "office/inbox.html",
        page=page,
        title=views[page.view],
        side=_side(page, views),
        args=request.args,
        filtered=any(request.args.get(name) for name in ("service", "element", "due", "q")),
        here=here,
        next=request.full_path.rstrip("?"),
        most=queries.COUNT_UP_TO,
    )


@blueprint.post("/inbox/claim")
@allow(*WORKERS)
def claim() -> Response:
    """Take a row, or the rows selected; what others have taken meanwhile is left alone."""
    actor, session = current_actor(), db.session()
    only = chosen_ids("only")
    if only:
        try:
            assignment.claim(session, actor, only[0])
        except NotYours as error:
            raise Conflict(error.message) from error
        flash(gettext("已领取，已放进“我的”"), "passed")
        return back_to("office.inbox")
    if not chosen_ids("task"):
        return _none_chosen()
    done, left = _each(assignment.claim, session, actor)
    if done:
        flash(gettext("已领取 %(n)s 件，已放进“我的”", n=done), "passed")
    if left:
        flash(gettext("%(n)s 件没有领取：已由他人领取、已办完或需要回避。", n=left), "warn")
    return back_to("office.inbox")


@blueprint.post("/inbox/release")
@allow(*WORKERS)
def release() -> Response:
    """Give the rows selected back to the group; what was typed into them is kept."""
    if not chosen_ids("task"):
        return _none_chosen()
    done, left = _each(assignment.release, db.session(), current_actor())
    if done:
        flash(gettext("已退回 %(n)s 件，同事可以领取；草稿都还在", n=done), "passed")
    if left:
        flash(gettext("%(n)s 件没有退回：不在您手上，或只能由您本人办理。", n=left), "warn")
    return back_to("office.inbox")


def inbox_page(session: Session, actor: Actor, args: Any) -> Page:
    """Read one page of the inbox: at most six statements, however many tasks are open.

    `args` are the address's: view, service, element, due, q, after, before, n (rows before).
    """
    at = clock.now()
    view = args.get("view", "") if args.get("view", "") in view_names(actor) else "mine"
    soon = end_of(add_working_days(session, day_of(at), SOON))
    first = int(args.get("n", "0")) if args.get("n", "0").isdecimal() else 0
    kept = kept_from(session, actor)
    figures = worklists.inbox_figures(session, actor, view, at, soon, kept)
    places = worklists.places(session, actor, kept)
    if view == "done":
        return _done(session, actor, args, figures, places, first)
    wanted = _filter(view, args, soon)
    tasks = page_of_tasks(session, actor, wanted, at, kept=kept)
    more = len(tasks) > PAGE
    backwards = wanted.before is not None
    tasks = tasks[-PAGE:] if backwards else tasks[:PAGE]
    rows = rows_of(session, actor, tasks)
    keys = [key_of(task.sort_at, task.id) for task in tasks]
    has_previous, has_next = (more, True) if backwards else (wanted.after is not None, more)
    plain = not (wanted.service or wanted.element or wanted.due or wanted.text)
    return Page(
        view=view,
        rows=rows,
        figures=figures,
        places=places,
        first=first,
        total=figures[view] if plain else None,
        previous=_turn(before=keys[0], n=max(0, first - PAGE)) if keys and has_previous else None,
        next=_turn(after=keys[-1], n=first + len(rows)) if keys and has_next else None,
    )


def view_names(actor: Actor) -> dict[str, str]:
    """Return the views that a role has: experts have only their own tasks."""
    names = {"mine": gettext("我的")}
    if actor.role != "expert":
        everything = (
            gettext("机构全部") if actor.role in ORGANISATION_ROLES else gettext("协会全部")
        )
        names |= {"group": gettext("本组待领"), "all": everything}
    return names | {"done": gettext("我办过的")}


def _filter(view: str, args: Any, soon: datetime) -> InboxFilter:
    due = args.get("due", "")
    before = read_key(args.get("before", ""))
    return InboxFilter(
        view=view,
        service=args.get("service", ""),
        element=args.get("element", ""),
        due=due if due in _DUE else "",
        text=args.get("q", "").strip(),
        until=soon,
        after=None if before else read_key(args.get("after", "")),
        before=before,
    )


def _done(
    session: Session,
    actor: Actor,
    args: Any,
    figures: dict[str, int],
    places: list[worklists.Place],
    first: int,
) -> Page:
    after = read_key(args.get("after", ""))
    tasks = worklists.done_by(session, actor, args.get("q", ""), after)
    more, tasks = len(tasks) > PAGE, tasks[:PAGE]
    last = key_of(tasks[-1].closed_at or tasks[-1].opened_at, tasks[-1].id) if tasks else ""
    return Page(
        view="done",
        rows=rows_of(session, actor, tasks),
        figures=figures,
        places=places,
        first=first,
        total=None,
        previous=_turn() if after else None,
        next=_turn(after=last, n=first + len(tasks)) if more else None,
    )


def _turn(*, after: str = "", before: str = "", n: int = 0) -> str:
    return here(after=after, before=before, n=str(n) if n else "")


def _none_chosen() -> Response:
    """Say that nothing was chosen: the page asks for a choice before it shows its buttons."""
    flash(gettext("请先选中任务。"), "warn")
    return back_to("office.inbox")


def _each(operation: Any, session: Session, actor: Actor) -> tuple[int, int]:
    """Carry an operation out on every row selected; return how many went and how many not."""
    done = left = 0
    for task_id in chosen_ids("task"):
        try:
            operation(session, actor, task_id)
        except AppError:
            left += 1
        else:
            done += 1
    return done, left


def _side(page: Page, views: dict[str, str]) -> list[dict[str, Any]]:
    icons = {"mine": "user-check", "group": "users", "all": "building", "done": "history"}
    items = [
        {
            "url": url_for("office.inbox", view=name),
            "label": label,
            "icon": icons[name],
            "count": _count(page.figures[name]) if name in page.figures else None,
            "active": name == page.view,
        }
        for name, label in views.items()
    ]
    return [{"title": gettext("待办"), "items": items}]


def _count(number: int) -> str:
    most = queries.COUNT_UP_TO
    return f"{most}+" if number >= most else str(number)
