"""What would become of the running cases if they were moved to a version (catalogue H6)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from certflow.cases.models import Case, ProcessVersion
from certflow.cases.moving import Destination, Fate
from certflow.cases.versions import Loaded, loaded
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.text import Text
from certflow.studio.editing import WAITED_AT

LOOKED_AT = 1_000
"""Cases read at once: memory stays bounded."""
MOST = 50_000
"""A page waits for no more than these; what is moved is all of them."""


class Place(NamedTuple):
    """Where cases wait: a version, and the steps' names."""

    number: int
    steps: tuple[Text, ...]


@dataclass
class Group:
    """Cases that wait at the same place: how many of them can go, what stands in others' way."""

    place: Place
    total: int = 0
    movable: int = 0
    why: Counter[Text] = field(default_factory=Counter)
    notes: Counter[Text] = field(default_factory=Counter)


class Step(NamedTuple):
    """A step of a diagram, for choosing where to go on."""

    element: str
    name: Text


@dataclass
class Preview:
    """All running cases of other versions, and what would become of each.

    `stuck` are the steps whose cases need a mapping; `goals` those they could go on at.
    """

    target: Loaded
    groups: list[Group]
    stuck: list[Step]
    goals: list[Step]

    @property
    def total(self) -> int:
        """How many cases run on other versions."""
        return sum(group.total for group in self.groups)

    @property
    def partial(self) -> bool:
        """Whether there are more cases than were looked at."""
        return self.total >= MOST

    @property
    def movable(self) -> int:
        """How many of them can be moved."""
        return sum(group.movable for group in self.groups)


def the_version(session: Session, key: str, number: int) -> Loaded:
    """Return a version of a process by its number; NotFound when there is none."""
    query = select(ProcessVersion.id).where(
        ProcessVersion.key == key, ProcessVersion.number == number
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return loaded(session, found)


def published(session: Session, key: str) -> list[int]:
    """Return the numbers of a process's versions, the newest first."""
    query = select(ProcessVersion.number).where(ProcessVersion.key == key)
    return list(session.scalars(query.order_by(ProcessVersion.number.desc())))


def preview(session: Session, target: Loaded, mapping: Mapping[str, str]) -> Preview:
    """Look at every running case of other versions without touching it."""
    destination = Destination(session, target, chosen(target, mapping))
    groups: dict[tuple[int, tuple[str, ...]], Group] = {}
    stuck: dict[str, Text] = {}
    for rows in _running(session, target):
        lacking = destination.lacking({row.id: row.version_id for row in rows})
        for row in rows:
            carried = destination.carried(row.version_id, row.run)
            fate = destination.fate(row.version_id, carried, lacking.get(row.id, ()))
            at = row.version_id, tuple(row.stages)
            group = groups.setdefault(at, Group(_place(session, *at)))
            _count(group, fate)
            version = loaded(session, row.version_id)
            stuck |= {one.element: version.name_of(one.element) for one in carried.obstacles}
    steps = [Step(*one) for one in stuck.items() if one[0] not in mapping]
    return Preview(
        target,
        sorted(groups.values(), key=lambda one: (one.place.number, -one.total)),
        [*(Step(one, _anywhere(session, target, one)) for one in mapping), *steps],
        goals_of(target),
    )


def goals_of(target: Loaded) -> list[Step]:
    """Return the steps of a version at which a case can go on, in the order of the diagram."""
    elements = target.definition.elements.values()
    waits = WAITED_AT | {"intermediateCatchEvent"}
    return [Step(one.id, target.name_of(one.id)) for one in elements if one.kind in waits]


def chosen(target: Loaded, mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the choices of a mapping that were made; raise Invalid for a step that is not there."""
    made = {element: goal for element, goal in mapping.items() if goal}
    if not set(made.values()) <= {one.element for one in goals_of(target)}:
        raise Invalid(Text("请选择新版本里的步骤。", "Choose a step of the new version."))
    return made


def concerned(target: Loaded) -> Any:
    """Return the condition for the running cases of other versions of a process."""
    return and_(
        Case.service == target.bundle.key,
        Case.state.in_(("draft", "open")),
        Case.version_id != target.version_id,
    )


def _running(session: Session, target: Loaded) -> Iterator[Sequence[Any]]:
    """Return the running cases of other versions in handfuls: id, version, run, steps."""
    last = 0
    for _handful in range(MOST // LOOKED_AT):
        query = (
            select(Case.id, Case.version_id, Case.run, Case.stages)
            .where(concerned(target), Case.id > last)
            .order_by(Case.id)
            .limit(LOOKED_AT)
        )
        rows = session.execute(query).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _place(session: Session, version_id: int, stages: tuple[str, ...]) -> Place:
    version = loaded(session, version_id)
    return Place(version.number, tuple(version.name_of(one) for one in stages))


def _count(group: Group, fate: Fate) -> None:
    group.total += 1
    group.movable += not fate.why
    group.why.update(fate.why)
    group.notes.update(fate.notes if not fate.why else ())


def _anywhere(session: Session, target: Loaded, element: str) -> Text:
    """Return what an element is called in the newest version that has it."""
    ids = select(ProcessVersion.id).where(ProcessVersion.key == target.bundle.key)
    for version_id in session.scalars(ids.order_by(ProcessVersion.id.desc())):
        version = loaded(session, version_id)
        if element in version.definition.elements:
            return version.name_of(element)
    return Text(element, element)
