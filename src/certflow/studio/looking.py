"""A trial as its page shows it: who has what, what is known, what would have been sent (H5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from certflow.accounts.models import User
from certflow.accounts.roles import ROLES
from certflow.cases import letters
from certflow.cases.calling import CLOSED, FORSAKEN
from certflow.cases.dossier import Dossier, open_dossier
from certflow.cases.models import HumanTask
from certflow.cases.notices import role_of
from certflow.cases.registry import PARTY
from certflow.cases.standing import clock_view, diagram_state
from certflow.cases.story import Entry, timeline
from certflow.core.incidents import Incident
from certflow.core.outbox import OutboxItem
from certflow.core.text import NOTHING, Text
from certflow.forms.parts import Outcome
from certflow.notifications.models import Notice
from certflow.payments.models import CREATED, PAID
from certflow.payments.queries import orders_of_case
from certflow.studio import called, cast, telling
from certflow.studio.editing import WAITED_AT
from certflow.studio.sandbox import Sandbox

_MOST = 60
_SITE, _MAIL, _SMS = Text("站内", "on site"), Text("邮件", "e-mail"), Text("短信", "text message")
_OTHER: Final = {
    "certificate_pdf": Text("制作电子证书", "Make the e-certificate"),
    "payment.refund": Text("向支付渠道申请退款", "Ask the payment provider for a refund"),
    "payment.close": Text("关闭支付订单", "Close the payment order"),
}
_UNSAID: Final = {"mail", "sms", CLOSED, FORSAKEN}
_PARTY = Text("对方当事人", "The other party")
_TO_PAY, _PAID = Text("待缴", "to be paid"), Text("已缴", "paid")


@dataclass(frozen=True)
class Waiting:
    """A task that waits: whose it is, and what they can do with it."""

    id: int
    name: Text
    role: Text
    who: str
    due_at: datetime | None
    outcomes: tuple[Outcome, ...]
    element: str


@dataclass(frozen=True)
class Sent:
    """A notice that would have been sent: to whom, over which channels, in which words."""

    at: datetime
    to: tuple[str, ...]
    role: Text
    channels: tuple[Text, ...]
    text: Text


@dataclass(frozen=True)
class Fee:
    """An order of the case."""

    number: str
    amount_fen: int
    state: Text
    unpaid: bool


@dataclass(frozen=True)
class Letter:
    """A letter that would have been made and sent."""

    title: Text
    recipient: Text
    paragraphs: tuple[Text, ...]


@dataclass(frozen=True)
class Problem:
    """A failed step that nobody has dealt with."""

    element: str
    name: Text
    reason: Text


@dataclass(frozen=True)
class Scenery:
    """Everything that a trial's page shows of its case."""

    tasks: tuple[Waiting, ...]
    entries: tuple[Entry, ...]
    state: dict[str, Any]
    clocks: tuple[Any, ...]
    variables: tuple[tuple[str, str], ...]
    sent: tuple[Sent, ...]
    letters: tuple[Letter, ...]
    fees: tuple[Fee, ...]
    called: tuple[called.Called, ...]
    others: tuple[Text, ...]
    problems: tuple[Problem, ...]
    ended: Text | None
    stands_at: Text
    stages: tuple[dict[str, Any], ...]


def look(sandbox: Sandbox, script: Sequence[dict[str, Any]], locale: str) -> Scenery:
    """Read a trial's case for its page."""
    with sandbox.inside():
        dossier = _dossier(sandbox, locale)
        case = sandbox.the_case
        problems = _problems(sandbox, script)
        closed = case.state == "closed"
        return Scenery(
            tasks=tuple(_waiting(sandbox, one) for one in sandbox.open_tasks()),
            entries=tuple(timeline(dossier)),
            state=_state(dossier, script, problems),
            clocks=tuple(
                clock_view(dossier, key, one, mend=False)
                for key, one in dossier.clocks.items()
                if one.state in {"running", "paused"}
            ),
            variables=tuple(
                (name, _said(value)) for name, value in sorted(sandbox.variables().items())
            ),
            sent=tuple(_sent(sandbox)),
            letters=tuple(_letters(sandbox)),
            fees=tuple(_fees(sandbox)),
            called=tuple(called.waiting(sandbox)),
            others=tuple(_others(sandbox)),
            problems=problems,
            ended=sandbox.loaded.name_of(case.outcome) if closed and case.outcome else None,
            stands_at=telling.waiting_at(sandbox.loaded, case.stages, failed=bool(problems)),
            stages=tuple(_stages(sandbox, script, case.stages)),
        )


