"""A finished case of every shipped service, told by the stories of their process tests."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from certflow.accounts import organisations
from certflow.accounts.models import Organisation
from certflow.accounts.queries import grants_of
from certflow.cases import operations
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo.quarrels import Walk
from certflow.demo.regrading import Regrading
from certflow.exams.operations import set_recheck
from certflow.personnel.fields import GENERAL_EXAM
from factories import exams
from factories.actors import actor, make_person, make_user
from factories.cast import START, make_expert, make_story, publish_shipped
from factories.confirming import make_confirming
from factories.filings import make_desk
from factories.people import PASSWORD
from factories.people import body as make_body
from factories.quarrels import make_accused, make_appeal, make_complaint, make_court
from factories.trying import MATTER

CODE, NAME = "91110000600037341L", "新认证有限公司"


def registration(session: Session) -> int:
    """Returned once, then granted."""
    done = make_story(session).begin().choose().apply()
    school = f"education/{done.application['education'][0]['id']}"
    done.pre_review("return", [school]).amend().pre_review().pay().accept().assign()
    return done.evaluate().conclude().approve().case_id


def annual_confirmation(session: Session) -> int:
    story = make_confirming(session, START.date())
    return story.choose().apply().review().decide().case_id


def appeal(session: Session) -> int:
    made = make_appeal(make_court(session))
    publish_shipped(session, "certificate_cancellation")  # whose test ends in a decision
    return made.begin().file().accept().assign().evaluate().decide("overturn", "accept").case_id


def complaint(session: Session) -> int:
    """About a person, who states their case; a measure follows."""
    accused = make_accused(session)
    made = make_complaint(make_court(session), accused)
    made.begin().file().accept("return").amend().accept().assign().prepare().state().investigate()
    measure = {"credit": "breach", "credit_text": "没有到场而签字。"}
    suspended = {"certificate_measure": "suspended", "suspended_for": 6}
    made.decide(**measure, **suspended, certificates=[str(accused.certificate.id)])
    return made.case_id


def transfer(session: Session) -> int:
    made = make_desk(session, "transfer", "registration").transfer()
    return made.begin().choose().apply().release().take().review().approve().case_id


def certificate_cancellation(session: Session) -> int:
    made = make_desk(session, "certificate_cancellation").cancellation()
    return made.begin().apply().review("return").amend().review().approve().case_id


def profile_change(session: Session) -> int:
    desk = make_desk(session, "profile_change")
    desk.person.highest_degree, desk.person.pinyin = "bachelor", "LIN"
    made = desk.change(name="林之夏", household="示例省样例市")
    return made.begin().apply().review().approve().case_id


def expert_application(session: Session) -> int:
    made = make_desk(session, "expert_application").appointment()
    return made.begin().choose().apply().review().approve().case_id


def exam_regrading(session: Session) -> int:
    """Of the second of two exams; the score changes."""
    publish_shipped(session, "exam_regrading")
    office = actor(make_user(session, "qin.shuhuai", "exam_office"), "exam_office")
    user = make_user(session, "lin", "applicant")
    lin = make_person(session, user, 1, make_body(session))
    exam = exams.make_exam(session, office)
    sitting = exams.let_sit(session, exam, {"lin": (lin.id, (GENERAL_EXAM, exams.QMS))})
    exams.give_marks(session, sitting, {("lin", exams.QMS): 58, ("lin", GENERAL_EXAM): 86}, office)
    set_recheck(session, exam, (clock.now(), clock.now() + timedelta(days=10)), office)
    other = make_body(session, "星河样例认证有限公司")
    made = Regrading(
        session=session,
        office=office,
        applicant=actor(user, "applicant", person=lin),
        experts=tuple(make_expert(session, f"marker{n}", 20 + n, other) for n in range(2)),
        result=sitting.sat["lin", exams.QMS].id,
        ticket=sitting.entries["lin"].ticket_number,
    )
    made.begin().apply().review("return").amend().review().prepare().assign().mark()
    return made.decide().case_id


def feedback(session: Session) -> int:
    lin = actor(make_user(session, "lin", "applicant"), "applicant")
    wen = actor(make_user(session, "wen", "reviewer"), "reviewer")
    technician = actor(make_user(session, "admin", "system_admin"), "system_admin")
    made = begun(session, "feedback", lin)
    made.do("file", lin, MATTER, "submit")
    made.do("answer", wen, {"opinion": "请技术人员看一看。"}, "pass_on")
    made.do("act", technician, {"opinion": "更换了上传组件。"}, "done")
    return made.case_id


def data_erasure(session: Session) -> int:
    user = make_user(session, "lin", "applicant")
    lin = actor(user, "applicant", person=make_person(session, user, 1, None))
    admin = actor(make_user(session, "admin", "system_admin"), "system_admin")
    made = begun(session, "data_erasure", lin)
    made.do("apply", lin, {"understood": True}, "submit")
    made.do("decide", admin, {"opinion": ""}, "approve")
    return made.case_id


def organisation_sign_up(session: Session) -> int:
    """Returned once: the applicant has mistyped the address."""
    told = {"name": NAME, "uscc": CODE, "contact_name": "陈新"}
    new = organisations.SigningUp(**told, login_name="chen.xin", password=PASSWORD)
    user = organisations.sign_up(session, new, clock.now())
    waiting = session.get_one(Organisation, grants_of(session, user.id)["body_pending"])
    chen = actor(user, "body_pending", waiting)
    wen = actor(make_user(session, "wen", "reviewer"), "reviewer")
    made = begun(session, "organisation_sign_up", chen, name=NAME, uscc=CODE)
    filed = told | {
        "kind": "training_organisation",
        "licence": [made.upload(chen, "营业执照.pdf")],
        "address": "示例市示例路 1 号",
        "contact_phone": "010-66668888",
        "contact_email": "office@example.org",
        "truthful": True,
    }
    made.do("file", chen, filed, "submit")
    made.do("review", wen, {"opinion": "地址请与执照一致。"}, "return")
    made.do("amend", chen, filed | {"address": "示例市示例路 12 号"}, "submit")
    made.do("review", wen, {"opinion": ""}, "approve")
    return made.case_id


def begun(session: Session, key: str, who: Actor, **given: str) -> Walk:
    """A service that somebody has started."""
    publish_shipped(session, key)
    return Walk(session=session, case_id=operations.start_case(session, who, key, given=given).id)


Tell = Callable[[Session], int]
STORIES: Mapping[str, Tell] = {
    tell.__name__: tell
    for tell in (
        annual_confirmation,
        appeal,
        certificate_cancellation,
        complaint,
        data_erasure,
        exam_regrading,
        expert_application,
        feedback,
        organisation_sign_up,
        profile_change,
        registration,
        transfer,
    )
}
"""By service; each returns the id of a case that has ended."""
