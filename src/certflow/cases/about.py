"""Cases that are about the same thing: its id stands in each case's summary, under a name.

The name is the field that service.json calls `about`; `naming.describe` writes it down.
"""

from collections.abc import Iterable

from sqlalchemy import select

from certflow.cases.models import Case
from certflow.core.db import Session


def open_about(
    session: Session, service: str, name: str, values: Iterable[int], but: int | None = None
) -> dict[int, list[str]]:
    """Return the numbers of a service's cases under way, by the value that they are about.

    `but` is the case that asks: it does not stand in its own way.
    """
    about = Case.summary[name].as_string()
    query = select(about, Case.number).where(
        Case.service == service, Case.state == "open", about.in_([str(one) for one in values])
    )
    found: dict[int, list[str]] = {}
    for value, number in session.execute(query.where(Case.id != (but or 0)).order_by(Case.id)):
        found.setdefault(int(value), []).append(str(number))
    return found
