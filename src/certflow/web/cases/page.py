"""The case page and its tabs (catalogue B5)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext

from certflow.accounts.roles import FILING_ROLES
from certflow.cases.dossier import Dossier, exhibits_beside
from certflow.cases.operations import may_withdraw
from certflow.cases.opinions import Opinion, opinions
from certflow.cases.paying import fee_stages
from certflow.cases.standing import Standing, diagram_state, standing, steps
from certflow.cases.story import Entry, handlers, timeline
from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.access import SIGNED_IN, allow
from certflow.core.db import db
from certflow.core.text import NOTHING, Text, day_text
from certflow.forms.amend import changes
from certflow.forms.readonly import readonly_view
from certflow.personnel.queries import certificate_of_case
from certflow.web.cases.blueprint import blueprint, opened
from certflow.web.portal.services import about_services, refusals

TABS = ("progress", "application", "opinions", "files", "payments", "messages")
_UNTIL = Text("{day} 截止", "Due on {day}")
_WAITING = Text("等待：{name}", "Waiting: {name}")
_FOR_YOU = Text("等待您办理：{name}", "Waiting for you: {name}")


@dataclass(frozen=True)
class Now:
    """The panel that says what the reader is to do: `url` of the one main button."""

    title: Text
    words: Text
    url: str = ""
    button: Text = NOTHING
    mending: bool = False
    claims: bool = False


@blueprint.get("/cases/<int:case_id>")
@allow(SIGNED_IN)
def show(case_id: int) -> Any:
    """Show a case: where it stands, what happened, what was said, what comes next."""
    dossier = opened(case_id)
    found = standing(dossier)
    said = opinions(dossier)
    wanted = request.args.get("tab", "")
    tab = wanted if wanted in TABS else TABS[0]
    return render_template(
        "cases/show.html",
        case=dossier.case,
        dossier=dossier,
        standing=found,
        tab=tab,
        tabs=_tabs(dossier, said, tab),
        now=whats_now(dossier, found),
        withdrawable=_withdrawable(dossier),
        begins=_begins(dossier),
        certificate=_certificate(dossier),
        versions=len(_submissions(dossier)),
        **_content(dossier, found, said, tab),
    )


def _content(dossier: Dossier, found: Standing, said: list[Opinion], tab: str) -> dict[str, Any]:
    """Return what the present tab shows."""
    if tab == "progress":
        entries = [*_present(dossier, found), *map(_linked, timeline(dossier))]
        return {
            "entries": entries,
            "state": diagram_state(dossier),
            "stages": steps(dossier),
            "handlers": handlers(dossier),
        }
    if tab == "application":
        return _application(dossier)
    return {"opinions": said} if tab == "opinions" else {}


def _tabs(dossier: Dossier, said: list[Opinion], tab: str) -> list[dict[str, Any]]:
    counts = {
        "opinions": len(said),
        "files": len(dossier.files),
        "payments": len(dossier.orders),
        "messages": len(dossier.comments),
    }
    labels = {
        "progress": gettext("进度"),
        "application": gettext("申报内容"),
        "opinions": gettext("评价意见"),
        "files": gettext("材料"),
        "payments": gettext("缴费"),
        "messages": gettext("消息"),
    }
    return [
        {
            "url": url_for("cases.show", case_id=dossier.case.id, tab=key),
            "label": labels[key],
            "active": key == tab,
            "count": counts.get(key),
        }
        for key in TABS
    ]


def _linked(entry: Entry) -> Entry:
    """Give an entry the address of the order it names."""
    if not entry.order:
        return entry
    return replace(entry, link=url_for("orders.show", number=entry.order))


def _present(dossier: Dossier, found: Standing) -> list[Entry]:
    """Return the lines of what the case waits for now."""
    entries = []
    for stage in dossier.case.stages:
        tasks = [task for task in dossier.open_tasks if task.element == stage]
        mine = [task for task in tasks if task in dossier.mine]
        name = dossier.loaded.name_of(stage)
        words = _FOR_YOU if mine else _WAITING
        ends = [task.due_at for task in tasks if task.due_at is not None]
        mend = bool(mine) and found.mending
        entries.append(
            Entry(
                None,
                words.filled(name=name),
                found.turn,
                _until(min(ends)) if ends else dossier.loaded.hint_of(stage),
                kind="mend" if mend else "now",
            )
        )
    return entries


def _until(due_at: datetime) -> Text:
    return _UNTIL.filled(day=day_text(due_at - timedelta(seconds=1)))


def whats_now(dossier: Dossier, found: Standing) -> Now | None:
    """Return what the reader is asked to do now, if anything."""
    for task in dossier.mine:
        url = url_for("tasks.show", task_id=task.id)
        name = Text.read(task.name)
        if task.role == "applicant" and found.mending:
            return Now(name, found.hint, url, Text("去修改", "Mend it now"), mending=True)
        hint = found.hint if task.role == "applicant" else NOTHING
        return Now(name, hint, url, Text("去办理", "Go on"))
    for task in dossier.claimable:
        url = url_for("tasks.claim", task_id=task.id)
        return Now(
            Text.read(task.name), NOTHING, url, Text("领取任务", "Claim the task"), claims=True
        )
    order = unpaid(dossier)
    if order is not None:
        waiting = fee_stages(dossier.loaded, dossier.case)
        words = dossier.loaded.hint_of(waiting[0]) if waiting else NOTHING
        url = url_for("orders.show", number=order.number)
        return Now(Text("缴费", "Payment"), words, url, Text("去缴费", "Pay now"))
    return None


def unpaid(dossier: Dossier) -> Any:
    """Return the order that the reader is to pay, if there is one."""
    me = dossier.reader
    for order in dossier.orders:
        mine = order.payer_user_id is not None and order.payer_user_id == me.user_id
        ours = order.organisation_id is not None and order.organisation_id == me.organisation_id
        if order.state == "created" and (mine or ours):
            return order
    return None


def _withdrawable(dossier: Dossier) -> bool:
    acts = dossier.reader.role in FILING_ROLES
    return acts and dossier.own and may_withdraw(dossier.case, dossier.loaded)


def _begins(dossier: Dossier) -> list[Loaded]:
    """Return what can be begun about a closed case of one's own now: an appeal (D3)."""
    if dossier.case.state != "closed" or not dossier.own:
        return []
    session, given = db.session(), {"case": str(dossier.case.id)}
    found = about_services(session, dossier.reader, "case")
    refused = refusals(session, dossier.reader, found, given)
    return [one for one in found if one.bundle.key not in refused]


