"""What all interventions of an administrator have in common: a reason, a case under way, a notice (H8)."""

from certflow.cases.models import Case
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify

NOT_OPEN = Text("这件业务没有在办理中。", "This case is not under way.")
TOLD = {
    "suspended": Text(
        "您的业务“{title.zh}”已暂停办理，时限同时停止计时。恢复时会通知您。",
        "Your case ({title.en}) is suspended and its clocks stand still. We tell you when it goes on.",
    ),
    "resumed": Text(
        "您的业务“{title.zh}”已恢复办理，时限继续计时。",
        "Your case ({title.en}) goes on, and so do its clocks.",
    ),
    "cancelled": Text(
        "您的业务“{title.zh}”已由协会终止办理。如有疑问请联系我们。",
        "Your case ({title.en}) was ended by the association. Please contact us with any questions.",
    ),
    "forsaken": Text(
        "您的业务“{title.zh}”已随发起它的业务一并结束，不用再办。",
        "Your case ({title.en}) ended with the case that called it; nothing is left to do.",
    ),
}


def under_way(case: Case) -> None:
    """Raise Conflict for a case that has ended."""
    if case.state not in {"draft", "open"}:
        raise Conflict(NOT_OPEN)


def tell_applicant(session: Session, case: Case, what: str) -> None:
    """Tell the applicant; why is for the trail, not for a notice."""
    notice = NewNotice(
        kind=f"case.{what}",
        role="applicant" if case.applicant_organisation_id is None else "body_staff",
        text=TOLD[what].filled(title=Text.read(case.title)),
        link=f"/cases/{case.id}",
    )
    notify(session, [case.applicant_id], notice, clock.now())
