"""Who has an account joins a body only by their own will: invited, accepted or declined (A7).

A body knows a name and a document number of many people; neither lets it put them on its list.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, select

from certflow.accounts.models import Organisation, Person
from certflow.accounts.queries import get_organisation, holders_of, lock_person
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.personnel.models import BodyInvitation
from certflow.personnel.practising import change_practising_body

GOOD_FOR = timedelta(days=30)
ASKED = Text("已经请此人确认，请等待本人答复。", "This person has been asked. Wait for the answer.")
NO_LONGER = Text(
    "您已有执业机构，不能再接受这个邀请。",
    "You have a practising body, so this cannot be accepted.",
)
_INVITED = Text(
    "{body.zh}请您加入其执业人员名册。请在基本信息库里确认或谢绝，30 天内有效。",
    "{body.en} asks you to join its list of auditors. Accept or decline in your profile, within 30 "
    "days.",
)
_ANSWERED = {
    "accepted": Text(
        "{name} 已同意加入本机构执业人员名册。", "{name} has joined your list of auditors."
    ),
    "declined": Text(
        "{name} 谢绝加入本机构执业人员名册。", "{name} has declined to join your list of auditors."
    ),
}


def invite(session: Session, actor: Actor, person: Person, at: datetime) -> BodyInvitation:
    """Ask somebody who has an account to join the actor's body.

    Raises:
        Invalid: at "document_number": the person has been asked already.

    """
    body_id = actor.organisation_id or 0
    asked = _open(at).where(
        BodyInvitation.person_id == person.id, BodyInvitation.organisation_id == body_id
    )
    if session.scalar(asked) is not None:
        raise Invalid(ASKED, {"document_number": ASKED})
    made = BodyInvitation(person_id=person.id, organisation_id=body_id, outcome="", created_at=at)
    session.add(made)
    session.flush()
    _record(session, made, actor, "invited")
    body = get_organisation(session, body_id)
    if body is not None and person.user_id is not None:
        text = _INVITED.filled(body=Text(body.name, body.name_en or body.name))
        notice = NewNotice(kind="practising_body", role="applicant", text=text, link="/my/profile")
        notify(session, [person.user_id], notice, at)
    return made


def answer(
    session: Session, actor: Actor, invitation_id: int, at: datetime, *, accept: bool
) -> BodyInvitation:
    """Accept an invitation of the actor's own, or decline it.

    Raises:
        NotFound: it is somebody else's, answered, withdrawn or too old.
        Conflict: the actor practises with a body meanwhile.

    """
    person = lock_person(session, actor.user_id or 0)
    made = session.scalar(
        _open(at).where(BodyInvitation.id == invitation_id, BodyInvitation.person_id == person.id)
    )
    if made is None:
        raise NotFound
    if accept and (person.organisation_id is not None or person.erased_at is not None):
        raise Conflict(NO_LONGER)
    _close(session, made, actor, "accepted" if accept else "declined", at)
    if accept:
        on, cause = at.astimezone(SHANGHAI).date(), f"invitation/{made.id}"
        change_practising_body(session, person, made.organisation_id, on, actor, cause)
    text = _ANSWERED[made.outcome].filled(name=person.name)
    notice = NewNotice(
        kind="practising_body", role="body_admin", text=text, link="/office/people/accounts"
    )
    notify(session, holders_of("body_admin", made.organisation_id), notice, at)
    return made


def withdraw(session: Session, actor: Actor, invitation_id: int, at: datetime) -> None:
    """Take an invitation of the actor's body back; NotFound when it is another's or answered."""
    mine = BodyInvitation.organisation_id == (actor.organisation_id or 0)
    made = session.scalar(_open(at).where(BodyInvitation.id == invitation_id, mine))
    if made is None:
        raise NotFound
    _close(session, made, actor, "withdrawn", at)


def invitations_to(
    session: Session, person_id: int, at: datetime
) -> list[tuple[BodyInvitation, Organisation]]:
    """Return the open invitations of a person with who invites, the newest first."""
    joined = _open(at).join(Organisation, Organisation.id == BodyInvitation.organisation_id)
    query = joined.add_columns(Organisation).where(BodyInvitation.person_id == person_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def invited_by(
    session: Session, organisation_id: int, at: datetime
) -> list[tuple[BodyInvitation, Person]]:
    """Return the open invitations of a body with who is invited, the newest first."""
    joined = _open(at).join(Person, Person.id == BodyInvitation.person_id)
    query = joined.add_columns(Person).where(BodyInvitation.organisation_id == organisation_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def _open(at: datetime) -> Select[BodyInvitation]:
    young = BodyInvitation.created_at > at - GOOD_FOR
    unanswered = select(BodyInvitation).where(BodyInvitation.closed_at.is_(None), young)
    return unanswered.order_by(BodyInvitation.id.desc())


def _close(
    session: Session, made: BodyInvitation, actor: Actor, outcome: str, at: datetime
) -> None:
    made.outcome, made.closed_at = outcome, at
    session.flush()
    _record(session, made, actor, outcome)


def _record(session: Session, made: BodyInvitation, actor: Actor, what: str) -> None:
    after = {"invitation": made.id, "organisation_id": made.organisation_id}
    subject = f"person/{made.person_id}"
    audit.record(session, f"auditor.{what}", actor, subject=subject, after=after)