def _stages(
    sandbox: Sandbox, script: Sequence[dict[str, Any]], present: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """List the tasks that were passed and those that wait, for who sees no diagram."""
    known = sandbox.loaded.definition.elements
    reached = dict.fromkeys(element for one in script for element in one["reached"])
    for element in reached:
        task = known[element].kind in WAITED_AT if element in known else False
        if task and element not in present:
            yield {"label": sandbox.loaded.name_of(element), "state": "done"}
    for element in present:
        yield {"label": sandbox.loaded.name_of(element), "state": "now"}


def _dossier(sandbox: Sandbox, locale: str) -> Dossier:
    """Read the case with its applicant's eyes: they see it whole, from the first draft on."""
    case = sandbox.the_case
    role = "body_staff" if case.applicant_organisation_id else "applicant"
    reader = cast.actor_of(sandbox.session, case.applicant_id, role)
    return open_dossier(sandbox.session, reader, case.id, sandbox.at, locale)


def _state(
    dossier: Dossier, script: Sequence[dict[str, Any]], problems: Sequence[Problem]
) -> dict[str, Any]:
    """Return what the diagram shows: the token, what was passed, what failed."""
    reached = {element for one in script for element in one["reached"]}
    state = diagram_state(dossier)
    return {
        **state,
        "mending": False,
        "done": sorted(reached - set(state["present"])),
        "flows": sorted({flow for one in script for flow in one["flows"]}),
        "failed": [one.element for one in problems if one.element],
    }


def _waiting(sandbox: Sandbox, task: HumanTask) -> Waiting:
    form = sandbox.loaded.forms[task.form]
    holder = sandbox.session.get(User, task.assignee_id) if task.assignee_id else None
    role = ROLES.get(role_of(task))
    return Waiting(
        id=task.id,
        name=Text.read(task.name),
        role=_PARTY if task.role == PARTY else role.title if role else Text.read(task.role),
        who=holder.name if holder else "",
        due_at=task.due_at,
        outcomes=form.outcomes,
        element=task.element,
    )


def _sent(sandbox: Sandbox) -> list[Sent]:
    """Return what was told, the newest first; told to a whole group, it is one line."""
    query = select(Notice, User.name).join(User, User.id == Notice.user_id)
    rows = sandbox.session.execute(query.order_by(Notice.id.desc()).limit(_MOST))
    effects = {(one.kind, one.payload.get("notice_id")) for one in sandbox.session.scalars(_OUTBOX)}
    found: dict[tuple[object, ...], Sent] = {}
    for notice, name in rows:
        role, told = ROLES.get(notice.role), Text.read(notice.text)
        key = (told, notice.created_at, notice.role, notice.kind)
        more = [(_MAIL, "mail"), (_SMS, "sms")]
        channels = [_SITE, *(said for said, kind in more if (kind, notice.id) in effects)]
        known = found.get(key)
        found[key] = Sent(
            at=notice.created_at,
            to=(name, *known.to) if known else (name,),
            role=role.title if role else Text.read(notice.role),
            channels=tuple(channels),
            text=told,
        )
    return list(found.values())


_OUTBOX = select(OutboxItem).order_by(OutboxItem.id)


def _others(sandbox: Sandbox) -> list[Text]:
    """Return the other effects that would have left: certificates made, refunds asked for."""
    kinds = [one.kind for one in sandbox.session.scalars(_OUTBOX)]
    return [_OTHER.get(kind, Text.read(kind)) for kind in kinds if kind not in _UNSAID]


def _letters(sandbox: Sandbox) -> list[Letter]:
    return [
        Letter(
            Text.read(one.content["title"]),
            Text.read(one.content["recipient"]),
            tuple(Text.read(each) for each in one.content["paragraphs"]),
        )
        for one in letters.letters_of(sandbox.session, sandbox.the_case.id)
    ]


def _fees(sandbox: Sandbox) -> list[Fee]:
    words = {CREATED: _TO_PAY, PAID: _PAID}
    return [
        Fee(
            one.number,
            one.amount_fen,
            words.get(one.state, Text.read(one.state)),
            unpaid=one.state == CREATED and one.replaced_by_id is None,
        )
        for one in orders_of_case(sandbox.session, sandbox.the_case.id)
    ]


def _problems(sandbox: Sandbox, script: Sequence[dict[str, Any]]) -> tuple[Problem, ...]:
    """Return what failed and was not done since; the script has the words in both languages."""
    open_ = select(Incident.id).where(Incident.resolved_at.is_(None)).limit(1)
    failures = [one["failure"] for one in script if one["failure"]]
    if sandbox.session.scalar(open_) is None or not failures:
        return ()
    element, reason = failures[-1]["element"], Text.read(failures[-1]["reason"])
    name = sandbox.loaded.name_of(element) if element else NOTHING
    return (Problem(element, name, reason),)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)
