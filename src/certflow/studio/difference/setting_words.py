"""What the values of settings are called: steps, roles, letters, units, prices (catalogue H4)."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from certflow.accounts.roles import ROLES
from certflow.core.text import Text
from certflow.forms.reading import items, mapping
from certflow.studio.difference.changes import plain
from certflow.studio.places import Places
from certflow.studio.property_words import SETTING_VALUES, SETTINGS, label_in
from certflow.studio.settings_offers import CONCERNED, PARTY_TITLE
from certflow.studio.variables import Variable, known_at

Content = Mapping[str, Any]
_ELEMENTS: Final = frozenset(
    {"submit", "withdraw_until", "concludes", "reopen_at", "outcomes", "elements", "on"}
)
_ROLES: Final = frozenset({"start_roles", "overseer", "to"})
_OTHERS: Final[Mapping[str, Text]] = {CONCERNED[0]: CONCERNED[1], "party": PARTY_TITLE}


class SettingWords:
    """The words of one bundle for what its settings name by a key."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._service = mapping(content.get("service"))
        self._places = Places(content)

    def value(self, path: str, given: str) -> Text:
        """Return what a value at a path means: "submit", "apply" is 填写申请."""
        name = path.rpartition(".")[2]
        if name in SETTING_VALUES:
            return label_in(SETTING_VALUES[name], given)
        if name in _ELEMENTS:
            return self.element(given)
        if name in _ROLES:
            return ROLES[given].title if given in ROLES else _OTHERS.get(given, self.element(given))
        found: Mapping[str, Callable[[str], Text]] = {
            "deadline": lambda key: self._entry("deadlines", "name", key),
            "to_party": lambda key: self._entry("letters", "title", key),
            "form": lambda key: Text.read(self._form(key).get("title") or key),
            "exceptions": lambda key: self._labels.get(key, Text(key, key)),
            "by": self.variable,
            "variables": self.variable,
        }
        return found[name](given) if name in found else Text(given, given)

    def step(self, path: str, name: str) -> Text:
        """Return what one part of a path is called, `path` being what leads to it."""
        if path == "fee.amounts":
            return self._price(name)
        if path in ("names", "lanes"):
            return self.element(name)
        return label_in(SETTINGS, name)

    def element(self, name: str) -> Text:
        """Return what an element, a flow, a lane or the pool is called."""
        if name in mapping(self._service.get("lanes")):
            return Text.read(mapping(self._service["lanes"])[name])
        return self._places.name_of("bpmn", name)

    def variable(self, name: str) -> Text:
        """Return what a variable is called."""
        found = self._variables.get(name)
        return found.label if found and found.label.zh else self._labels.get(name, Text(name, name))

    def _price(self, name: str) -> Text:
        found = self._variables.get(str(mapping(self._service.get("fee")).get("by", "")))
        values = {str(one.value): one.label for one in found.values} if found else {}
        return values.get(name, Text(name, name))

    def _entry(self, group: str, words: str, key: str) -> Text:
        entry = mapping(mapping(self._service.get(group)).get(key))
        return Text.read(entry.get(words) or key)

    def _form(self, key: str) -> Content:
        return mapping(mapping(self._content.get("forms")).get(key))

    @cached_property
    def _variables(self) -> Mapping[str, Variable]:
        whole = {"forms": {}, "records": {}, "tables": {}, **self._content}
        return {one.name: one for one in known_at(whole, "")}

    @cached_property
    def _labels(self) -> Mapping[str, Text]:
        """The labels of all questions, by name."""
        return {
            str(field.get("name", "")): Text.read(field.get("label") or field.get("name", ""))
            for name in mapping(self._content.get("forms"))
            for page in items(self._form(name).get("pages"))
            for field in items(page.get("fields"))
        }


class BothWords:
    """The words of two bundles: of the newer one where it knows any, so that a new name of a step
    is not told again at every setting that names it.
    """

    def __init__(self, before: Content, after: Content) -> None:
        self._words = (SettingWords(after), SettingWords(before))
        self._owners: dict[tuple[str, Text], str] = {}

    def value(self, path: str, given: str) -> Text:
        """Return what a value means; two that are called the same are told apart by their keys."""
        found = [one.value(path, given) for one in self._words]
        said = next((one for one in found if one.zh != given), found[0])
        if self._owners.setdefault((path, said), given) == given:
            return plain(said.zh) if said.zh == given else said
        return Text(f"{said.zh}（{given}）", f"{said.en} ({given})")

    def step(self, path: str, name: str) -> Text:
        """Return what one part of a path is called."""
        found = [one.step(path, name) for one in self._words]
        return next((one for one in found if one.zh != name), found[0])

    def path(self, path: str) -> Text:
        """Say a path within its setting in words: 长度, 正文; the setting itself is 内容."""
        steps = path.split(".")
        parts = [self.step(".".join(steps[:at]), steps[at]) for at in range(1, len(steps))]
        if not parts:
            return Text("内容", "Content")
        return Text(" › ".join(one.zh for one in parts), " › ".join(one.en for one in parts))
