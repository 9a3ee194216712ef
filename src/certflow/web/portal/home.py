"""The applicant's first page: what waits for me now, and the way to everything else."""

from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import format_date

from certflow.cases.inbox import InboxFilter, page_of_tasks
from certflow.cases.mine import my_cases
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.text import Text
from certflow.notifications.queries import notices_of
from certflow.personnel.queries import certificates_of
from certflow.web.orders import to_pay
from certflow.web.portal.blueprint import APPLICANT, blueprint
from certflow.web.portal.certificates import STATES
from certflow.web.portal.rows import rows_of
from certflow.web.portal.services import offered

WAITING, CASES, NOTICES, CERTIFICATES, SERVICES = 5, 5, 4, 3, 8
_GREETINGS = (
    (5, Text("夜深了，{name}", "Good evening, {name}")),
    (12, Text("上午好，{name}", "Good morning, {name}")),
    (14, Text("中午好，{name}", "Good afternoon, {name}")),
    (18, Text("下午好，{name}", "Good afternoon, {name}")),
    (24, Text("晚上好，{name}", "Good evening, {name}")),
)
_WEEKDAYS = (
    Text("星期一", "Monday"),
    Text("星期二", "Tuesday"),
    Text("星期三", "Wednesday"),
    Text("星期四", "Thursday"),
    Text("星期五", "Friday"),
    Text("星期六", "Saturday"),
    Text("星期日", "Sunday"),
)


@blueprint.get("/home")
@allow(APPLICANT, "teacher")
def home() -> Any:
    """Show what waits, the services, certificates, notices and cases."""
    session, actor, at = db.session(), current_actor(), clock.now()
    tasks = page_of_tasks(session, actor, InboxFilter(), at, WAITING)
    cases, total = my_cases(session, actor)
    certificates = certificates_of(session, actor.person_id or 0, clock.today())
    return render_template(
        "portal/home.html",
        greeting=greeting(actor.name, at),
        today=format_date(clock.today(), "long"),
        weekday=_WEEKDAYS[clock.today().weekday()],
        waiting=rows_of(session, actor, [task.case for task in tasks[:WAITING]], at),
        orders=to_pay(session, actor),
        services=offered(session, actor)[:SERVICES],
        services_total=len(offered(session, actor)),
        certificates=certificates[:CERTIFICATES],
        certificate_states=STATES,
        notices=notices_of(session, actor.user_id or 0, NOTICES),
        rows=rows_of(session, actor, cases[:CASES], at),
        total=total,
    )


def greeting(name: str, at: datetime) -> Text:
    """Greet somebody by the time of day in Shanghai."""
    hour = at.astimezone(clock.SHANGHAI).hour
    words = next(words for until, words in _GREETINGS if hour < until)
    return words.filled(name=name)
