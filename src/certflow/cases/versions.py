"""Published versions of processes: read from folders, checked, stored, loaded once a process.

A version is one immutable bundle; running cases stay on theirs (design §2).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select, update

from certflow.accounts.roles import ROLES
from certflow.cases import registry, settings_lint
from certflow.cases.models import ProcessVersion
from certflow.cases.registry import PARTY
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.remembered import Remembered
from certflow.core.text import Text
from certflow.engine.definitions import Bundle, Definition, DefinitionError, Known, load
from certflow.engine.lint_calls import Calls
from certflow.forms.definition import FormDefinition, FormError, FormFinding, read_form

UNRANKED = 100
ENDS = {
    "withdrawn": Text("已撤回", "Withdrawn"),
    "cancelled": Text("已终止", "Ended by the association"),
}
"""How every case may end, whatever its service."""


@dataclass(frozen=True)
class Loaded:
    """A version ready to run: its definition, its forms, its service settings."""

    version_id: int
    number: int
    definition: Definition
    bundle: Bundle
    forms: Mapping[str, FormDefinition]
    records: Mapping[str, FormDefinition]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The service settings: title, category, time limit, who may start."""
        return self.bundle.service

    def name_of(self, element: str) -> Text:
        """Return what an element of the diagram is called."""
        for kind in ("stages", "outcomes"):
            if element in self.settings.get(kind, {}):
                return Text.read(self.settings[kind][element]["name"])
        if element in ENDS:
            return ENDS[element]
        found = self.definition.elements.get(element)
        zh = found.name if found else element
        return Text(zh, str(self.settings.get("names", {}).get(element, zh)))

    def drawn_names(self, locale: str) -> dict[str, str]:
        """Return what the drawing is to say in a language, by element, lane and flow.

        Nothing in Chinese, which is what stands in it.
        """
        if not locale.startswith("en"):
            return {}
        lanes = {one: Text.read(name).en for one, name in self.settings.get("lanes", {}).items()}
        steps = {one: self.name_of(one).en for one in self.definition.elements}
        return {**self.settings.get("names", {}), **lanes, **steps}

    def hint_of(self, element: str) -> Text:
        """Return what a person should know at a stage, empty when nothing is said."""
        return Text.read(self.settings.get("stages", {}).get(element, {}).get("hint", ""))


class _Parts(NamedTuple):
    """What takes long to read from a bundle; the same for every version with this content."""

    definition: Definition
    forms: Mapping[str, FormDefinition]
    records: Mapping[str, FormDefinition]


_parts = Remembered[_Parts](256)
Kept = dict[tuple[str, int], Loaded]
APART = "certflow.versions"
_loaded: Kept = {}


def loaded(session: Session, version_id: int) -> Loaded:
    """Return a version ready to run; parsed once a process."""
    known, key = _known(session, version_id)
    if key not in known:
        version = session.get_one(ProcessVersion, version_id)
        known[key] = build(version.key, version.bundle, version.id, version.number)
    return known[key]


def _known(session: Session, version_id: int) -> tuple[Kept, tuple[str, int]]:
    """Return where a version is kept, and under which key.

    A trial's versions have the same numbers in another database without a name: its session
    brings a place of its own (`info`), so that they are never mistaken for the platform's.
    """
    kept: Kept = session.info.get(APART, _loaded)
    return kept, (str(session.get_bind().engine.url), version_id)


def build(key: str, content: Mapping[str, Any], version_id: int = 0, number: int = 0) -> Loaded:
    """Check a bundle's content and make it ready to run.

    Raises:
        certflow.engine.errors.DefinitionError: with a finding an element that is wrong.
        certflow.forms.definition.FormError: with a finding a field that is wrong.

    """
    bundle = bundle_of(key, content)
    parts = _parts.get((key, checksum_of(content)), lambda: _read(bundle, content))
    return Loaded(version_id, number, parts.definition, bundle, parts.forms, parts.records)


def _read(bundle: Bundle, content: Mapping[str, Any]) -> _Parts:
    definition = load(bundle, known_to(content))
    forms = {
        name: read_form(form, content["records"], content["forms"])
        for name, form in content["forms"].items()
    }
    records = {kind: read_form(form) for kind, form in content["records"].items()}
    _check_names(forms.values())
    return _Parts(definition, forms, records)


def bundle_of(key: str, content: Mapping[str, Any]) -> Bundle:
    """Return a bundle's content as the engine takes it."""
    return Bundle(
        key=key,
        bpmn=content["bpmn"].encode(),
        tables={name: xml.encode() for name, xml in content["tables"].items()},
        forms=content["forms"],
        service=content["service"],
    )


def known_to(content: Mapping[str, Any], calls: Calls | None = None) -> Known:
    """Return the names that a bundle's diagram may use; `calls` where called services count."""
    return Known(
        roles=frozenset({*ROLES, PARTY}),
        operations=frozenset(registry.operations),
        checks=frozenset(registry.checks),
        forms=frozenset(content["forms"]),
        services=calls,
    )


