"""What diagrams and forms may call by name: operations, checks and choices (design §2).

Registered once, in Python; an administrator's diagram names them and gives their parameters.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from certflow.cases.models import Case
from certflow.core.actor import Actor
from certflow.core.audit import Trail
from certflow.core.db import Session
from certflow.core.text import NOTHING, Text
from certflow.engine.decisions import Decision


@dataclass(frozen=True)
class Step:
    """What an operation may know: the case it runs in and who set it off.

    `memo` keeps what was looked up already in the same transition.
    """

    session: Session
    case: Case
    chain: Trail
    actor: Actor
    settings: Mapping[str, Any]
    tables: Mapping[str, Decision]
    data: Mapping[str, Any]
    memo: dict[str, Any] = field(default_factory=dict)

    def tell(self, event: str, **more: Any) -> None:
        """Have webhooks told of an event that the case's own trail does not hold; ids only."""
        self.memo.setdefault("told", []).append((event, more))


@dataclass(frozen=True)
class Choice:
    """One thing to choose from; `blocked` says why it cannot be chosen."""

    value: str
    label: Text
    note: Text | None = None
    blocked: Text | None = None


@dataclass(frozen=True)
class Exhibit:
    """A table of facts shown beside a form: who decides sees them, nobody types them."""

    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    note: Text = NOTHING


@dataclass(frozen=True)
class Result:
    """A variable that an operation sets: what the process studio offers in conditions (H1).

    `name` may hold a parameter: "{key}_due". `type`: text, number, boolean, date, list or record.
    """

    name: str
    type: str
    title: Text


FACTS = (
    Result("facts", "record", Text("用于核对条件的数据", "The figures that conditions look at")),
    Result("evidence", "record", Text("数据的依据", "What the figures rest on")),
)
"""What operations set that gather figures for `judge_conditions`."""


@dataclass(frozen=True)
class Invented:
    """Somebody invented for trying a process out, and what they are to have (catalogue H5).

    `holds` is the grade in which they hold certificates already, "" for who is about to apply.
    `file` puts a sample file of a name into that world and returns its id.
    """

    user_id: int
    person_id: int
    organisation_id: int
    organisation: str
    holds: str
    file: Callable[[str], str]


Operation = Callable[..., Mapping[str, Any] | None]
Check = Callable[[Step, Mapping[str, Any], str], Mapping[str, Text]]
Choices = Callable[[Step], Sequence[Choice]]
Exhibits = Callable[[Step], Exhibit | None]
Starting = Callable[[Step], Mapping[str, Any]]
Admission = Callable[[Session, Actor, Mapping[str, str]], Text | None]
StandsBack = Callable[[Step], Mapping[int, Text]]
Undoing = Callable[[Step], None]
Credentials = Callable[[Session, Sequence[int]], Mapping[int, Text]]
Belongings = Callable[[Session, Invented], None]
Library = Callable[[Session, int], Sequence[Any]]
Particulars = Callable[[Session, int], Iterable[tuple[str, str]]]

PARTY = "party"
"""The lane of whoever stands on the other side of a case; its tasks are always blind."""

operations: dict[str, Operation] = {}
checks: dict[str, Check] = {}
choices: dict[str, Choices] = {}
exhibits: dict[str, Exhibits] = {}
startings: dict[str, Starting] = {}
admissions: dict[str, Admission] = {}
stand_backs: dict[str, StandsBack] = {}
undoings: dict[str, Undoing] = {}
credentials: dict[str, Credentials] = {}
belongings: dict[str, Belongings] = {}
libraries: dict[str, Library] = {}
particulars: dict[str, Particulars] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register what a service task named `name` does.

    The function gets a Step and the task's parameters by name; what it returns is merged into
    the case's decision variables.
    """
    return _registering(operations, name)


def sets(*results: Result) -> Callable[[Operation], Operation]:
    """Describe the variables that an operation sets; stands under `operation`."""

    def describe(function: Operation) -> Operation:
        function.results = results  # type: ignore[attr-defined]
        return function

    return describe


def results_of(name: str) -> tuple[Result, ...]:
    """Return the variables that an operation sets, none for one that is not registered."""
    found: tuple[Result, ...] = getattr(operations.get(name), "results", ())
    return found


def check(name: str) -> Callable[[Check], Check]:
    """Register a check that a form names.

    The function gets a Step, the clean answers and the outcome chosen; it returns sentences by
    field path, none when all is well.
    """
    return _registering(checks, name)


def choice(name: str) -> Callable[[Choices], Choices]:
    """Register what a field's widget `name` offers."""
    return _registering(choices, name)


def offered_by(source: str) -> Choices | None:
    """Return what offers the options of a source; `members:<role>` offers who holds a role."""
    name, _, argument = source.partition(":")
    found = choices.get(name if argument else source)
    if found is None or not argument:
        return found
    return lambda step: found(replace(step, memo={**step.memo, "source": argument}))


def exhibit(name: str) -> Callable[[Exhibits], Exhibits]:
    """Register a table that forms show above their fields (`exhibits`); None shows nothing."""
    return _registering(exhibits, name)


def starting(name: str) -> Callable[[Starting], Starting]:
    """Register the values with which a form opens that nobody has filled in yet."""
    return _registering(startings, name)


def admission(service: str) -> Callable[[Admission], Admission]:
    """Register what may stand against starting a service.

    The function gets the session, the actor and what the service is to be about (`given` values
    of its first form, may be empty); it returns why not, None when nothing stands against it.
    """
    return _registering(admissions, service)


def stands_back(service: str) -> Callable[[StandsBack], StandsBack]:
    """Register who else has to stand back from judging a service's cases, with why (B10)."""
    return _registering(stand_backs, service)


def undoing(service: str) -> Callable[[Undoing], Undoing]:
    """Register what takes back the effects of a decision when it is overturned (D3)."""
    return _registering(undoings, service)


def credential(role: str) -> Callable[[Credentials], Credentials]:
    """Register what stands beside each holder of a role where one is chosen (user id -> words)."""
    return _registering(credentials, role)


def belonging(name: str) -> Callable[[Belongings], Belongings]:
    """Register what somebody invented for a trial has in a domain: records, exams, certificates."""
    return _registering(belongings, name)


def library(name: str) -> Callable[[Library], Library]:
    """Register where a person's records are kept that forms can pick from (A9)."""
    return _registering(libraries, name)


def particular(name: str) -> Callable[[Particulars], Particulars]:
    """Register what a user alone has and forms ask for by its very words, as (field, value).

    A made-up answer is that of whoever answers, and in a test made of a real case it becomes that
    of the invented person: rules compare it.
    """
    return _registering(particulars, name)


def _registering(register: dict[str, Any], name: str) -> Callable[[Any], Any]:
    def keep(function: Any) -> Any:
        register[name] = function
        return function

    return keep
