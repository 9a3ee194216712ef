"""A town with complaints in it, and everybody complained of signed in (D4)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from flask import Flask
from sqlalchemy import select, true

from certflow.accounts.models import Organisation, Person, User
from certflow.accounts.operations import grant_role
from certflow.accounts.roles import ORGANISATION_ROLES, ROLES
from certflow.app import create_app
from certflow.cases import operations
from certflow.cases.models import CaseLetter, HumanTask
from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.actor import Actor
from certflow.core.db import Model, Session, db, transaction, writing
from certflow.core.files import StoredFile
from certflow.core.settings import Settings
from certflow.demo.quarrels import Complaint
from factories import neighbours
from factories.actors import actor, make_person, make_user
from factories.cast import START
from factories.people import body as make_body
from factories.quarrels import (
    Court,
    in_role,
    make_accused,
    make_appeal,
    make_appeal_of_measures,
    make_complaint,
    make_court,
)

NAME, LOGIN, CLERK = "举报标记甲", "whistle.mark", "clerk.mark"
CLERK_NAME, BODY, BODY_EN = "举报标记乙", "投诉标记认证有限公司", "Whistle Mark Certification"
PAPERS = ("标记-现场签到表.pdf", "mark-photo.pdf")
WARNED = {"credit": "warning", "credit_text": "现场审核没有到场而签字。"}
ONLOOKERS = ("regulator", "finance", "process_admin", "system_admin")
"""They read every case and deal with no complaint: the complainant's name is not for them.

