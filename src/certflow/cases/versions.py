"""Published versions of processes: read from folders, checked, stored, loaded once a process.

A version is one immutable bundle; running cases stay on theirs (design §2).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from certflow.accounts.roles import ROLES
from certflow.cases import registry
from certflow.cases.models import ProcessVersion
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.text import Text
from certflow.engine.definitions import Bundle, Definition, Known, load
from certflow.forms.definition import FormDefinition, read_form


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
        found = self.definition.elements.get(element)
        zh = found.name if found else element
        return Text(zh, str(self.settings.get("names", {}).get(element, zh)))

    def hint_of(self, element: str) -> Text:
        """Return what a person should know at a stage, empty when nothing is said."""
        return Text.read(self.settings.get("stages", {}).get(element, {}).get("hint", ""))


_loaded: dict[tuple[str, int], Loaded] = {}


def loaded(session: Session, version_id: int) -> Loaded:
    """Return a version ready to run; parsed once a process."""
    key = (str(session.get_bind().engine.url), version_id)
    if key not in _loaded:
        version = session.get_one(ProcessVersion, version_id)
        _loaded[key] = build(version.key, version.bundle, version.id, version.number)
    return _loaded[key]


def build(key: str, content: Mapping[str, Any], version_id: int = 0, number: int = 0) -> Loaded:
    """Check a bundle's content and make it ready to run.

    Raises:
        certflow.engine.errors.DefinitionError: with a finding an element that is wrong.
        certflow.forms.definition.FormError: with a finding a field that is wrong.

    """
    bundle = Bundle(
        key=key,
        bpmn=content["bpmn"].encode(),
        tables={name: xml.encode() for name, xml in content["tables"].items()},
        forms=content["forms"],
        service=content["service"],
    )
    known = Known(
        roles=frozenset(ROLES),
        operations=frozenset(registry.operations),
        checks=frozenset(registry.checks),
        forms=frozenset(content["forms"]),
        called=frozenset(),
    )
    definition = load(bundle, known)
    forms = {
        name: read_form(form, content["records"], content["forms"])
        for name, form in content["forms"].items()
    }
    records = {kind: read_form(form) for kind, form in content["records"].items()}
    return Loaded(version_id, number, definition, bundle, forms, records)


def read_folder(root: Path, key: str) -> dict[str, Any]:
    """Read bpmn/<key> and forms/<key> below `root` into one bundle's content."""
    diagrams, forms = root / "bpmn" / key, root / "forms" / key
    files = {path.stem: json.loads(path.read_text()) for path in sorted(forms.glob("*.json"))}
    records = sorted((root / "forms" / "records").glob("*.json"))
    return {
        "bpmn": (diagrams / f"{key}.bpmn").read_text(),
        "tables": {path.stem: path.read_text() for path in sorted(diagrams.glob("*.dmn"))},
        "forms": files,
        "records": {path.stem: json.loads(path.read_text()) for path in records},
        "service": json.loads((diagrams / "service.json").read_text()),
    }


def publish(
    session: Session, key: str, content: Mapping[str, Any], note: str, author_id: int | None = None
) -> ProcessVersion | None:
    """Publish a bundle as the next version of `key`; None when the newest one is the same.

    Raises:
        certflow.engine.errors.DefinitionError: when the bundle has an error.

    """
    checksum = hashlib.sha256(
        json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()
    newest = session.scalar(
        select(ProcessVersion)
        .where(ProcessVersion.key == key)
        .order_by(ProcessVersion.number.desc())
    )
    if newest is not None and newest.checksum == checksum:
        return None
    build(key, content)
    session.execute(update(ProcessVersion).where(ProcessVersion.key == key).values(active=False))
    version = ProcessVersion(
        key=key,
        number=newest.number + 1 if newest else 1,
        bundle=dict(content),
        checksum=checksum,
        author_id=author_id,
        note=note,
        published_at=clock.now(),
    )
    session.add(version)
    session.flush()
    return version


def sync(session: Session, root: Path) -> list[str]:
    """Publish every process folder below `root` that changed; return "key vN" for each."""
    published = []
    for diagram in sorted((root / "bpmn").glob("*/service.json")):
        key = diagram.parent.name
        version = publish(session, key, read_folder(root, key), "随安装包发布")
        if version is not None:
            published.append(f"{key} v{version.number}")
    return published


def active(session: Session, key: str) -> Loaded:
    """Return the version in force of a service.

    Raises:
        NotFound: when there is no such service.

    """
    version_id = session.scalar(
        select(func.max(ProcessVersion.id)).where(
            ProcessVersion.key == key, ProcessVersion.active.is_(True)
        )
    )
    if version_id is None:
        raise NotFound
    return loaded(session, version_id)


def services(session: Session) -> list[Loaded]:
    """Return every service in force, by title."""
    ids = session.scalars(select(ProcessVersion.id).where(ProcessVersion.active.is_(True)))
    return sorted((loaded(session, found) for found in ids), key=lambda one: one.bundle.key)


def record_forms(session: Session) -> dict[str, FormDefinition]:
    """Return the record kinds of the profile library by key, as the services in force use them."""
    return {kind: form for one in services(session) for kind, form in one.records.items()}
