"""Demo of the other personnel services: some cases of each, in every stage (A8, D2, D5)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import cases, records
from certflow.demo.filings import Appointment, Cancellation, Change, Filing, Transfer
from certflow.demo.people import Town
from certflow.personnel.appointments import appoint_expert
from certflow.personnel.operations import NewCertificate, issue_certificate

FIRST = 244
"""Where in the town's list of applicants those begin who file one of these."""

F = TypeVar("F", bound=Filing)
Plan = Sequence[tuple[int, Sequence[Callable[[F], object]]]]
"""How many days ago the last step was, and the steps."""

_ASKED: list[Callable[[Transfer], object]] = [
    lambda t: t.begin(),
    lambda t: t.choose(),
    lambda t: t.apply(explanation="已与转入机构谈妥，下月入职。"),
]
_RELEASED: list[Callable[[Transfer], object]] = [*_ASKED, lambda t: t.release()]
_TAKEN: list[Callable[[Transfer], object]] = [*_RELEASED, lambda t: t.take()]
TRANSFERS: Plan[Transfer] = (
    (0, _ASKED),
    (1, _ASKED),
    (0, _RELEASED),
    (1, _RELEASED),
    (2, [*_ASKED, lambda t: t.release("return")]),
    (1, _TAKEN),
    (1, [*_TAKEN, lambda t: t.review()]),
    (12, [*_TAKEN, lambda t: t.review(), lambda t: t.approve()]),
    (40, [*_TAKEN, lambda t: t.review(), lambda t: t.approve()]),
    (25, [*_RELEASED, lambda t: t.take("reject")]),
    (0, _ASKED[:2]),
)
_FILED: list[Callable[[Any], object]] = [lambda f: f.begin(), lambda f: f.apply()]
_REVIEWED = [*_FILED, lambda f: f.review()]
_DECIDED = [*_REVIEWED, lambda f: f.approve()]
_REFUSED = [*_FILED, lambda f: f.review("refuse"), lambda f: f.approve("refuse")]
CANCELLATIONS: Plan[Cancellation] = (
    (1, _FILED),
    (3, [*_FILED, lambda c: c.review("return")]),
    (1, _REVIEWED),
    (18, _DECIDED),
    (75, _DECIDED),
)
CHANGES: Plan[Change] = (
    (1, _FILED),
    (2, _FILED),
    (1, _REVIEWED),
    (4, [*_FILED, lambda c: c.review("return")]),
    (33, _DECIDED),
    (60, _DECIDED),
    (45, _REFUSED),
)
_CHOSEN: list[Callable[[Any], object]] = [
    lambda a: a.begin(),
    lambda a: a.choose(),
    lambda a: a.apply(),
]
APPOINTMENTS: Plan[Appointment] = (
    (1, _CHOSEN),
    (2, [*_CHOSEN, lambda a: a.review()]),
    (50, [*_CHOSEN, lambda a: a.review(), lambda a: a.approve()]),
    (80, [*_CHOSEN, lambda a: a.review("refuse"), lambda a: a.approve("refuse", term=None)]),
    (0, _CHOSEN[:2]),
)
WANTED = (
    {"employer": "示例工程技术研究院"},
    {"highest_degree": "master"},
    {"household": "示例省样例市云台区"},
)


def tell(session: Session, town: Town, now: datetime) -> None:
    """Walk every case; let the town's experts be appointed in their fields."""
    with clock.frozen(now - timedelta(days=400)):
        for number, expert in enumerate(town.experts):
            fields = {cases.FIELDS[(number + step) % len(cases.FIELDS)] for step in range(3)}
            appoint_expert(session, expert.user_id or 0, sorted(fields), 3, clock.now())
    who = count(FIRST)
    for number, (ago, asked) in enumerate(TRANSFERS):
        filer = town.applicants[next(who)]
        _certify(session, filer, now)
        _walk(_transfer(session, town, filer, number), asked, now, ago)
    for ago, given_up in CANCELLATIONS:
        filer = town.applicants[next(who)]
        held = _certify(session, filer, now)
        _walk(Cancellation(**_people(session, town, filer), certificate=held), given_up, now, ago)
    for number, (ago, changed) in enumerate(CHANGES):
        filer = town.applicants[next(who)]
        wanted: dict[str, Any] = dict(WANTED[number % len(WANTED)])
        _walk(Change(**_people(session, town, filer), wanted=wanted), changed, now, ago)
    for ago, applied in APPOINTMENTS:
        filer = town.applicants[next(who)]
        _certify(session, filer, now)
        _walk(Appointment(**_people(session, town, filer)), applied, now, ago)


def _transfer(session: Session, town: Town, filer: Actor, number: int) -> Transfer:
    """Let every second transfer lead to the body whose staff the demo logins know."""
    place = next(i for i, one in enumerate(town.bodies) if one.id == filer.organisation_id)
    other = 0 if place and number % 2 else (place + 5) % len(town.bodies)
    staff: dict[str, Any] = {
        "from_staff": town.body_staff[place],
        "to_staff": town.body_staff[other],
    }
    return Transfer(**_people(session, town, filer), **staff)


def _people(session: Session, town: Town, filer: Actor) -> dict[str, Any]:
    reviewer, approver = town.staff["reviewer"], town.staff["approver"]
    return {"session": session, "applicant": filer, "reviewer": reviewer, "approver": approver}


def _certify(session: Session, filer: Actor, now: datetime) -> int:
    """Let somebody be a formal auditor for half a year; return the certificate's id."""
    new = NewCertificate(
        person_id=filer.person_id or 0,
        field="QMS",
        mode="formal_from_other_field",
        specialities=tuple(records.specialities("QMS")),
        organisation_id=filer.organisation_id,
    )
    return issue_certificate(session, new, now - timedelta(days=180)).id


def _walk(filing: F, steps: Sequence[Callable[[F], object]], now: datetime, ago: int) -> None:
    """Take the steps on working days, the last one `ago` days ago."""
    for day, step in zip(_days(now - timedelta(days=ago), len(steps)), steps, strict=True):
        with cases.at_work(day, 0):
            step(filing)


def _days(ended: datetime, steps: int) -> Iterator[datetime]:
    return (ended - timedelta(days=(steps - 1 - place) // 2) for place in range(steps))
