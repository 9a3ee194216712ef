"""The cases somebody may see, as they are listed and searched (catalogue B4)."""

from dataclasses import dataclass

from sqlalchemy import String, cast, func, or_, select

from certflow.cases.models import Case
from certflow.cases.queries import PAGE, speaks_of
from certflow.cases.scope import filed_by, visible
from certflow.core.actor import Actor
from certflow.core.db import Session


@dataclass(frozen=True)
class Called:
    """What words stand for among the names of services and stages: keys and element ids."""

    services: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()


def my_cases(
    session: Session,
    actor: Actor,
    state: str = "",
    text: str = "",
    page: int = 1,
    called: Called = Called(),
) -> tuple[list[Case], int]:
    """Return a page of the cases the actor filed and how many there are in all (B4).

    `state` is draft, open or closed; `text` is part of the title, or begins the number; `called`
    is what else these words stand for.
    """
    query = select(Case).where(visible(actor), filed_by(actor))
    if state:
        query = query.where(Case.state == state)
    if text := text.strip():
        stage = cast(Case.stages, String)
        at = [stage.contains(f'"{one}"', autoescape=True) for one in sorted(called.stages)]
        query = query.where(or_(speaks_of(actor, text), Case.service.in_(called.services), *at))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = query.order_by(Case.updated_at.desc(), Case.id.desc())
    return list(session.scalars(rows.limit(PAGE).offset((page - 1) * PAGE))), total


def my_counts(session: Session, actor: Actor) -> dict[str, int]:
    """Return how many cases the actor filed, by state (B4)."""
    query = select(Case.state, func.count()).where(visible(actor), filed_by(actor))
    counts = {"draft": 0, "open": 0, "closed": 0}
    return counts | {row[0]: row[1] for row in session.execute(query.group_by(Case.state))}
