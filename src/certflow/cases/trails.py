"""Trails that administrators read: none of a case against them, no concealed name (D4, I2)."""

from collections.abc import Sequence

from sqlalchemy import Select, String, cast, literal, select, union_all

from certflow.cases.models import Case
from certflow.cases.scope import against, may_name
from certflow.core.actor import Actor
from certflow.core.db import Session


def withheld(actor: Actor, user_id: int | None = None) -> Select[str]:
    """Return the query for the chains that are not for an actor: of cases against the actor.

    Who looks for what a user did does not find the cases in which that name is concealed.
    """
    cases = [against(actor.user_id)]
    if user_id is not None:
        cases.append(select(Case.id).where(Case.applicant_id == user_id, ~may_name(actor)))
    found = union_all(*cases).subquery()
    return select(literal("case/") + cast(found.c[0], String))


def concealed_on(
    session: Session, actor: Actor, case_ids: Sequence[int]
) -> set[tuple[str, int | None]]:
    """Return whose name is concealed from the actor in which chain: (chain, user)."""
    query = select(Case).where(Case.id.in_(set(case_ids)), ~may_name(actor))
    return {(case.chain_key, case.applicant_id) for case in session.scalars(query)}


def numbers_of(session: Session, case_ids: Sequence[int]) -> dict[int, str]:
    """Return the numbers of cases by id; a draft has none."""
    rows = session.execute(select(Case.id, Case.number).where(Case.id.in_(set(case_ids))))
    return {row[0]: row[1] or "" for row in rows}


def case_by_number(session: Session, number: str = "", case_id: int = 0) -> Case | None:
    """Return a case by its number or id, for administrators who read its audit trail."""
    condition = Case.number == number if number else Case.id == case_id
    return session.scalar(select(Case).where(condition))
