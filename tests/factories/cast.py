"""The people of a registration, and a published process: what a story needs."""

from datetime import datetime
from pathlib import Path

from certflow.accounts.models import Organisation
from certflow.cases import versions
from certflow.cases.paying import seed_fees
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import records
from certflow.demo.story import Cast, Story
from factories.actors import actor, make_person, make_user
from factories.people import body as make_body

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 20, 9, 0, tzinfo=clock.SHANGHAI)


def publish_shipped(session: Session, *keys: str) -> None:
    """Publish services as they are shipped."""
    for key in keys:
        versions.publish(session, key, versions.read_folder(ROOT, key), "")


def publish_registration(session: Session) -> None:
    publish_shipped(session, "registration")
    seed_fees(session, "registration", versions.active(session, "registration").settings)


def make_cast(session: Session, *, eligible: bool = True, experts: int = 3) -> Cast:
    """An applicant with a library that meets every rule, a body, the association, experts."""
    body = make_body(session)
    other = make_body(session, "星河样例认证有限公司")
    user = make_user(session, "lin", "applicant")
    person = make_person(session, user, 1, body)
    if eligible:
        records.fill_library(session, person.id, user.id, "QMS", body=body.name)
        records.pass_exams(session, person.id, "QMS")
    return Cast(
        applicant=actor(user, "applicant", person=person),
        staff=actor(make_user(session, "liu", "body_staff", body), "body_staff", body),
        reviewer=actor(make_user(session, "gu.nanqiao", "reviewer"), "reviewer"),
        approver=actor(make_user(session, "song", "approver"), "approver"),
        experts=tuple(make_expert(session, f"expert{n}", 10 + n, other) for n in range(experts)),
    )


def make_expert(session: Session, login: str, number: int, body: Organisation) -> Actor:
    user = make_user(session, login, "expert")
    return actor(user, "expert", person=make_person(session, user, number, body))


def make_story(session: Session, **details: object) -> Story:
    """Publish the process, make the people, start nothing yet."""
    publish_registration(session)
    return Story(session, make_cast(session), **details)  # type: ignore[arg-type]
