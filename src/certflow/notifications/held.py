"""What was told to somebody, and how it is erased (issue 5 §1)."""

from typing import Any

from sqlalchemy import delete, func, select

from certflow.core.db import Session
from certflow.core.holdings import Subject, columns, holding
from certflow.notifications.models import Notice


@holding("notices")
def notices(session: Session, subject: Subject) -> Any:
    """Notices, cleared ones too."""
    query = select(Notice).where(Notice.user_id == subject.user_id).order_by(Notice.id)
    return [columns(one, "user_id", "dedupe_key") for one in session.scalars(query)]


def erase_notices(session: Session, user_id: int) -> int:
    """Erase what was told to somebody; return how many notices."""
    mine = Notice.user_id == user_id
    count = session.scalar(select(func.count()).where(mine)) or 0
    session.execute(delete(Notice).where(mine))
    return count
