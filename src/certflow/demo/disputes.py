"""Demo appeals and complaints, each in another stage, walked through the real processes (D3, D4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from certflow.accounts.operations import create_user, grant_role
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import cases, people
from certflow.demo.people import Town
from certflow.demo.quarrels import Appeal, Complaint
from certflow.demo.story import Story
from certflow.personnel.queries import certificate_rows

SECOND = (
    ("ji.chenzhou", "纪沉舟", "complaints_office"),
    ("ye.qiubai", "叶秋白", "approver"),
)
"""Who handles complaints and who decides appeals: never who did the first case."""
APPELLANTS, COMPLAINANTS, ACCUSED = 225, 235, 90
"""Where in the town's list of applicants these people begin; the accused hold certificates."""
BREACH = "2026 年的一次现场审核没有到场而在报告上签字。"

W = TypeVar("W")
AppealStep = Callable[[Appeal], object]
ComplaintStep = Callable[[Complaint], object]

FILED: list[AppealStep] = [lambda a: a.begin().file()]
RETURNED: list[AppealStep] = [*FILED, lambda a: a.accept("return", "请写明具体理由和依据。")]
EVALUATING: list[AppealStep] = [*FILED, lambda a: a.accept(), lambda a: a.assign()]
EVALUATED: list[AppealStep] = [*EVALUATING, lambda a: a.evaluate()]
APPEALS: Sequence[tuple[int, list[AppealStep]]] = (
    (2, FILED),
    (3, RETURNED),
    (4, EVALUATING),
    (2, EVALUATED),
    (6, [*EVALUATED, lambda a: a.decide("overturn", "assign_experts")]),
    (9, [*EVALUATED, lambda a: a.decide("uphold")]),
)
"""How many days ago the last step was, and the steps."""


def _punish(complaint: Complaint) -> None:
    held = certificate_rows(complaint.session, complaint.accused.person_id or 0)
    complaint.decide(
        credit="breach",
        credit_text=BREACH,
        certificate_measure="suspended",
        suspended_for=6,
        certificates=[str(held[-1].id)],
    )


MADE: list[ComplaintStep] = [lambda c: c.begin().file()]
ASKED: list[ComplaintStep] = [*MADE, lambda c: c.accept().assign(), lambda c: c.prepare()]
STATED: list[ComplaintStep] = [*ASKED, lambda c: c.state()]
FOUND: list[ComplaintStep] = [*STATED, lambda c: c.investigate()]
CLEARED: list[ComplaintStep] = [*STATED, lambda c: c.investigate("unfounded")]
COMPLAINTS: Sequence[tuple[int, list[ComplaintStep]]] = (
    (1, MADE),
    (5, STATED),
    (3, FOUND),
    (20, [*FOUND, _punish]),
    (30, [*CLEARED, lambda c: c.decide("unfounded")]),
    (12, [*MADE, lambda c: c.accept("refuse", "属于合同纠纷，不在协会受理范围。")]),
)


@dataclass(frozen=True)
class Court:
    """The association's people who deal with appeals and complaints."""

    office: Actor
    handler: Actor
    approver: Actor


def tell(session: Session, town: Town, now: datetime) -> None:
    """Walk every appeal and complaint; some are about the people of the demo logins."""
    court = _court(session, town, now)
    for number, (ago, appeal_steps) in enumerate(APPEALS):
        appeal = _appeal(session, town, court, number, now - timedelta(days=ago + 12))
        _walk(appeal, appeal_steps, now - timedelta(days=ago))
    for number, (ago, steps) in enumerate(COMPLAINTS):
        accused = town.applicants[ACCUSED + number]
        _walk(_complaint(session, town, court, number, accused), steps, now - timedelta(days=ago))
    first = len(COMPLAINTS)
    against_lin = _complaint(session, town, court, first, town.applicants[0])
    _walk(against_lin, ASKED, now - timedelta(days=2))
    against_body = _complaint(session, town, court, first + 1, town.body_staff[0])
    against_body.body = town.body_staff[0].organisation_id or 0
    _walk(against_body, ASKED, now - timedelta(days=3))
    by_lin = replace(against_body, complainant=town.applicants[0], body=town.bodies[4].id)
    _walk(by_lin, MADE, now - timedelta(days=1))


def _court(session: Session, town: Town, now: datetime) -> Court:
    made = {}
    for login, name, role in SECOND:
        user = create_user(session, login, people.PASSWORD, name, now, email=f"{login}@example.org")
        user.email_confirmed_at = now
        grant_role(session, user.id, role, now)
        made[role] = Actor(user.id, name, role)
    return Court(town.staff["complaints_office"], made["complaints_office"], made["approver"])


def _walk(story: W, steps: Sequence[Callable[[W], object]], ended: datetime) -> None:
    """Take the steps a day apart, the last one on the day `ended`."""
    for position, step in enumerate(steps):
        with cases.at_work(ended - timedelta(days=len(steps) - 1 - position), position):
            step(story)


def _appeal(session: Session, town: Town, court: Court, number: int, decided: datetime) -> Appeal:
    """Let a registration be refused on a day, for somebody to appeal against it."""
    person = APPELLANTS + number
    first = Story(session, cases.cast_of(town, person), field=cases.FIELDS[number])
    cases.walk(first, town, person, cases.REFUSED, decided)
    uninvolved = tuple(sorted(first.cast.experts[2:], key=lambda one: one.user_id or 0))
    return Appeal(
        session=session,
        appellant=first.cast.applicant,
        office=court.office,
        approver=court.approver,
        experts=uninvolved,
        decision=first.case_id,
    )


def _complaint(
    session: Session, town: Town, court: Court, number: int, accused: Actor
) -> Complaint:
    held = certificate_rows(session, accused.person_id) if accused.person_id else []
    return Complaint(
        session=session,
        complainant=town.applicants[COMPLAINANTS + number],
        office=court.office,
        handler=court.handler,
        approver=court.approver,
        accused=accused,
        name=accused.name,
        certificate=held[-1].number if held else "",
    )
