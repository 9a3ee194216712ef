"""Which annual confirmations of certificates are due, done, to come or missed (D1, C11).

On which days a window is open stands in a decision table, which the caller brings along.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, select

from certflow.accounts.models import Organisation, Person
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import queries
from certflow.personnel.fields import FIELDS, GRADES
from certflow.personnel.models import AnnualConfirmation, Certificate
from certflow.personnel.standing import Standing, Window


class Opening(Protocol):
    """The days on which the confirmation of a year can be applied for, both included."""

    @property
    def year(self) -> int:
        """1 or 2."""

    @property
    def title(self) -> Text:
        """What the confirmation is called."""

    @property
    def opens_on(self) -> date:
        """The first day."""

    @property
    def closes_on(self) -> date:
        """The last day."""


Calendar = Callable[[date, date], Sequence[Opening]]
"""Gives the openings of a certificate from its first and its last day."""


class Holder(NamedTuple):
    """Whose certificate it is, and the practising body that it names."""

    name: str
    user_id: int | None
    body: Text | None


def standings(
    session: Session, whose: ColumnElement[bool], calendar: Calendar, on: date
) -> list[Standing]:
    """Return how certificates stand on a day, the one valid for longest last; three statements.

    `whose` says which (`of_person`, `of_organisation`, `of_certificate`).
    """
    query = (
        select(Certificate, Person.name, Person.user_id, Organisation.name, Organisation.name_en)
        .join(Person, Person.id == Certificate.person_id)
        .outerjoin(Organisation, Organisation.id == Certificate.organisation_id)
    )
    ordered = query.where(whose).order_by(Certificate.valid_until, Certificate.id)
    rows = session.execute(ordered).all()
    chains = _chains(session, [row[0] for row in rows])
    done = _confirmed(session, {one.id for chain in chains.values() for one in chain})
    return [
        _standing(
            certificate,
            Holder(name, user_id, Text(body, body_en or body) if body else None),
            chains[certificate.id],
            _windows(certificate, chains[certificate.id], done, calendar),
            on,
        )
        for certificate, name, user_id, body, body_en in rows
    ]


def of_person(person_id: int) -> ColumnElement[bool]:
    """Name a person's certificates."""
    return Certificate.person_id == person_id


def of_organisation(organisation_id: int) -> ColumnElement[bool]:
    """Name the certificates of a body's people that are not over for good."""
    present = Certificate.state.in_(("valid", "suspended"))
    return (Certificate.organisation_id == organisation_id) & present


def of_filer(user_id: int, organisation_id: int | None) -> ColumnElement[bool]:
    """Name the certificates that somebody can file for: one's own, or those of a body's people."""
    return of_organisation(organisation_id) if organisation_id else Person.user_id == user_id


def of_certificate(certificate_id: int) -> ColumnElement[bool]:
    """Name one certificate."""
    return Certificate.id == certificate_id


def confirmations_in_period(session: Session, certificate: Certificate) -> list[AnnualConfirmation]:
    """Return the confirmations since the certificate's period began.

    A certificate that was issued again within its period (an extended speciality keeps the end
    date) brings along what was confirmed on the one it replaced.
    """
    chain = _chains(session, [certificate])[certificate.id]
    query = select(AnnualConfirmation).where(
        AnnualConfirmation.certificate_id.in_([one.id for one in chain])
    )
    return list(session.scalars(query.order_by(AnnualConfirmation.year)))


def confirmed_years(session: Session, certificate_id: int) -> list[AnnualConfirmation]:
    """Return what the certificate shows: the confirmations of its period, first year first."""
    return confirmations_in_period(session, session.get_one(Certificate, certificate_id))


def _chains(session: Session, certificates: Iterable[Certificate]) -> dict[int, list[Certificate]]:
    """Return each certificate with those before it in the same period, the newest first."""
    wanted = list(certificates)
    people = {one.person_id for one in wanted}
    query = select(Certificate).where(Certificate.person_id.in_(people))
    known = {one.id: one for one in session.scalars(query)}
    return {one.id: _chain(one, known) for one in wanted}


def _chain(certificate: Certificate, known: Mapping[int, Certificate]) -> list[Certificate]:
    chain = [certificate]
    while (before := known.get(chain[-1].replaces_id or 0)) is not None:
        if before.valid_until != certificate.valid_until:
            break
        chain.append(before)
    return chain


def _confirmed(session: Session, certificate_ids: Iterable[int]) -> dict[tuple[int, int], date]:
    query = select(AnnualConfirmation).where(AnnualConfirmation.certificate_id.in_(certificate_ids))
    return {(one.certificate_id, one.year): one.confirmed_on for one in session.scalars(query)}


def _windows(
    certificate: Certificate,
    chain: Sequence[Certificate],
    done: Mapping[tuple[int, int], date],
    calendar: Calendar,
) -> tuple[Window, ...]:
    return tuple(
        Window(
            one.year,
            one.title,
            one.opens_on,
            one.closes_on,
            next((day for c in chain if (day := done.get((c.id, one.year)))), None),
        )
        for one in calendar(chain[-1].valid_from, certificate.valid_until)
        if one.opens_on <= certificate.valid_until
    )


def _standing(
    certificate: Certificate,
    holder: Holder,
    chain: Sequence[Certificate],
    windows: tuple[Window, ...],
    on: date,
) -> Standing:
    return Standing(
        on=on,
        certificate_id=certificate.id,
        number=certificate.number,
        person_id=certificate.person_id,
        user_id=holder.user_id,
        holder=holder.name,
        organisation_id=certificate.organisation_id,
        body=holder.body,
        field_key=certificate.field,
        field=FIELDS[certificate.field].title,
        grade=GRADES[certificate.grade],
        valid_from=chain[-1].valid_from,
        valid_until=certificate.valid_until,
        state=queries.state_on(certificate, on),
        windows=windows,
    )


def lock(session: Session, certificate_id: int) -> None:
    """Let nobody else file for a certificate until this transaction ends."""
    session.get_one(Certificate, certificate_id, with_for_update=True)
