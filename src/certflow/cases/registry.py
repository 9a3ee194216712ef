"""What diagrams and forms may call by name: operations, checks and choices (design §2).

Registered once, in Python; an administrator's diagram names them and gives their parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from certflow.cases.models import Case
from certflow.core.actor import Actor
from certflow.core.audit import Trail
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.engine.decisions import Table


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
    tables: Mapping[str, Table]
    data: Mapping[str, Any]
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """One thing to choose from; `blocked` says why it cannot be chosen."""

    value: str
    label: Text
    note: Text | None = None
    blocked: Text | None = None


Operation = Callable[..., Mapping[str, Any] | None]
Check = Callable[[Step, Mapping[str, Any], str], Mapping[str, Text]]
Choices = Callable[[Step], Sequence[Choice]]

operations: dict[str, Operation] = {}
checks: dict[str, Check] = {}
choices: dict[str, Choices] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register what a service task named `name` does.

    The function gets a Step and the task's parameters by name; what it returns is merged into
    the case's decision variables.
    """
    return _registering(operations, name)


def check(name: str) -> Callable[[Check], Check]:
    """Register a check that a form names.

    The function gets a Step, the clean answers and the outcome chosen; it returns sentences by
    field path, none when all is well.
    """
    return _registering(checks, name)


def choice(name: str) -> Callable[[Choices], Choices]:
    """Register what a field's widget `name` offers."""
    return _registering(choices, name)


def _registering(register: dict[str, Any], name: str) -> Callable[[Any], Any]:
    def keep(function: Any) -> Any:
        register[name] = function
        return function

    return keep
