"""What registered operations, checks and choices are called, for who draws processes (H1).

`described` stands under the registry's decorator; what a process's own module registers is
described in processes/descriptions.py. A guard test asks for both everywhere.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from certflow.cases import registry
from certflow.core.text import NOTHING, Text

Function = TypeVar("Function", bound=Callable[..., Any])
Kind = Literal[
    "deadline",
    "number",
    "unit",
    "notice",
    "letter",
    "recipient",
    "side",
    "element",
    "service",
    "variable",
    "option",
]
"""What a parameter is, and so what an editor offers: a deadline of the service, a whole number, a
unit of time, a notice, a letter, whom to tell, a side of the case, a user task, the service itself,
a decision variable, or one of the parameter's options."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation; `needed` is read off the function's signature."""

    name: str
    kind: Kind
    title: Text
    help: Text = NOTHING
    options: tuple[tuple[str, Text], ...] = ()
    needed: bool = True


@dataclass(frozen=True)
class Description:
    """What something registered is called, what it is for, and what it wants to know."""

    title: Text
    help: Text
    parameters: tuple[Parameter, ...] = ()


NOT_DESCRIBED = Description(NOTHING, NOTHING)


def described(
    title: Text, help_: Text = NOTHING, *parameters: Parameter
) -> Callable[[Function], Function]:
    """Say what a function that is registered by name is called, for people who know no code."""

    def describe(function: Function) -> Function:
        known = inspect.signature(function).parameters
        wanted = tuple(
            replace(one, needed=known[one.name].default is inspect.Parameter.empty)
            for one in parameters
        )
        function.description = Description(title, help_, wanted)  # type: ignore[attr-defined]
        return function

    return describe


Register = Literal["operation", "check", "choice", "exhibit", "starting"]
REGISTERS: Mapping[Register, Mapping[str, Callable[..., Any]]] = {
    "operation": registry.operations,
    "check": registry.checks,
    "choice": registry.choices,
    "exhibit": registry.exhibits,
    "starting": registry.startings,
}
_of_name: dict[tuple[Register, str], Description] = {}


def describe(kind: Register, name: str, zh: str, en: str, *parameters: Parameter) -> None:
    """Say what something registered under a name is called, apart from its function."""
    _of_name[kind, name] = Description(Text(zh, en), NOTHING, parameters)


def description_of(kind: Register, name: str) -> Description:
    """Return how something registered is described; NOT_DESCRIBED when nobody did."""
    found: Description = getattr(REGISTERS[kind].get(name), "description", NOT_DESCRIBED)
    return _of_name.get((kind, name), found)
