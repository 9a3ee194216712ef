"""What stands in the way of publishing, in plain words, each thing with its place (catalogue H3).

Whatever somebody typed or another tool wrote becomes a remark, never an exception.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import structlog

from certflow.cases import settings_lint, versions
from certflow.cases.registry import PARTY
from certflow.core import clock
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.engine.definitions import Definition, DefinitionError, Finding
from certflow.engine.definitions import check as findings_of
from certflow.engine.diagram import Diagram, processes, read
from certflow.engine.lint_calls import Calls
from certflow.engine.lint_elements import MAX_ELEMENTS
from certflow.engine.xml import parse
from certflow.studio import scenario_shape
from certflow.studio.data_checking import data_remarks
from certflow.studio.examining import unmet_remarks
from certflow.studio.form_checking import FormsRead, read_forms
from certflow.studio.remarks import Remark, stands_in_the_way
from certflow.studio.settings_checking import settings_remarks

__all__ = ["Remark", "check", "stands_in_the_way"]

_log = structlog.get_logger()
_GROUPS: dict[str, tuple[str, type[Any]]] = {
    "tables": ("table", str),
    "forms": ("form", dict),
    "records": ("record", dict),
    "scenarios": ("scenario", dict),
}
_ORDER = ("bpmn", "form", "record", "table", "service", "scenario")
_WRONG_KIND = Text(
    "这一部分的内容读不出来，请重新编辑保存，或恢复到上一个版本。",
    "This part cannot be read. Edit and save it again, or go back to the last version.",
)


def check(key: str, content: Mapping[str, Any], calls: Calls | None = None) -> list[Remark]:
    """Return what is wrong or doubtful with a bundle's content, errors first within each part.

    Without an error among them the bundle can be published. `calls` are the services in force with
    those that they call (`versions.calls_in_force`): with them called services are looked up.
    """
    remarks: list[Remark] = []
    bundle = _Bundle(key, _sound(content, remarks), calls)
    looks: tuple[tuple[str, Callable[[], Iterable[Remark]]], ...] = (
        ("bpmn", bundle.forms),
        ("bpmn", bundle.engine),
        ("service", bundle.settings),
        ("service", bundle.values),
        ("bpmn", bundle.data),
        ("bpmn", bundle.tests_of_tables),
    )
    remarks.extend(_unreadable(bundle.content["scenarios"]))
    for part, look in looks:
        try:
            remarks.extend(_not_told_better(remarks, look()))
        except Exception:  # noqa: BLE001 - anything may have been typed; the author is told which part
            _log.warning("studio.check", process=key, exception=traceback.format_exc())
            remarks.append(Remark(part, "", _WRONG_KIND))
    return _in_order(remarks)


def _sound(content: Mapping[str, Any], remarks: list[Remark]) -> dict[str, Any]:
    """Return the content with what is not of its kind left out, and say so."""
    sound: dict[str, Any] = {}
    whole: tuple[tuple[str, Any], ...] = (("bpmn", ""), ("service", {}))
    for name, empty in whole:
        right = isinstance(content.get(name), type(empty))
        sound[name] = content[name] if right else empty
        if not right:
            remarks.append(Remark(name, "", _WRONG_KIND))
    for group, (word, kind) in _GROUPS.items():
        given = content.get(group, {})
        if not isinstance(given, Mapping):
            remarks.append(Remark("bpmn", "", _WRONG_KIND))
            given = {}
        sound[group] = {name: one for name, one in given.items() if isinstance(one, kind)}
        wrong = [f"{word}:{name}" for name in given.keys() - sound[group].keys()]
        remarks.extend(Remark(part, "", _WRONG_KIND) for part in sorted(wrong))
    return sound


def _unreadable(scenarios: Mapping[str, Any]) -> Iterator[Remark]:
    """Tell which of the process's own tests cannot be read."""
    for name, one in scenarios.items():
        try:
            scenario_shape.checked(one)
        except Invalid as wrong:
            yield Remark(f"scenario:{name}", "", wrong.message)