Nor is it for the experts of an appeal.
"""


@dataclass
class Town:
    """Complaints by a person and by a body, about a person and about a body; who looks.

    `own` is the appeal of whoever was complained of.
    """

    app: Flask
    cases: list[int]
    marks: dict[str, str]
    own: int
    eyes: dict[str, tuple[str, str]] = field(default_factory=dict)
    onlookers: dict[str, tuple[str, str]] = field(default_factory=dict)
    ids: dict[str, list[object]] = field(default_factory=dict)
    probes: int = 0


@contextmanager
def built(settings: Settings, settle_: Callable[[Session, Flask], Town]) -> Iterator[Town]:
    """Build a town on an empty database, with the clock at the start of the story."""
    app = create_app(settings)
    app.config.update(RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    settings_.install(settings)
    clock.freeze(START)
    with app.app_context(), writing():
        Model.metadata.create_all(db.engine)
        with transaction() as session:
            town = settle_(session, app)
    yield town
    clock.reset()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def settle(session: Session, app: Flask, kind: str) -> Town:
    """Let two complaints be made, one of them decided, and sign in everybody complained of."""
    court = make_court(session)
    theirs = make_body(session, BODY)
    theirs.name_en = BODY_EN
    by = _complainants(session, theirs)
    accused = make_accused(session)
    eyes = [(accused.actor, _all_roles(session, accused.actor))]
    first = make_complaint(court, accused, evidence=PAPERS, complainant=by[0])
    if kind == "body":
        body = make_body(session, "被诉示例认证有限公司")
        eyes = list(_speakers(session, body))
        first = replace(first, body=body.id, accused=eyes[0][0])
    told = _complain(session, first, by)
    own = _appeal_of_measures(court, first)
    refused, expert = _appeal(court, replace(first, complainant=by[0]))
    told = [*told, own, *refused]
    town = Town(app, told, _marks(session, *by), own)
    for who, roles in eyes:
        for role in roles:
            scoped = in_role(who, role, who.organisation_id if role in ORGANISATION_ROLES else None)
            tokens = neighbours.token(session, scoped), neighbours.bearer(session, scoped)
            town.eyes[f"{who.name} as {role}"] = tokens
    for role in ONLOOKERS:
        looker = actor(make_user(session, f"looker.{role.replace('_', '')}", role), role)
        town.onlookers[role] = neighbours.token(session, looker), neighbours.bearer(session, looker)
    town.onlookers["expert"] = neighbours.token(session, expert), neighbours.bearer(session, expert)
    town.ids = ids_of(session, told)
    return town


def _complainants(session: Session, theirs: Organisation) -> tuple[Actor, Actor]:
    user = make_user(session, LOGIN, "applicant")
    user.name = NAME
    person = make_person(session, user, 77, theirs)
    person.pinyin = "JUBAO Biaojia"
    clerk = make_user(session, CLERK, "body_staff", theirs)
    clerk.name = CLERK_NAME
    session.flush()
    return actor(user, "applicant", person=person), actor(clerk, "body_staff", theirs)


def _all_roles(session: Session, who: Actor) -> list[str]:
    """Let somebody hold every role that a person can hold, those of administrators too."""
    roles = sorted(ROLES.keys() - ORGANISATION_ROLES)
    for role in roles:
        grant_role(session, who.user_id or 0, role, clock.now())
    return roles


def _speakers(session: Session, body: Organisation) -> Iterator[tuple[Actor, list[str]]]:
    """Everybody who acts for a body: one of them also works for the association."""
    speaker = make_user(session, "speaker", "body_staff", body)
    others = ["reviewer", "expert", "complaints_office", "system_admin"]
    for role in others:
        grant_role(session, speaker.id, role, clock.now())
    yield actor(speaker, "body_staff", body), ["body_staff", *others]
    chief = make_user(session, "chief", "body_admin", body)
    yield actor(chief, "body_admin", body), ["body_admin"]


def _complain(session: Session, first: Complaint, by: tuple[Actor, Actor]) -> list[int]:
    """Let a person and an organisation complain; the first is decided, others wait for a task."""
    second, third, fourth = (replace(first, complainant=one) for one in (by[1], *by))
    third.begin().file()
    fourth.begin().file().accept()
    for one in (first, second):
        one.begin().file().accept().assign().prepare()
    operations.comment(session, by[0], first.case_id, "请尽快核实。")
    measure = {"credit": "admonished"} if first.body else WARNED
    first.state().investigate().decide(**measure)
    return [one.case_id for one in (first, second, third, fourth)]


def _appeal_of_measures(court: Court, decided: Complaint) -> int:
    """Let whoever was complained of appeal what was done to them, up to the answer."""
    appeal = make_appeal_of_measures(court, decided).begin().file().accept().assign()
    return appeal.evaluate("uphold").decide("uphold").case_id


def _appeal(court: Court, refused: Complaint) -> tuple[list[int], Actor]:
    """Let somebody appeal because a complaint was not accepted: that case is no way in either.

    Return the cases and an expert who evaluates.
    """
    refused.begin().file().accept("refuse", "不属于受理范围。")
    appeal = make_appeal(court, refused.case)
    appeal.appellant = refused.complainant
    appeal.begin().file().accept().assign()
    evaluator = appeal.tasks("evaluate")[0].assignee_id
    expert = next(one for one in court.experts if one.user_id == evaluator)
    return [refused.case_id, appeal.case_id], expert


def _marks(session: Session, person: Actor, clerk: Actor) -> dict[str, str]:
    """By what the complainants could be known, each with its name."""
    row = session.get_one(Person, person.person_id)
    users = [session.get_one(User, one.user_id) for one in (person, clerk)]
    found = {f"name {user.name}": user.name for user in users}
    found |= {f"login {user.login_name}": user.login_name for user in users}
    found |= {f"mail {user.login_name}": user.email or "" for user in users}
    found |= {"phone": row.phone or "", "document": row.document_number}
    found |= {"archive": row.archive_number, "pinyin": row.pinyin}
    found |= {"body": BODY, "body in English": BODY_EN}
    return found | {f"file {name}": name for name in PAPERS}


def ids_of(session: Session, cases: list[int]) -> dict[str, list[object]]:
    """Return the ids of everything in some cases, by the name that addresses give them."""

    def of(column: object, where: object) -> list[object]:
        return list(session.scalars(select(column).where(where)))  # type: ignore[call-overload]

    return {
        "case_id": list(cases),
        "task_id": of(HumanTask.id, HumanTask.case_id.in_(cases)),
        "letter_id": of(CaseLetter.id, CaseLetter.case_id.in_(cases)),
        "file_id": of(StoredFile.id, true()),
        "kind": ["xlsx", "csv"],
        "table": ["services", "bodies"],
    }
