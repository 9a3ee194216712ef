"""What a diagram and its forms may name, each with its words for people (catalogue H1).

Registered in Python: roles, operations, checks, choices. Of the draft itself: forms, decisions,
deadlines, notices, letters. Nothing here raises: what cannot be read yet offers nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from certflow.accounts.roles import ROLES
from certflow.cases import registry
from certflow.cases.described import REGISTERS, Description, Parameter, Register, description_of
from certflow.cases.paying import PAID
from certflow.cases.registry import PARTY
from certflow.cases.versions import Loaded
from certflow.core.text import NOTHING, Text
from certflow.forms.parts import Field
from certflow.studio.tables import listed

LANES: Final = (
    "applicant",
    PARTY,
    "body_staff",
    "body_admin",
    "reviewer",
    "expert",
    "approver",
    "exam_office",
    "training_office",
    "complaints_office",
    "system_admin",
)
"""Who can stand in a lane: the two sides of a case, and every role with an inbox."""
_SIDES: Final = {
    "applicant": (
        Text("申请人", "Applicant"),
        Text("提出申请的人或机构。", "Whoever filed: a person, or an organisation by its staff."),
    ),
    PARTY: (
        Text("对方当事人", "Other party"),
        Text("业务涉及的另一方，看不到业务本身。", "Whom it concerns; they never see the case."),
    ),
}
MESSAGES: Final = {PAID: Text("已到账", "The payment arrived")}


_NUMBERS: Final = {"integer", "number"}
_PLAIN: Final = {"text", "textarea", "number", "date", "month", "select", "radio"}


@dataclass(frozen=True)
class Word:
    """One name that may be used: what it is called, what it is for, what an editor must know."""

    name: str
    title: Text
    help: Text = NOTHING
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self, locale: str) -> dict[str, Any]:
        """Return it in a reader's language; a word nobody described shows its name."""
        shown = {"name": self.name, "title": self.title.of(locale) or self.name}
        return {**shown, "help": self.help.of(locale), **_in(locale, self.more)}


Words = dict[str, list[Word]]


def vocabulary(
    content: Mapping[str, Any],
    services: Iterable[tuple[str, Text]] = (),
    called: Iterable[Loaded] = (),
) -> Words:
    """Return all that a bundle's content may name, by kind.

    `services` are all others, `called` those in force: a diagram can call them.
    """
    service = _mapping(content.get("service"))
    own = str(service.get("key", ""))
    known = dict(services)
    known.setdefault(own, Text.read(service.get("title") or own))
    return {
        "roles": list(_roles()),
        "operations": [_operation(name) for name in sorted(registry.operations)],
        "checks": described("check"),
        "choices": described("choice"),
        "exhibits": described("exhibit"),
        "startings": described("starting"),
        "messages": [Word(name, title) for name, title in MESSAGES.items()],
        "services": [Word(name, title) for name, title in sorted(known.items()) if name],
        "called": [_callable(one) for one in called if one.bundle.key != own],
        "forms": list(_forms(_mapping(content.get("forms")))),
        "decisions": list(_decisions(content)),
        "deadlines": list(_named(service, "deadlines", "name")),
        "notices": list(_named(service, "notices", "title")),
        "letters": list(_named(service, "letters", "title")),
    }


def described(kind: Register) -> list[Word]:
    """Return everything that is registered of a kind, with its words, by title."""
    found = [(name, description_of(kind, name)) for name in REGISTERS[kind]]
    return [Word(name, one.title, one.help) for name, one in sorted(found, key=_title)]


def _title(found: tuple[str, Description]) -> tuple[str, str]:
    return found[1].title.zh, found[0]


def _roles() -> Iterator[Word]:
    for name in LANES:
        title, help_ = _SIDES.get(name) or (ROLES[name].title, NOTHING)
        yield Word(name, title, help_, title.as_json())


def _operation(name: str) -> Word:
    one = description_of("operation", name)
    more = {
        "parameters": [_parameter(each) for each in one.parameters],
        "sets": [
            {"name": each.name, "type": each.type, "title": each.title}
            for each in registry.results_of(name)
        ],
        "own": "." in name,
    }
    return Word(name, one.title, one.help, more)


def _callable(service: Loaded) -> Word:
    """A service that can be called, with the fields of its form that can be filled in then."""
    element = service.definition.elements.get(str(service.settings.get("submit", "")))
    form = service.forms.get(element.form) if element else None
    known = form.answered.values() if form else ()
    more = {"fields": [_field(one) for one in known if one.widget in _PLAIN]}
    return Word(service.bundle.key, Text.read(service.settings["title"]), NOTHING, more)


def _field(one: Field) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": "option" if one.options else "number" if one.kind in _NUMBERS else "text",
        "title": one.label,
        "help": NOTHING,
        "needed": True,
        "options": [{"value": each.value, "title": each.label} for each in one.options],
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "title": one.title,
        "help": one.help,
        "needed": one.needed,
        "options": [{"value": value, "title": title} for value, title in one.options],
    }


def _forms(forms: Mapping[str, Any]) -> Iterator[Word]:
    for name, given in sorted(forms.items()):
        form = _mapping(given)
        outcomes = form.get("outcomes")
        more = {
            "outcomes": [
                {"value": str(one.get("key", "")), "title": Text.read(one.get("label") or "")}
                for one in (outcomes if isinstance(outcomes, list) else [])
                if isinstance(one, Mapping)
            ],
            "decides": list(_mapping(form.get("decides"))),
        }
        yield Word(name, Text.read(form.get("title") or name), NOTHING, more)


def _decisions(content: Mapping[str, Any]) -> Iterator[Word]:
    for file in listed({"bpmn": "", "tables": _mapping(content.get("tables"))}):
        for one in file.decisions:
            title = one.title or one.id
            yield Word(one.id, Text(title, title), NOTHING, {"table": file.name})


def _named(service: Mapping[str, Any], group: str, words: str) -> Iterator[Word]:
    for name, given in _mapping(service.get(group)).items():
        one = _mapping(given)
        more = {"called": one.get("event") == "called"} if group == "notices" else {}
        yield Word(name, Text.read(one.get(words) or name), NOTHING, more)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _in(locale: str, value: Any) -> Any:
    """Turn every Text in a value into words of one language."""
    if isinstance(value, Text):
        return value.of(locale)
    if isinstance(value, Mapping):
        return {name: _in(locale, one) for name, one in value.items()}
    return [_in(locale, one) for one in value] if isinstance(value, list) else value
