"""Demo cases: every stage and every end, spread over two years, walked through the real process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from certflow.cases import assignment, running
from certflow.cases import operations as case_operations
from certflow.core import clock, files
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo import records
from certflow.demo.people import Town
from certflow.demo.story import Cast, Story
from certflow.payments.operations import InvoiceChoice, choose_invoice, submit_voucher
from certflow.payments.queries import order_of_case
from certflow.personnel.operations import NewCertificate, issue_certificate

Step = Callable[[Story], object]


def _first_audit(story: Story) -> str:
    return f"audit/{story.application['audit'][0]['id']}"


def _first_school(story: Story) -> str:
    return f"education/{story.application['education'][0]['id']}"


def _voucher(story: Story) -> None:
    """Pay offline: hand in a voucher that finance has to check."""
    session, applicant = story.session, story.cast.applicant
    order = order_of_case(session, story.case_id)
    if order is None or applicant.user_id is None:
        raise LookupError("no order to pay")
    proof = files.store(session, BytesIO(records.proof()), "转账凭证.pdf", applicant.user_id)
    choice = InvoiceChoice(kind="personal", title=applicant.name, email="invoice@example.org")
    choose_invoice(session, order.id, choice, clock.now(), applicant)
    submit_voucher(session, order.id, proof.id, "已从个人账户转账。", clock.now(), applicant)


def _withdraw(story: Story) -> None:
    case_operations.withdraw(
        story.session, story.cast.applicant, story.case_id, "个人原因，暂不申请。", None
    )


def _draft(story: Story) -> None:
    """Leave an application half filled."""
    task = story.tasks("apply")[0]
    person_id = story.cast.applicant.person_id or 0
    answers = records.application(story.session, person_id, story.field)
    half = {"education": answers["education"], "employment": answers["employment"]}
    case_operations.save_draft(story.session, story.cast.applicant, task.id, half, "work")


def _lapse(story: Story) -> None:
    """Let the sixty days pass."""
    with clock.frozen(clock.now() + timedelta(days=62)):
        for timer_id in running.due_timers(story.session, story.case_id):
            running.fire_timer(story.session, timer_id)


def _claim(element: str, who: str) -> Step:
    def claim(story: Story) -> None:
        assignment.claim(story.session, getattr(story.cast, who), story.tasks(element)[0].id)

    return claim


def _refuse(story: Story) -> None:
    words = {"opinion": "审核经历不足以证明具备所申请专业的能力，不予注册。"}
    story.do("approve", story.cast.approver, words, "refuse")


CHOOSE: list[Step] = [lambda s: s.begin(), lambda s: s.choose()]
SUBMIT: list[Step] = [*CHOOSE, lambda s: s.apply()]
RETURNED: list[Step] = [*SUBMIT, lambda s: s.pre_review("return", [_first_school(s)])]
AGREED: list[Step] = [*SUBMIT, lambda s: s.pre_review()]
PAID: list[Step] = [*AGREED, lambda s: s.pay()]
ACCEPTED: list[Step] = [*PAID, lambda s: s.accept()]
ASSIGNED: list[Step] = [*ACCEPTED, lambda s: s.assign()]
EVALUATED: list[Step] = [*ASSIGNED, lambda s: s.evaluate()]
FAILED: list[Step] = [*ASSIGNED, lambda s: s.evaluate([_first_audit(s)])]
ROUND_1: list[Step] = [*FAILED, lambda s: s.conclude("correct")]
CORRECTED: list[Step] = [*ROUND_1, lambda s: s.correct(_better(s))]
ROUND_2: list[Step] = [
    *CORRECTED,
    lambda s: s.evaluate([_first_audit(s)]),
    lambda s: s.conclude("correct"),
]
PASSED: list[Step] = [*EVALUATED, lambda s: s.conclude()]
REGISTERED: list[Step] = [*PASSED, lambda s: s.approve()]
REFUSED: list[Step] = [*PASSED, _refuse]
CORRECTED_AND_REGISTERED: list[Step] = [
    *CORRECTED,
    lambda s: s.evaluate(),
    lambda s: s.conclude(),
    lambda s: s.approve(),
]


def _better(story: Story) -> dict[str, object]:
    rows = [dict(row) for row in story.application["audit"]]
    rows[0]["duties"] = f"{rows[0]['duties']}（已补充见证条款对照表）"
    return {"audit": rows}


@dataclass(frozen=True)
class Plan:
    """How many cases take these steps, the last of them `days` ago at the latest."""

    count: int
    steps: list[Step]
    days: int = 1


CLOSED = (
    Plan(14, REGISTERED, 40),
    Plan(8, CORRECTED_AND_REGISTERED, 40),
    Plan(2, REFUSED, 60),
    Plan(2, [*PAID, lambda s: s.accept("refuse")], 60),
    Plan(2, [*SUBMIT, lambda s: s.pre_review("reject")], 60),
    Plan(2, [*SUBMIT, _withdraw], 30),
    Plan(2, [*ROUND_1, _lapse], 100),
)
OPEN = (
    Plan(2, CHOOSE[:1]),
    Plan(2, [*CHOOSE, _draft]),
    Plan(5, SUBMIT),
    Plan(2, RETURNED, 2),
    Plan(3, AGREED, 2),
    Plan(2, [*AGREED, _voucher]),
    Plan(4, PAID, 2),
    Plan(1, [*PAID, _claim("accept", "reviewer")]),
    Plan(3, ACCEPTED),
    Plan(6, ASSIGNED, 3),
    Plan(2, EVALUATED),
    Plan(2, FAILED),
    Plan(3, ROUND_1, 20),
    Plan(2, ROUND_2, 4),
    Plan(3, PASSED),
)
FIELDS = ("QMS", "EMS", "OHSMS", "FSMS", "EnMS", "ISMS")


LEADING = (
    ("QMS", "first_intern", Plan(1, REGISTERED, 460)),
    ("QMS", "upgrade_to_formal", Plan(1, ROUND_1, 23)),
    ("EMS", "first_intern", Plan(1, [*CHOOSE, _draft], 1)),
)
"""The story of the first person, whom the guide and the screenshots follow: field, mode, plan."""


def tell(session: Session, town: Town, today: datetime) -> int:
    """Walk every planned case; return how many."""
    for field, mode, plan in LEADING:
        ended = today - timedelta(days=plan.days)
        walk(Story(session, cast_of(town, 0), field=field, mode=mode), town, 0, plan.steps, ended)
    number = 1
    for plans, spread in ((CLOSED, 700), (OPEN, 0)):
        total = sum(plan.count for plan in plans)
        for position, plan in enumerate(_each(plans)):
            ended = today - timedelta(days=plan.days + spread * (total - position) // total)
            story = Story(session, cast_of(town, number), field=FIELDS[number % len(FIELDS)])
            if number % 3 == 0:
                story.mode = "upgrade_to_formal"
                _intern_before(story, ended)
            walk(story, town, number, plan.steps, ended)
            number += 1
    return number


def _each(plans: tuple[Plan, ...]) -> Iterator[Plan]:
    """Take the plans in turn, so that every kind of case is found in every month."""
    for turn in range(max(plan.count for plan in plans)):
        yield from (plan for plan in plans if turn < plan.count)


def _intern_before(story: Story, ended: datetime) -> None:
    """Let the applicant of an upgrade hold an intern certificate for over a year."""
    applicant = story.cast.applicant
    with at_work(ended - timedelta(days=480), 0):
        grant(story.session, applicant, story.field)


def walk(story: Story, town: Town, number: int, steps: list[Step], ended: datetime) -> None:
    """Take the steps, one to five days apart, so that the last one falls on the day `ended`."""
    gaps = [1 + (number * 5 + position * 3) % 5 for position in range(len(steps))]
    started = ended - timedelta(days=sum(gaps[1:]))
    with at_work(started - timedelta(days=5), 0):
        _prepare(story, town)
    for position, step in enumerate(steps):
        with at_work(started + timedelta(days=sum(gaps[1 : position + 1])), number + 3 * position):
            step(story)


def _prepare(story: Story, town: Town) -> None:
    """Give the applicant a library that suffices and the exams of the field."""
    applicant = story.cast.applicant
    body = next(one for one in town.bodies if one.id == applicant.organisation_id)
    if applicant.person_id is None or applicant.user_id is None:
        raise LookupError("an applicant is a person")
    if not records.has_library(story.session, applicant.person_id, story.field):
        records.fill_library(
            story.session, applicant.person_id, applicant.user_id, story.field, body=body.name
        )
    records.pass_exams(story.session, applicant.person_id, story.field)


def grant(session: Session, holder: Actor, field: str) -> None:
    """Let a person hold an intern certificate from today."""
    new = NewCertificate(
        person_id=holder.person_id or 0,
        field=field,
        mode="first_intern",
        specialities=tuple(records.specialities(field)),
        organisation_id=holder.organisation_id,
    )
    issue_certificate(session, new, clock.now())


def cast_of(town: Town, number: int) -> Cast:
    """Choose the people of a case; the experts belong to other bodies."""
    applicant = town.applicants[number]
    place = next(i for i, one in enumerate(town.bodies) if one.id == applicant.organisation_id)
    strangers = [e for e in town.experts if e.organisation_id != applicant.organisation_id]
    shift = number % len(strangers)
    return Cast(
        applicant=applicant,
        staff=town.body_staff[place],
        reviewer=town.staff["reviewer"],
        approver=town.staff["approver"],
        experts=tuple(strangers[shift:] + strangers[:shift]),
    )


@contextmanager
def at_work(day: datetime, number: int) -> Iterator[None]:
    """Stop the clock at some working hour of a day."""
    local = day.astimezone(clock.SHANGHAI)
    with clock.frozen(local.replace(hour=9 + number % 8, minute=number * 17 % 60, second=0)):
        yield
