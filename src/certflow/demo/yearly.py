"""Demo of annual confirmation: what was confirmed, cases at every step, one filing for many, credit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import BytesIO

from sqlalchemy import select

from certflow.cases import group_rows, groups
from certflow.core import clock, files
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.outbox import enqueue
from certflow.core.text import Text
from certflow.demo import records
from certflow.demo.cases import grant
from certflow.demo.confirming import DECLARATION, SERVICE, Confirming
from certflow.demo.people import Town
from certflow.personnel.confirming import of_organisation
from certflow.personnel.models import Certificate
from certflow.personnel.operations import (
    add_credit_entry,
    confirm_year,
    set_certificate_state,
)
from certflow.personnel.queries import held_certificate
from certflow.personnel.standing import Standing
from certflow.processes.windows import standings

Step = Callable[[Confirming], object]

SENT: list[Step] = [lambda s: s.choose(), lambda s: s.apply()]
DEVELOPED: list[Step] = [
    lambda s: s.choose(),
    lambda s: s.apply(
        development=True,
        development_content="新版认证规则专题培训",
        development_from="2026-05-11",
        development_until="2026-05-13",
    ),
]
RETURNED: list[Step] = [*SENT, lambda s: s.review("return", "请在备注里说明今年的审核情况。")]
AGREED: list[Step] = [*DEVELOPED, lambda s: s.review()]
CONFIRMED: list[Step] = [*SENT, lambda s: s.review(), lambda s: s.decide()]
REFUSED: list[Step] = [
    *SENT,
    lambda s: s.review(),
    lambda s: s.decide("refuse", "本年度有查实的投诉，未按要求整改。"),
]
PLANS = (SENT, AGREED, CONFIRMED, RETURNED, SENT, CONFIRMED, AGREED, REFUSED, CONFIRMED, SENT)
"""The steps of the cases of each body but the first, one after another; the rest stays due."""

CREDIT = (
    ("award", Text("协会年度优秀审核员。", "Auditor of the year of the association."), 200, None),
    (
        "warning",
        Text("一次现场审核迟到，经核实予以警示。", "Came late to an on-site audit, verified."),
        90,
        365,
    ),
    (
        "breach",
        Text("审核记录与实际不符，责令改正。", "Audit records did not match the facts."),
        500,
        365,
    ),
)
"""Kind, words, entered so many days ago, counts for so many days."""


def tell(session: Session, town: Town, now: datetime) -> None:
    """Add to the demo what a year brings."""
    lin = town.applicants[0]
    with clock.frozen(now - timedelta(days=350)):
        grant(session, lin, "OHSMS")
        held = held_certificate(session, lin.person_id or 0, "OHSMS")
        if held is not None:
            payload = {"certificate_id": held.id}
            enqueue(session, "certificate_pdf", f"certificate_pdf/{held.id}", payload)
    _confirm_the_past(session, now.astimezone(clock.SHANGHAI).date())
    _walk(session, town, now)
    with _at(now - timedelta(days=1), 15):
        _file_for_many(session, town.body_staff[0], town.staff["reviewer"])
    _credit(session, lin, town, now)


def _confirm_the_past(session: Session, today: date) -> None:
    """Certificates past an anniversary's window were confirmed in it; a few forgot."""
    for certificate in session.scalars(select(Certificate).order_by(Certificate.id)):
        for year in (1, 2):
            day = certificate.valid_from + timedelta(days=365 * year - 20 + certificate.id % 60)
            past = day + timedelta(days=80) < today and certificate.state != "cancelled"
            if past and certificate.id % 19:
                confirm_year(session, certificate.id, year, day)


def _walk(session: Session, town: Town, now: datetime) -> None:
    """Let people of the other bodies apply, each case some days ago."""
    for number, (steps, staff) in enumerate(zip(PLANS, town.body_staff[1:], strict=False)):
        due = [one for one in _standings(session, staff) if one.due]
        holders = {one.user_id: one for one in town.applicants}
        if not due or due[0].user_id not in holders:
            continue
        story = Confirming(
            session,
            filer=holders[due[0].user_id],
            staff=staff,
            reviewer=town.staff["reviewer"],
            certificate_id=due[0].certificate_id,
        )
        for position, step in enumerate(steps):
            with _at(now - timedelta(days=1 + number % 4), 9 + 2 * position):
                step(story)


def _file_for_many(session: Session, staff: Actor, reviewer: Actor) -> None:
    """Let the first body file for most of those that are due; one is suspended meanwhile."""
    due = [one for one in groups.subjects_of(session, staff, SERVICE) if one.blocked is None]
    chosen = [one.value for one in due[: max(1, len(due) * 2 // 3)]]
    if not chosen:
        return
    filing = groups.prepare(session, staff, SERVICE, chosen)
    groups.submit(session, staff, filing.id, DECLARATION, {})
    last = session.get_one(Certificate, int(chosen[-1]))
    reason = "持证人申请暂停执业。"
    set_certificate_state(session, last, "suspended", reviewer, reason)
    for row, _number in groups.rows_of(session, filing):
        group_rows.file_row(session, {"row_id": row.id})


def _credit(session: Session, lin: Actor, town: Town, now: datetime) -> None:
    officer = town.staff["reviewer"]
    for person in (lin, *town.applicants[20:60:10]):
        for kind, text, ago, years in CREDIT:
            if person is not lin and kind == "award":
                continue
            with clock.frozen(now - timedelta(days=ago)):
                day = clock.today()
                proof = files.store(
                    session, BytesIO(records.proof()), "调查记录.pdf", officer.user_id
                )
                add_credit_entry(
                    session,
                    person.person_id or 0,
                    kind,
                    text,
                    day,
                    expires_on=day + timedelta(days=years) if years else None,
                    basis="信用档案管理办法",
                    files=[proof.id] if kind != "award" else [],
                    actor=officer,
                )


def _standings(session: Session, staff: Actor) -> list[Standing]:
    return standings(session, of_organisation(staff.organisation_id or 0))


@contextmanager
def _at(day: datetime, hour: int) -> Iterator[None]:
    """Stop the clock at some working hour of a day."""
    local = day.astimezone(clock.SHANGHAI)
    with clock.frozen(local.replace(hour=hour, minute=10 + hour, second=0)):
        yield
