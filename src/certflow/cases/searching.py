"""Cases found by number or applicant, within one's rights (catalogue B12).

By number: a range of the unique index; by applicant: the index of applicants. No list is walked,
so a million cases make no difference.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from certflow.cases.models import Case
from certflow.cases.scope import may_name, visible
from certflow.core.actor import Actor
from certflow.core.db import Session

_DIGITS, _LEAST = 14, 8


def find_cases(
    session: Session, actor: Actor, text: str, applicants: Sequence[int], limit: int
) -> list[Case]:
    """Return cases that the actor may see by the beginning of a number, or of people found.

    A name finds no case whose applicant is concealed from the actor: that would tell (D4).
    """
    called: list[ColumnElement[bool]] = []
    number = text.strip()
    if number.isascii() and number.isdecimal() and _LEAST <= len(number) <= _DIGITS:
        first, last = number.ljust(_DIGITS, "0"), number.ljust(_DIGITS, "9")
        called.append(Case.number.between(first, last))
    if applicants:
        called.append(and_(Case.applicant_id.in_(applicants), may_name(actor)))
    if not called:
        return []
    query = select(Case).where(or_(*called), visible(actor), Case.state != "draft")
    newest = query.order_by(Case.updated_at.desc(), Case.id.desc()).limit(limit)
    return list(session.scalars(newest))
