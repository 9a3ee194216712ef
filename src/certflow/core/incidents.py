"""Incidents: work that failed and waits for a person, shown instead of hidden (catalogue H8)."""

from datetime import datetime

from sqlalchemy import Index, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from certflow.core import clock
from certflow.core.db import Model, Session, UtcDateTime
from certflow.core.errors import AppError, NotFound


class Incident(Model):
    """Something that the platform could not finish by itself."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "uq_incident_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
            sqlite_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(160))
    case_id: Mapped[int | None] = mapped_column(index=True)
    element: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times: Mapped[int] = mapped_column(default=1)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def raise_incident(
    session: Session,
    kind: str,
    reason: str,
    *,
    subject: str,
    case_id: int | None = None,
    element: str = "",
    detail: str = "",
) -> Incident:
    """Show that something failed; the same thing failing again counts up one open incident.

    `kind` says what failed ("outbox.mail", "case.step"), `subject` which one ("case/12").
    """
    found = session.scalar(
        select(Incident).where(
            Incident.kind == kind, Incident.subject == subject, Incident.resolved_at.is_(None)
        )
    )
    if found is None:
        found = Incident(kind=kind, subject=subject, case_id=case_id, times=0)
        found.raised_at = clock.now()
        session.add(found)
    found.element, found.reason, found.detail = element, reason, detail
    found.times += 1
    session.flush()
    return found


def reason_of(error: Exception) -> str:
    """Return what an incident may say of an error: our own words, else only its kind.

    The words of a library's error may quote what it was given: an address, a name, a row.
    """
    return error.message.zh if isinstance(error, AppError) else type(error).__name__


def resolve(session: Session, kind: str, subject: str) -> None:
    """Close the open incident of this kind and subject, if there is one."""
    query = select(Incident).where(
        Incident.kind == kind, Incident.subject == subject, Incident.resolved_at.is_(None)
    )
    for incident in session.scalars(query):
        incident.resolved_at = clock.now()
    session.flush()


def open_incidents(session: Session, limit: int = 200) -> list[Incident]:
    """Return what nobody has dealt with yet, the newest first."""
    query = select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id.desc())
    return list(session.scalars(query.limit(limit)))


def incidents_of(session: Session, subject: str) -> list[Incident]:
    """Return what nobody has dealt with yet of one subject ("case/12")."""
    query = select(Incident).where(Incident.subject == subject, Incident.resolved_at.is_(None))
    return list(session.scalars(query.order_by(Incident.id.desc())))


def open_incident(session: Session, incident_id: int) -> Incident:
    """Return an incident that nobody has dealt with yet.

    Raises:
        NotFound: there is none, or it is resolved.

    """
    found = session.get(Incident, incident_id)
    if found is None or found.resolved_at is not None:
        raise NotFound
    return found