def _check_names(forms: Iterable[FormDefinition]) -> None:
    """Refuse forms that name an exhibit or starting values which nobody has registered.

    Raises:
        certflow.forms.definition.FormError: with a finding a form that is wrong.

    """
    findings = [
        FormFinding(form.key, Text(f"“{name}”没有登记。", f'"{name}" is not registered.'))
        for form in forms
        for register, names in (
            (registry.exhibits, form.exhibits),
            (registry.startings, [form.starts_from] if form.starts_from else []),
        )
        for name in names
        if name not in register
    ]
    if findings:
        raise FormError(findings)


def read_folder(root: Path, key: str) -> dict[str, Any]:
    """Read bpmn/<key> and forms/<key> below `root` into one bundle's content."""
    diagrams, forms = root / "bpmn" / key, root / "forms" / key
    files = {path.stem: json.loads(path.read_text()) for path in sorted(forms.glob("*.json"))}
    records = sorted((root / "forms" / "records").glob("*.json"))
    scenarios = {
        path.stem: json.loads(path.read_text())
        for path in sorted((diagrams / "scenarios").glob("*.json"))
    }
    return {
        "bpmn": (diagrams / f"{key}.bpmn").read_text(),
        "tables": {path.stem: path.read_text() for path in sorted(diagrams.glob("*.dmn"))},
        "forms": files,
        "records": {path.stem: json.loads(path.read_text()) for path in records},
        "service": json.loads((diagrams / "service.json").read_text()),
        **({"scenarios": scenarios} if scenarios else {}),
    }


def publish(
    session: Session,
    key: str,
    content: Mapping[str, Any],
    note: str,
    author_id: int | None = None,
    *,
    in_force_at_once: bool = True,
) -> ProcessVersion | None:
    """Publish a bundle as the next version of `key`; None when the one in force is the same.

    Not `in_force_at_once` it is only kept, beside the one that stays in force.

    Raises:
        certflow.engine.errors.DefinitionError: when the bundle has an error, service.json too.

    """
    checksum, present = checksum_of(content), in_force(session, key)
    if present is not None and present.checksum == checksum:
        return None
    built = build(key, content)
    wrong = settings_lint.findings(built.settings, built.definition, built.forms)
    if any(one.severity == "error" for one in wrong):
        raise DefinitionError(wrong)
    mine = ProcessVersion.key == key
    if in_force_at_once:
        session.execute(update(ProcessVersion).where(mine).values(active=False))
    version = ProcessVersion(
        key=key,
        number=(session.scalar(select(func.max(ProcessVersion.number)).where(mine)) or 0) + 1,
        active=in_force_at_once,
        bundle=dict(content),
        checksum=checksum,
        author_id=author_id,
        note=note,
        published_at=clock.now(),
    )
    session.add(version)
    session.flush()
    # The id may have been another version's that was never committed.
    known, kept_as = _known(session, version.id)
    known.pop(kept_as, None)
    return version


def checksum_of(content: Mapping[str, Any]) -> str:
    """Return the checksum of a bundle's content."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def in_force(session: Session, key: str) -> ProcessVersion | None:
    """Return the version in force of a process; None when it has none yet."""
    query = select(ProcessVersion).where(ProcessVersion.key == key, ProcessVersion.active.is_(True))
    return session.scalars(query.order_by(ProcessVersion.id.desc()).limit(1)).one_or_none()


def version(session: Session, key: str, number: int | None = None) -> ProcessVersion | None:
    """Return a version of a process by its number, without one the version in force."""
    if number is None:
        return in_force(session, key)
    numbered = ProcessVersion.key == key, ProcessVersion.number == number
    return session.scalars(select(ProcessVersion).where(*numbered)).one_or_none()


def all_in_force(session: Session) -> list[ProcessVersion]:
    """Return the version in force of every process, by key."""
    query = select(ProcessVersion).where(ProcessVersion.active.is_(True))
    return list(session.scalars(query.order_by(ProcessVersion.key)))


def active(session: Session, key: str) -> Loaded:
    """Return the version in force of a service.

    Raises:
        NotFound: when there is no such service.

    """
    version = in_force(session, key)
    if version is None:
        raise NotFound
    return loaded(session, version.id)


def services(session: Session) -> list[Loaded]:
    """Return every service in force, the most frequent first (service.json `rank`)."""
    found = (loaded(session, one.id) for one in all_in_force(session))
    return sorted(found, key=lambda one: (one.settings.get("rank", UNRANKED), one.bundle.key))


def calls_in_force(session: Session) -> Calls:
    """Return every service in force with those that it calls."""
    return {
        one.bundle.key: frozenset(
            each.called for each in one.definition.elements.values() if each.called
        )
        for one in services(session)
    }


def record_forms(session: Session) -> dict[str, FormDefinition]:
    """Return the record kinds of the profile library by key, as the services in force use them."""
    return {kind: form for one in services(session) for kind, form in one.records.items()}
