"""Experts whom those they judge know by a number, and a candidate whom no marker knows (C5, E10)."""

from dataclasses import replace
from datetime import timedelta

from flask import Flask

from certflow.accounts.models import Organisation, Person, User
from certflow.cases import operations
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo.regrading import Regrading
from certflow.demo.story import Story
from certflow.exams.operations import set_recheck
from certflow.personnel.fields import GENERAL_EXAM
from factories import exams, neighbours
from factories.actors import actor, make_person, make_user
from factories.cast import make_expert, make_story, publish_shipped
from factories.exams import QMS
from factories.people import body as make_body
from factories.shielded import Town, ids_of

JUDGES = ("评审标记甲", "评审标记乙", "评审标记丙")
CANDIDATE = "考生标记丁"


def judged(session: Session, app: Flask) -> Town:
    """Registrations that experts evaluate, sent back and declined; who reads is judged."""
    story = make_story(session)
    experts = story.cast.experts
    for expert, name in zip(experts, JUDGES, strict=True):
        _rename(session, expert, name, f"judge.mark{experts.index(expert)}")
    waiting = _with_experts(story)
    declined = _with_experts(story)
    declined.evaluate(declines=[experts[0].user_id or 0])
    failed = _with_experts(story)
    failed.evaluate(fails=[f"education/{failed.application['education'][0]['id']}"])
    done = _with_experts(story).evaluate().conclude().approve()
    staff = story.cast.staff
    body = session.get_one(Organisation, staff.organisation_id)
    chief = actor(make_user(session, "chief", "body_admin", body), "body_admin", body)
    cases = [one.case_id for one in (waiting, declined, failed, done)]
    return _town(session, app, cases, experts, (story.cast.applicant, staff, chief))


def _with_experts(story: Story) -> Story:
    return replace(story).begin().choose().apply().pre_review().pay().accept().assign()


def marked(session: Session, app: Flask) -> Town:
    """A script that is marked again; who reads is the second marker."""
    case = _regrading(session)
    return _town(session, app, [case.case_id], (case.applicant,), case.experts[:1])


def marking(session: Session, app: Flask) -> Town:
    """A script that was marked again; who reads is its candidate."""
    case = _regrading(session)
    case.mark().decide()
    return _town(session, app, [case.case_id], case.experts[:1], (case.applicant,))


def _regrading(session: Session) -> Regrading:
    publish_shipped(session, "exam_regrading")
    office = actor(make_user(session, "qin.shuhuai", "exam_office"), "exam_office")
    user = make_user(session, "candidate.mark", "applicant")
    person = make_person(session, user, 41, make_body(session))
    candidate = actor(user, "applicant", person=person)
    exam = exams.make_exam(session, office)
    sitting = exams.let_sit(session, exam, {"": (person.id, (GENERAL_EXAM, QMS))})
    exams.give_marks(session, sitting, {("", QMS): 58, ("", GENERAL_EXAM): 86}, office)
    set_recheck(session, exam, (clock.now(), clock.now() + timedelta(days=10)), office)
    marker = make_expert(session, "marker.mark", 42, make_body(session, "星河样例认证有限公司"))
    _rename(session, candidate, CANDIDATE, "candidate.mark")
    _rename(session, marker, JUDGES[0], "marker.mark")
    case = Regrading(
        session=session,
        applicant=replace(candidate, name=CANDIDATE),
        office=office,
        experts=(marker,),
        result=sitting.sat["", QMS].id,
        ticket=sitting.entries[""].ticket_number,
    )
    case.begin().apply()
    operations.comment(session, case.applicant, case.case_id, "请尽快处理。")
    return case.review().prepare().assign()


def _rename(session: Session, who: Actor, name: str, login: str) -> None:
    user = session.get_one(User, who.user_id)
    user.name, user.login_name = name, login
    session.get_one(Person, who.person_id).name = name
    session.flush()


def _town(
    session: Session,
    app: Flask,
    cases: list[int],
    concealed: tuple[Actor, ...],
    readers: tuple[Actor, ...],
) -> Town:
    marks: dict[str, str] = {}
    for number, one in enumerate(concealed):
        marks |= _marks(session, one, number)
    town = Town(app, cases, marks, own=0, ids=ids_of(session, cases))
    for who in readers:
        tokens = neighbours.token(session, who), neighbours.bearer(session, who)
        town.eyes[f"{who.name} as {who.role}"] = tokens
    return town


def _marks(session: Session, who: Actor, number: int) -> dict[str, str]:
    """By what somebody could be known."""
    user, person = session.get_one(User, who.user_id), session.get_one(Person, who.person_id)
    told = {
        "name": user.name,
        "login": user.login_name,
        "mail": user.email or "",
        "phone": person.phone or "",
        "document": person.document_number,
        "archive": person.archive_number,
    }
    return {f"{what} {number}": mark for what, mark in told.items()}
