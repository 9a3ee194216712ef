"""Cases that are about other cases: linked both ways, and re-opened when overturned (D3)."""

from dataclasses import dataclass

from sqlalchemy import delete, or_, select

from certflow.calendar.models import Deadline
from certflow.calendar.operations.deadlines import start_deadline
from certflow.cases import registry, reminding, versions
from certflow.cases.calling import CALLED
from certflow.cases.described import Parameter, described
from certflow.cases.models import Case, CaseLink
from certflow.cases.parties import parties, take_part
from certflow.cases.registry import PARTY, Step, operation
from certflow.cases.scope import visible
from certflow.cases.subjects import filer_of_case
from certflow.cases.turn import Turn, act, lock
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.text import NOTHING, Text

NOT_THERE = Text(
    "原业务没有办结，或不能从这个环节重新办理。",
    "The original case is not closed, or cannot be taken up again at this step.",
)


_WORDS = {
    (CALLED, True): Text("由本业务发起", "Called by this case"),
    (CALLED, False): Text("发起本业务的业务", "Called this case"),
}


@dataclass(frozen=True)
class Linked:
    """A case beside another: `about` when that one is about this one; how it `ended`, if it has."""

    case: Case
    kind: str
    about: bool
    ended: Text = NOTHING

    @property
    def waited_for(self) -> bool:
        """Whether the one beside it was called by this one, and is not over."""
        return self.kind == CALLED and self.about and self.case.state != "closed"

    @property
    def words(self) -> Text:
        """What the one beside it is to this one; empty where its title says so."""
        return _WORDS.get((self.kind, self.about), NOTHING)


def link(session: Session, case_id: int, other_id: int, kind: str) -> None:
    """Note that a case is about another one; once is enough."""
    if session.get(CaseLink, (case_id, other_id, kind)) is None:
        session.add(CaseLink(case_id=case_id, other_id=other_id, kind=kind))


def links_of(session: Session, actor: Actor, case_id: int) -> list[Linked]:
    """Return the cases linked with a case, each once, as far as the actor may see them."""
    query = select(CaseLink).where(or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id))
    found: dict[int, Linked] = {}
    for one in session.scalars(query.order_by(CaseLink.case_id, CaseLink.kind)):
        about = one.other_id == case_id
        other_id = one.case_id if about else one.other_id
        other = session.scalar(select(Case).where(Case.id == other_id, visible(actor)))
        if other is not None:
            ended = versions.loaded(session, other.version_id).name_of(other.outcome or "")
            found[other_id] = Linked(other, one.kind, about, ended)  # "reopened" after "appeal"
    return list(found.values())


@operation("link_case")
@described(
    Text("关联原业务", "Link the original case"),
    Text(
        "两件业务互相显示关联，对方当事人也随之带入。",
        "Both cases show the link; the other party comes along.",
    ),
    Parameter("case", "variable", Text("原业务", "Original case")),
    Parameter(
        "kind", "option", Text("关系", "Relation"), options=(("appeal", Text("申诉", "Appeal")),)
    ),
)
def link_case(step: Step, case: int, kind: str) -> None:
    """Link this case with the one it is about; who is the other party there is so here too (D4)."""
    link(step.session, step.case.id, int(case), kind)
    for user_id, organisation_id in _other_side(step.session, step.case, int(case)):
        who = {"user_id": user_id, "organisation_id": organisation_id}
        take_part(step.session, step.case.id, PARTY, **who)


def _other_side(session: Session, case: Case, about: int) -> list[tuple[int | None, int | None]]:
    """Return who stands against a case about another: its party, or who filed it against one."""
    sides = [(one.user_id, one.organisation_id) for one in parties(session, about)]
    if filer_of_case(case).side in sides:
        return [filer_of_case(session.get_one(Case, about)).side]
    return sides


@operation("reopen_case")
@described(
    Text("重开原业务", "Take up the original case again"),
    Text(
        "已办结的业务回到指定环节重新办理，时限重新计算。",
        "A closed case goes on at a step, with its whole time limit once more.",
    ),
    Parameter("case", "variable", Text("原业务", "Original case")),
    Parameter("element", "variable", Text("从哪个环节", "At which step")),
)
def reopen_case(step: Step, case: int, element: str) -> None:
    """Take up a closed case again at a step that its service allows (service.json `appealable`)."""
    link(step.session, step.case.id, int(case), "reopened")
    reopen(step.session, int(case), element, step.actor, str(step.case.number or ""))


def reopen(session: Session, case_id: int, element: str, actor: Actor, reason: str) -> Case:
    """Let a closed case go on at an element; it has its whole time limit once more.

    Raises:
        Conflict: when it is not closed, or its service does not allow this element.

    """
    case = lock(session, case_id)
    allowed = versions.loaded(session, case.version_id).settings.get("appealable", {})
    if case.state != "closed" or element not in allowed.get("reopen_at", []):
        raise Conflict(NOT_THERE)

    def change(turn: Turn) -> None:
        before, case.state, case.outcome, case.closed_at = case.outcome, "open", None, None
        turn.record("case.reopened", element=element, before={"outcome": before}, reason=reason)
        if (undo := registry.undoings.get(case.service)) is not None:
            undo(turn.step())
        _wind_up(turn)
        turn.run.reopen(element)

    return act(session, case, actor, change)


def _wind_up(turn: Turn) -> None:
    """Let the case's clocks begin anew: those that ended with it are told of in its trail."""
    session, case, settings = turn.session, turn.case, turn.loaded.settings
    session.execute(delete(Deadline).where(Deadline.case_id == case.id))
    limit = settings.get("time_limit", {})
    if limit.get("deadline"):
        key, length, unit = limit["deadline"], limit["length"], limit["unit"]
        deadline = start_deadline(
            session, case.id, key, length, unit, clock.now(), actor=turn.actor, chain=turn.trail
        )
        reminding.plan(session, deadline, settings)
