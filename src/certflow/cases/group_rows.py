"""Files one row of a group filing: outbox handler "group_filing_row" (catalogue D1).

One transaction a row. A row that has a result is left alone, so that nothing is filed twice,
however often the effect is carried out and wherever the process ended.
"""

from typing import Any

from certflow.accounts.queries import get_user, grants_of
from certflow.cases import operations, queries
from certflow.cases.conditions import latest_conditions
from certflow.cases.errors import BudgetExceeded, NotNow, StepFailed
from certflow.cases.group_models import GroupFiling, GroupFilingRow
from certflow.cases.groups import KIND, progress_of
from certflow.cases.models import Case
from certflow.cases.versions import active, loaded
from certflow.cases.worksheet import open_worksheet
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import AppError, Forbidden, Invalid
from certflow.core.incidents import raise_incident
from certflow.core.outbox import handler
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify

LEFT = Text(
    "提交人已经不是本机构的经办人员，没有提交。请由现在的经办人员重新办理。",
    "Who began this no longer acts for the organisation; nothing was filed.",
)
BROKEN = Text(
    "系统出了问题，这一位没有提交，已自动记录。可以稍后重试。",
    "Something went wrong on our side, so this one was not filed; it was recorded. Try again later.",
)
FINISHED = Text(
    "“{title.zh}”批量办理完成：提交 {filed} 件，未提交 {refused} 件。",
    "{title.en}, filed for many: {filed} filed, {refused} not filed.",
)


@handler(KIND)
def file_row(session: Session, payload: dict[str, Any]) -> None:
    """File one row, or note why it cannot be; tell who began it when it was the last one."""
    row = session.get(GroupFilingRow, int(payload["row_id"]))
    if row is None:
        return
    filing = session.get_one(GroupFiling, row.filing_id, with_for_update=True)
    session.refresh(row)
    if row.state != "waiting":
        return
    try:
        with session.begin_nested():
            case = _filed(session, filing, row)
        row.state, row.case_id, row.reason = "filed", case.id, None
    except AppError as error:
        _refuse(row, _reason(error))
    except (StepFailed, BudgetExceeded) as error:
        _refuse(row, BROKEN)
        raise_incident(session, "group_filing", str(error), subject=f"{KIND}/{row.id}")
    row.done_at = clock.now()
    session.flush()
    _tell_the_end(session, filing)


def _filed(session: Session, filing: GroupFiling, row: GroupFilingRow) -> Case:
    """Start the case and answer its forms until it is submitted."""
    actor = _acting(session, filing)
    settings = active(session, filing.service).settings
    given = {str(settings["about"]): row.subject}
    case = operations.start_case(session, actor, filing.service, given=given)
    shared = {str(settings["group_filing"]["form"]): {**filing.answers, **row.answers}}
    done: set[str] = set()
    while case.state == "draft":
        task = queries.tasks_of(session, case.id)[0]
        if task.element in done:
            raise NotNow(_unmet(session, case))
        done.add(task.element)
        data = {**open_worksheet(session, actor, task.id, "zh").data, **shared.get(task.form, {})}
        outcome = loaded(session, case.version_id).forms[task.form].outcomes[0].key
        case = operations.complete_task(session, actor, task.id, data, outcome)
    return case


def _acting(session: Session, filing: GroupFiling) -> Actor:
    """Return who began it, in the role they began it in, as long as they still hold it."""
    user = get_user(session, filing.actor_id)
    held = grants_of(session, filing.actor_id)
    if user is None or user.disabled_at or held.get(filing.role) != filing.organisation_id:
        raise Forbidden(LEFT)
    return Actor(user.id, user.name, filing.role, filing.organisation_id, roles=frozenset(held))


def _unmet(session: Session, case: Case) -> Text:
    found = latest_conditions(session, case.id) or {"rows": []}
    titles = [row for row in found["rows"] if not row["met"]]
    return Text(
        "、".join(row["title_zh"] for row in titles), ", ".join(row["title_en"] for row in titles)
    )


def _reason(error: AppError) -> Text:
    said = list(dict.fromkeys(error.fields.values())) if isinstance(error, Invalid) else []
    said = said or [error.message]
    return Text("".join(one.zh for one in said), " ".join(one.en for one in said))


def _refuse(row: GroupFilingRow, reason: Text) -> None:
    row.state, row.case_id, row.reason = "refused", None, reason.as_json()


def _tell_the_end(session: Session, filing: GroupFiling) -> None:
    progress = progress_of(session, [filing])[filing.id]
    if not progress.finished:
        return
    title = Text.read(active(session, filing.service).settings["title"])
    notice = NewNotice(
        kind="group_filing.finished",
        role=filing.role,
        text=FINISHED.filled(title=title, filed=progress.filed, refused=progress.refused),
        link=f"/office/filing/{filing.id}",
    )
    notify(session, [filing.actor_id], notice, clock.now())
