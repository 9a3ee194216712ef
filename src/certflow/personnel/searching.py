"""Certificates found by number or holder, within one's rights (catalogue B12)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from certflow.core.actor import Actor
from certflow.core.beginnings import begins
from certflow.core.cells import folded
from certflow.core.db import Session
from certflow.personnel.models import Certificate
from certflow.personnel.queries import CertificateEntry, certificate_view, readable_by

_LEAST = 8


def find_certificates(
    session: Session, actor: Actor, text: str, holders: Sequence[int], on: date, limit: int
) -> list[CertificateEntry]:
    """Return certificates by the beginning of a number, or of holders found, the newest first."""
    number = folded(text)
    called: list[ColumnElement[bool]] = []
    if holders:
        called.append(Certificate.person_id.in_(holders))
    if len(number) >= _LEAST and number.isascii():
        called.append(begins(session, Certificate.number, number))
    if not called:
        return []
    query = select(Certificate.id).where(or_(*called), readable_by(actor))
    newest = Certificate.id if holders else Certificate.number  # the order of the index in use
    ids = session.scalars(query.order_by(newest.desc()).limit(limit))
    entries = [certificate_view(session, one, on) for one in ids]
    return [one for one in entries if one is not None]
