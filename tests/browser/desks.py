"""What lies on the desks of bodies and of the association, so that no page of theirs is empty."""

from datetime import timedelta
from io import BytesIO

from sqlalchemy import select

from certflow.accounts.models import Person
from certflow.accounts.organisations import add_branch
from certflow.accounts.staff import invite
from certflow.accounts.tokens import Wanted, issue_for_organisation
from certflow.cases import groups
from certflow.core import bulk, clock, files
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.imports import Upload
from certflow.core.incidents import raise_incident
from certflow.core.tables import table_file
from certflow.core.text import Text
from certflow.demo import records
from certflow.demo.confirming import DECLARATION, SERVICE
from certflow.demo.story import Cast
from certflow.notifications.announcements import Told, write
from certflow.notifications.webhooks import EVENTS, new_webhook
from certflow.payments.operations import submit_voucher
from certflow.payments.queries import find_order
from certflow.personnel import auditors, auditors_import
from certflow.personnel.operations import NewCertificate, add_credit_entry, issue_certificate
from certflow.personnel.queries import records_of
from factories import exams
from factories.cast import publish_shipped

Ids = dict[str, object]
PEOPLE = ["姓名", "证件号码", "手机号码", "执业机构", "原档案号"]


def furnish(session: Session, cast: Cast, people: dict[str, Actor], unpaid: str) -> Ids:
    """Lay something on every desk; `people` are the others who act, by their role.

    `unpaid` is the number of an order for which a voucher is handed in.
    """
    person_id = cast.applicant.person_id or 0
    text = Text("未按期报告工作单位的变化。", "Did not report a change of employer in time.")
    add_credit_entry(session, person_id, "warning", text, clock.today())
    raise_incident(session, "case.timer", "it failed", subject="case/1", case_id=1)
    _voucher(session, cast.applicant, unpaid)
    return {
        "person": person_id,
        "record": records_of(session, person_id)[0].id,
        "manual": "drawing",
        "news": _news(session, cast.reviewer),
        **_exam(session, people["exam_office"], person_id),
        **_filings(session, people["body_admin"]),
        **_body(session, people["body_admin"]),
        **_programs(session, people["body_admin"], people["system_admin"]),
        "import": _import(session, people["system_admin"]),
    }


def _voucher(session: Session, payer: Actor, number: str) -> None:
    order = find_order(session, number, payer)
    paper = files.store(session, BytesIO(records.proof()), "转账凭证.pdf", payer.user_id)
    submit_voucher(session, order.id, paper.id, "已转账", clock.now(), payer)


def _news(session: Session, author: Actor) -> int:
    paper = files.store(session, BytesIO(records.proof()), "年度确认须知.pdf", author.user_id)
    told = Told(
        title=Text("年度确认须知", "About the annual confirmation"),
        body=Text(
            "请在周年日前后各三个月内办理。", "Confirm within three months of the anniversary."
        ),
        audience="everybody",
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=90),
        pinned=True,
    )
    return write(session, author, told, (paper.id,), clock.now()).id


def _exam(session: Session, office: Actor, person_id: int) -> Ids:
    """An exam that somebody sat, and a checked file of results with a wrong row."""
    exam = exams.make_exam(session, office, "202611")
    exams.let_sit(session, exam, {"": (person_id, (exams.QMS,))})
    wrong: list[object] = ["202611000009", "无名", "QMS基础", 60, ""]
    return {"exam": exam.id, "marks_import": exams.check(session, exam, office, wrong).id}


def _filings(session: Session, staff: Actor) -> Ids:
    """A filing for many that is prepared, and one that is filed."""
    publish_shipped(session, SERVICE)
    theirs = select(Person.id).where(Person.organisation_id == staff.organisation_id)
    for person_id in session.scalars(theirs.order_by(Person.id.desc()).limit(4)):
        new = NewCertificate(
            person_id=person_id,
            field="EMS",
            mode="first_intern",
            specialities=(),
            organisation_id=staff.organisation_id,
        )
        issue_certificate(session, new, clock.now() - timedelta(days=350))
    found = groups.subjects_of(session, staff, SERVICE)
    ready = [one.value for one in found if one.blocked is None]
    filed = groups.prepare(session, staff, SERVICE, ready[:2])
    groups.submit(session, staff, filed.id, DECLARATION, {})
    return {"prepared": groups.prepare(session, staff, SERVICE, ready[2:]).id, "filed": filed.id}


def _body(session: Session, admin: Actor) -> Ids:
    """A colleague, a branch, people on the list, a file of more with a wrong row."""
    at, body_id = clock.now(), admin.organisation_id or 0
    colleague, _password = invite(session, admin, "云舒", "yun.shu", "body_staff", at)
    branch = {"branch_name": "示例南方分公司", "branch_address": "样例市样例街 2 号"}
    add_branch(session, body_id, branch, at, admin)
    head = [column.title.zh for column in auditors_import.COLUMNS[:3]]
    upload = Upload(BytesIO(table_file("csv", head, [["何未", "123", "he.wei"]])), "名册.csv")
    theirs = select(Person).where(Person.organisation_id == body_id).order_by(Person.id.desc())
    return {
        "colleague": colleague.id,
        "auditor": auditors.auditor(session, admin, session.scalars(theirs).first().id).id,  # type: ignore[union-attr]
        "auditors_import": auditors_import.check(session, admin, upload, at).id,
    }


def _programs(session: Session, admin: Actor, association: Actor) -> Ids:
    """Tokens, a webhook that works and one that was stopped."""
    wanted, at = Wanted("档案系统", ("cases:read",), "30"), clock.now()
    issue_for_organisation(session, admin, wanted, at)
    told = {"name": "档案系统", "url": "http://127.0.0.1:9/told", "events": tuple(EVENTS)}
    working = new_webhook(session, admin, told).webhook
    stopped = new_webhook(session, association, told).webhook
    stopped.state, stopped.failure, stopped.stopped_at = "stopped", "503", at
    return {"webhook": working.id, "stopped": stopped.id}


def _import(session: Session, admin: Actor) -> int:
    table = table_file("csv", PEOPLE, [["何未", "123", "", "", ""]])
    upload = Upload(BytesIO(table), "人员.csv")
    return bulk.begin(session, bulk.kinds["people"], upload, clock.now(), admin).id
