"""Called processes: a case has one of another service opened and waits until that is over (H1).

A called case is a case like any other, filed by whoever filed the caller and linked with it. It
is opened in the caller's transition. The ways back and down travel by the outbox (`returning`), so
that no transaction locks two cases.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from certflow.accounts.queries import get_user, person_of_user
from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.cases import opening, versions
from certflow.cases.models import Case, CaseLink
from certflow.cases.subjects import Filer
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, NotFound
from certflow.core.outbox import enqueue
from certflow.core.text import Text
from certflow.engine.errors import BudgetExceeded, StepFailed

if TYPE_CHECKING:
    from certflow.cases.turn import Turn

CALLED: Final = "called"
"""The kind of the link from a called case to its caller."""
CLOSED, FORSAKEN = "case.called_closed", "case.forsaken"
"""Outbox: a called case is over; a caller waits no more for one."""
DEEPEST: Final = 5

NOT_THERE = Text(
    "要调用的业务“{key}”没有发布。", 'The service "{key}", which is called, is not published.'
)
NOT_FOR_THEM = Text(
    "“{title}”不能由这件业务的申请人办理，请检查谁可以申请。",
    "“{title}” cannot be filed by whoever filed this case; see who may start it.",
)
TOO_DEEP = Text(
    "业务已经一层套一层地调用了 {n} 层，不再往下调用。",
    "Services have called each other {n} levels deep; no further.",
)
NOT_BEGUN = Text("“{title}”没有办起来：{why}", "“{title}” did not begin: {why}")


def open_called(turn: "Turn", service: str, given: Mapping[str, Any]) -> int:
    """Open a case of the service as it is in force; return its id.

    Raises:
        Conflict: there is no such service, whoever filed cannot file it, something stands
            against it, a first step fails, or too many call each other.

    """
    session, caller = turn.session, turn.case
    if len(callers(session, caller.id)) >= DEEPEST:
        raise Conflict(TOO_DEEP.filled(n=DEEPEST))
    try:
        loaded = versions.active(session, service)
    except NotFound:
        raise Conflict(NOT_THERE.filled(key=service)) from None
    filer = Filer(caller.applicant_id, caller.applicant_organisation_id)
    title = Text.read(loaded.settings["title"])
    known = {name: value for name, value in given.items() if value is not None}
    actor = _acting(session, filer, loaded, title)
    told = {name: str(value) for name, value in known.items()}
    if (why := opening.stands_against(session, actor, service, told)) is not None:
        raise Conflict(NOT_BEGUN.filled(title=title, why=why))
    case = opening.draft_case(session, loaded, filer)
    session.add(CaseLink(case_id=case.id, other_id=caller.id, kind=CALLED))
    session.flush()
    turn.called.add(case.id)
    turn.record("case.called", after={"case": case.id, "service": service})
    try:
        opening.begin(turn.beside(case, loaded, SYSTEM), known)
    except (StepFailed, BudgetExceeded) as error:
        raise Conflict(NOT_BEGUN.filled(title=title, why=error.reason)) from error
    return case.id


def _acting(session: Session, filer: Filer, loaded: versions.Loaded, title: Text) -> Actor:
    """Return whoever filed at work in a role in which they may start a service."""
    own = {"applicant"} if filer.organisation_id is None else ORGANISATION_ROLES
    role = next((one for one in loaded.settings["start_roles"] if one in own), None)
    if role is None:
        raise Conflict(NOT_FOR_THEM.filled(title=title))
    user, person = get_user(session, filer.user_id), person_of_user(session, filer.user_id)
    return Actor(
        filer.user_id,
        user.name if user else "",
        role,
        filer.organisation_id,
        person.id if person else None,
    )


def callers(session: Session, case_id: int) -> list[int]:
    """Return the case that has called one, the one that has called that, and so on."""
    found: list[int] = []
    following = caller_of(session, case_id)
    while following is not None and len(found) < DEEPEST:
        found.append(following)
        following = caller_of(session, following)
    return found


def caller_of(session: Session, case_id: int) -> int | None:
    """Return the case that has called one; None for a case that somebody started."""
    query = select(CaseLink.other_id).where(CaseLink.case_id == case_id, CaseLink.kind == CALLED)
    return session.scalar(query)


def let_go(turn: "Turn") -> None:
    """Have the called cases end for which this one waits no more: a timer, a move, its own end."""
    waits = {one.case for one in turn.run.calls}
    _forsake(turn.session, turn.case, turn.called - waits)


def tell_caller(session: Session, case: Case) -> None:
    """Have the caller of a case told that it is over."""
    caller_id = caller_of(session, case.id)
    if caller_id is not None:
        payload = {"case_id": case.id, "caller_id": caller_id}
        enqueue(session, CLOSED, f"{CLOSED}/{case.id}/{case.version}", payload)


def tell_again(turn: "Turn") -> None:
    """Have a case told of called ones that are over, whose end it did not take note of."""
    for called_id in sorted(turn.called):
        called = turn.session.get(Case, called_id)
        if called is None or called.state == "closed":
            payload = {"case_id": called_id, "caller_id": turn.case.id}
            key = f"{CLOSED}/{called_id}/again/{turn.case.version}"
            enqueue(turn.session, CLOSED, key, payload)


def forget(session: Session, case: Case) -> None:
    """Tell those linked with a draft by a call that it is about to be deleted."""
    tell_caller(session, case)
    query = select(CaseLink.case_id).where(CaseLink.other_id == case.id, CaseLink.kind == CALLED)
    _forsake(session, case, set(session.scalars(query)))


def _forsake(session: Session, case: Case, called: set[int]) -> None:
    for one in sorted(called):
        payload = {"case_id": one, "caller_id": case.id}
        enqueue(session, FORSAKEN, f"{FORSAKEN}/{one}/{case.version}", payload)
