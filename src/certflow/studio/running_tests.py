"""Running a process's tests for its pages: the last results are remembered by content (H5)."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from certflow.cases.reading import MaskingReader
from certflow.cases.versions import build
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.forms.display import FileInfo
from certflow.forms.parts import FormDefinition
from certflow.forms.readonly import readonly_view
from certflow.studio import contents, editing, scenario_shape, scenarios, telling
from certflow.studio.performing import SAMPLE

Bundle = Mapping[str, Any]
neighbours: Callable[[Session, str], dict[str, Any]] = scenarios.neighbours_of
MOST: Final = 512
_known: OrderedDict[str, scenarios.Result] = OrderedDict()
_lock = Lock()


def results(
    key: str, content: Bundle, others: Bundle, *, run: bool
) -> dict[str, scenarios.Result | None]:
    """Return what came of each test by name; None where it was not run yet and shall not be."""
    base = _base(key, content, others)
    known = content.get("scenarios", {})
    return {
        name: _result(base, key, content, name, one, others, run=run)
        for name, one in sorted(known.items())
    }


def result(key: str, content: Bundle, name: str, others: Bundle) -> scenarios.Result:
    """Run one test, unless the same was run against the same before."""
    base, one = _base(key, content, others), content["scenarios"][name]
    found = _result(base, key, content, name, one, others, run=True)
    if found is None:
        raise LookupError(name)
    return found


def _result(
    base: str, key: str, content: Bundle, name: str, one: Any, others: Bundle, *, run: bool
) -> scenarios.Result | None:
    kept_as = f"{base}/{name}/{sha256(scenarios.digest(one).encode()).hexdigest()}"
    with _lock:
        found = _known.get(kept_as)
    if found is not None or not run:
        return found
    made = scenarios.run_one(key, content, name, one, others)
    with _lock:
        _known[kept_as] = made
        while len(_known) > MOST:
            _known.popitem(last=False)
    return made


def _base(key: str, content: Bundle, others: Bundle) -> str:
    bare = {group: one for group, one in content.items() if group != "scenarios"}
    return sha256(scenarios.digest([key, bare, others]).encode()).hexdigest()


@dataclass(frozen=True)
class Readable:
    """A test for its page: rows, and what can be chosen. Nothing where the bundle has errors."""

    rows: tuple[editing.Row, ...] = ()
    stages: tuple[tuple[str, Text], ...] = ()
    ends: tuple[tuple[str, Text], ...] = ()
    path: tuple[Text, ...] = ()


def readable(key: str, content: Bundle, scenario: Bundle, locale: str) -> Readable:
    """Return a test in words."""
    try:
        loaded = build(key, content)
        scenario_shape.checked(scenario)
    except (*contents.NOT_SOUND, Invalid):
        return Readable()
    elements = loaded.definition.elements.values()
    waits = [one.id for one in elements if one.kind in editing.WAITED_AT]
    messages = [one.message for one in elements if one.message]
    path = (scenario.get("expect") or {}).get("path") or []
    return Readable(
        rows=tuple(
            editing.rows(
                loaded,
                scenario,
                lambda form, data: _answers(form, data, locale),
                lambda step: telling.told(loaded, step),
            )
        ),
        stages=tuple((one, loaded.name_of(one)) for one in dict.fromkeys([*waits, *messages])),
        ends=tuple(
            (one, loaded.name_of(one))
            for one in [*(one.id for one in elements if one.kind == "endEvent"), "withdrawn"]
        ),
        path=tuple(loaded.name_of(str(one)) for one in path),
    )


def _answers(form: FormDefinition, data: Any, locale: str) -> Iterator[tuple[Text, str]]:
    """Read the answers of a step aloud; a value that names the first offered says so."""
    if not isinstance(data, Mapping):
        return
    files = {
        str(one): FileInfo(str(one), SAMPLE, "")
        for field in form.answered.values()
        if field.widget == "file"
        for one in data.get(field.name) or []
    }
    reader = MaskingReader(locale, {}, files)
    for section in readonly_view(form, data, reader).sections:
        for item in section.values:
            yield Text.read(item.label), item.text or ", ".join(one.name for one in item.files)
        for group in section.groups:
            yield Text.read(group.label), str(len(group.records))