def _certificate(dossier: Dossier) -> Any:
    if dossier.case.state != "closed":
        return None
    return certificate_of_case(db.session(), dossier.case.id, clock.today())


def _submissions(dossier: Dossier) -> list[Any]:
    form = dossier.submitted_form
    return dossier.versions_of(form.key) if form else []


def _application(dossier: Dossier) -> dict[str, Any]:
    """Return the version asked for (the newest at first) and what it changed."""
    form, found = dossier.submitted_form, _submissions(dossier)
    if form is None or not found:
        return {"view": None, "version": 0, "changed": [], "choice": chosen_before(dossier)}
    wanted = request.args.get("version", "")
    number = int(wanted) if wanted.isdecimal() and 1 <= int(wanted) <= len(found) else len(found)
    answer = found[number - 1]
    before = found[number - 2].data if number > 1 else None
    return {
        "view": readonly_view(form, answer.data, dossier.voice),
        "version": number,
        "version_at": answer.at,
        "changed": changes(form, before, answer.data, dossier.voice) if before else [],
        "choice": chosen_before(dossier),
        "shown": exhibits_beside(db.session(), dossier),
    }


def chosen_before(dossier: Dossier) -> Any:
    """Return what the applicant chose before the application itself, for reading."""
    submit = dossier.submitted_form
    filed = {task.id for task in dossier.tasks if task.role == "applicant"}
    firsts = [
        one for one in dossier.answers if one.task_id in filed and submit and one.form != submit.key
    ]
    if not firsts or firsts[-1].task_form not in dossier.loaded.forms:
        return None
    last = firsts[-1]
    return readonly_view(dossier.loaded.forms[last.task_form], last.data, dossier.voice)
