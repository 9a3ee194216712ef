"""My exams (我的考试): tickets, results with their history, re-checks (catalogue D7, E9, E10)."""

from typing import Any

from flask import render_template

from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.text import Text
from certflow.exams.mine import my_exams
from certflow.processes.limits import exam_validity
from certflow.web.portal.blueprint import APPLICANT, blueprint
from certflow.web.portal.services import about_services, refusals

ABOUT = "exam_result"
STATES = {
    "upcoming": ("going", Text("待考", "To be sat")),
    "waiting": ("going", Text("成绩未公布", "No result yet")),
    "absent": ("closed", Text("缺考", "Absent")),
    "failed": ("closed", Text("未合格", "Failed")),
    "passed": ("passed", Text("合格", "Passed")),
    "expired": ("overdue", Text("已过有效期", "No longer valid")),
}
REASONS = {
    "imported": Text("首次公布", "First published"),
    "regraded": Text("成绩复核后更正", "Changed by a re-check"),
    "confirmed": Text("成绩复核，维持原成绩", "Re-checked and kept"),
}


@blueprint.get("/my/exams")
@allow(APPLICANT)
def exams() -> Any:
    """List my exams, the latest first, each subject with its result and what can be done."""
    session, actor, at = db.session(), current_actor(), clock.now()
    found = my_exams(session, actor.person_id or 0, at, exam_validity(session))
    services = about_services(session, actor, ABOUT)
    offers = {
        one.id: refusals(session, actor, services, {ABOUT: str(one.id)})
        for exam in found
        for one in exam.subjects
        if one.history and (exam.recheck_until is not None or one.refusal is None)
    }
    return render_template(
        "portal/exams.html",
        exams=found,
        services=services,
        offers=offers,
        states=STATES,
        reasons=REASONS,
        about=ABOUT,
    )