@dataclass
class _Bundle:
    """A bundle under examination; what was read once is there for all that look."""

    key: str
    content: Mapping[str, Any]
    calls: Calls | None

    def forms(self) -> Iterable[Remark]:
        """Tell what is wrong with forms and record kinds."""
        return self._read.remarks

    def engine(self) -> Iterable[Remark]:
        """Tell what the engine finds in the diagram and the tables."""
        return (_remark(one) for one in self._findings)

    def settings(self) -> Iterator[Remark]:
        """Tell what the settings name that is not there; of forms only those that no task has.

        Fields that letters fill in are looked up only when every form can be read.
        """
        if self._diagram is None:
            return
        elements, flows = self._diagram.elements, self._diagram.flows
        drawn = Definition(self.key, self._diagram.name, elements, flows, {}, (), None, {})
        roles = versions.known_to(self.content).roles
        unread = self.content["forms"].keys() - self._read.forms.keys()
        for one in settings_lint.findings(self.content["service"], drawn, self._read.forms):
            told_better = (one.part.startswith("form:") and bool(one.place)) or (
                bool(unread) and one.place.startswith("letters.")
            )
            lane = elements[one.element].lane if one.element in elements else PARTY
            if not told_better and lane in roles:
                yield _remark(one)

    def values(self) -> Iterable[Remark]:
        """Tell which settings cannot be used."""
        return settings_remarks(self.key, self.content["service"])

    def data(self) -> Iterable[Remark]:
        """Tell which variables are used before anything sets them, as far as that can be known.

        Not where the diagram as a whole is wrong; nothing is said of what follows an error.
        """
        wrong = [one for one in self._findings if one.severity == "error"]
        if self._diagram is None or any(one.part == "bpmn" and not one.element for one in wrong):
            return ()
        if len(self._diagram.elements) > MAX_ELEMENTS:  # it is refused for that, and soon
            return ()
        no_tables = any(one.part.startswith("table:") for one in wrong)
        unsure = {one.element for one in wrong} | {
            one.id
            for one in self._diagram.elements.values()
            if (one.form and one.form not in self._read.forms)
            or (no_tables and one.kind == "businessRuleTask")
        }
        return data_remarks(self.content, self._diagram, unsure)

    def tests_of_tables(self) -> Iterable[Remark]:
        """Tell which test rows of decision tables are not met."""
        return unmet_remarks(self.content, clock.now())

    @cached_property
    def _findings(self) -> list[Finding]:
        bundle = versions.bundle_of(self.key, self.content)
        return findings_of(bundle, versions.known_to(self.content, self.calls))

    @cached_property
    def _read(self) -> FormsRead:
        return read_forms(self.content)

    @cached_property
    def _diagram(self) -> Diagram | None:
        try:
            root = parse(self.content["bpmn"].encode())
        except DefinitionError:
            return None
        found = processes(root)
        return read(root, found[0]) if len(found) == 1 else None


def _remark(one: Finding) -> Remark:
    place = "" if one.part.startswith("form:") else one.place or one.element
    return Remark(one.part, place, one.message, one.severity)


def _not_told_better(before: Iterable[Remark], remarks: Iterable[Remark]) -> list[Remark]:
    """Leave out what the engine says of a form about which the form's own check said it better."""
    told = {one.part for one in before if one.part.startswith("form:")}
    return [one for one in remarks if one.part not in told]


def _in_order(remarks: Iterable[Remark]) -> list[Remark]:
    def rank(one: Remark) -> tuple[int, str, bool, str]:
        word = one.part.partition(":")[0]
        place = _ORDER.index(word) if word in _ORDER else len(_ORDER)
        return place, one.part, one.severity != "error", one.place

    return sorted(dict.fromkeys(remarks), key=rank)
