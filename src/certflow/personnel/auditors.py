"""A body's auditors: their accounts, joining and leaving the body (catalogue A7, A11).

Somebody of the earlier system who has no account joins by name and document number; who has one is
asked first (`invitations`), who practises with another body has to transfer.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from certflow.accounts import passwords, staff
from certflow.accounts.identity import read_document
from certflow.accounts.models import Person, User
from certflow.accounts.operations import NewPerson, create_person, create_user, grant_role
from certflow.accounts.queries import get_organisation, get_person, person_by_document
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.cells import folded
from certflow.core.clock import SHANGHAI
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.given import reason_of
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from certflow.personnel.invitations import invite
from certflow.personnel.practising import change_practising_body

WHY_LEFT = Text("请写明原因，本人会看到。", "Say why; the person will see it.")

ELSEWHERE = Text(
    "此人不能由本机构直接加入。如已在其他机构执业，请本人登录后办理“转换执业机构”。",
    "This person cannot be added by you. Who practises with another body signs in and applies for "
    "a transfer.",
)
ALREADY = Text("此人已经在本机构的名册里。", "This person is on your list already.")
OTHER_NAME = Text("姓名与证件号码不一致，请核对。", "Name and document number do not agree.")
NO_NAME = Text("请填写姓名。", "Enter the name.")
NO_LOGIN = Text(
    "此人还没有账号，请填写登录名。", "This person has no account yet: choose a login name."
)
NO_ACCOUNT = Text("此人没有账号。", "This person has no account.")
_JOINED = Text(
    "{body.zh}已将您加入执业人员名册。如有异议，请联系该机构或协会。",
    "{body.en} has put you on its list of auditors. If that is wrong, tell it or the association.",
)
_LEFT = Text(
    "您已离开{body.zh}的执业人员名册，原因：{reason}。证书在转换执业机构前不变。",
    "You are no longer on the list of {body.en}: {reason}. Certificates stay as they are until you "
    "transfer.",
)


def add(
    session: Session, actor: Actor, new: NewPerson, login_name: str, at: datetime
) -> tuple[Person, str | None]:
    """Put somebody on the body's list with a new account, or ask who has an account to join.

    Returns the person and the initial password; no password when the person was asked.

    Raises:
        Invalid: at the field that is wrong, or why the person cannot be added.

    """
    organisation_id = actor.organisation_id or 0
    identity = read_document(new.document_type, new.document_number, at.astimezone(SHANGHAI).date())
    person = person_by_document(session, new.document_type, identity.number)
    if person is None:
        user, password = _account(session, actor, login_name, new.name, at)
        person = create_person(session, replace(new, organisation_id=organisation_id), at, user.id)
    else:
        problem = stands_against(person, new.name, organisation_id)
        if problem is not None:
            raise Invalid(problem, {"document_number": problem})
        if person.user_id is not None:
            invite(session, actor, person, at)
            return person, None
        user, password = _account(session, actor, login_name, person.name, at)
        person.user_id = user.id
        on = at.astimezone(SHANGHAI).date()
        cause = f"organisation/{organisation_id}"
        change_practising_body(session, person, organisation_id, on, actor, cause)
        _tell(session, person, _JOINED, organisation_id, at)
    subject, after = f"person/{person.id}", {"organisation_id": organisation_id}
    audit.record(session, "auditor.added", actor, subject=subject, after=after)
    return person, password


def stands_against(person: Person, name: str, organisation_id: int) -> Text | None:
    """Return why somebody who is known cannot join a body; None when nothing does."""
    if folded(person.name) != folded(name):
        return OTHER_NAME
    if person.organisation_id == organisation_id:
        return ALREADY
    return ELSEWHERE if person.organisation_id or person.erased_at else None


def _account(
    session: Session, actor: Actor, login_name: str, name: str, at: datetime
) -> tuple[User, str]:
    if not login_name.strip():
        raise Invalid(NO_LOGIN, {"login_name": NO_LOGIN})
    password = staff.initial_password()
    user = create_user(session, login_name, password, name, at, initial_password=True)
    grant_role(session, user.id, "applicant", at, actor=actor)
    return user, password


def open_accounts(
    session: Session, actor: Actor, people: Mapping[str, NewPerson], at: datetime
) -> None:
    """Open many accounts by login name; nobody knows their passwords until they are issued.

    All of them share the hash of a random secret that is thrown away: one expensive hash, and a
    wrong password takes as long as with any account.
    """
    unknown = passwords.hash_password(f"{secrets.token_urlsafe(32)}-0")
    scope = actor.organisation_id
    for login_name, new in people.items():
        user = User(
            login_name=login_name,
            password_hash=unknown,
            must_change_password=True,
            name=new.name,
            mail_notices=True,
            locale="zh",
            created_at=at,
        )
        session.add(user)
        session.flush()
        grant_role(session, user.id, "applicant", at, actor=actor)
        create_person(session, replace(new, organisation_id=scope), at, user.id)


def issue_passwords(
    session: Session, actor: Actor, person_ids: Sequence[int], at: datetime
) -> list[tuple[str, str, str]]:
    """Set new initial passwords; return name, login name and password of each, to be shown once.

    Raises:
        NotFound: when somebody is not on the body's list. Conflict: see `staff.reset_password`.

    """
    issued = []
    for person_id in person_ids:
        person = auditor(session, actor, person_id)
        if person.user_id is None:
            raise Conflict(NO_ACCOUNT)
        user = session.get_one(User, person.user_id)
        password = staff.reset_password(session, actor, user, at)
        issued.append((person.name, user.login_name, password))
    return issued


def leave(session: Session, actor: Actor, person_id: int, reason: str, at: datetime) -> None:
    """Take somebody off the body's list; certificates stay as they are until a transfer.

    Raises:
        NotFound: when the person is not on it. Invalid: without a reason.

    """
    person = auditor(session, actor, person_id)
    reason = reason_of(reason, WHY_LEFT, 200)
    before, person.organisation_id = person.organisation_id, None
    session.flush()
    audit.record(
        session,
        "person.left",
        actor,
        subject=f"person/{person.id}",
        before={"organisation_id": before},
        reason=reason,
    )
    _tell(session, person, _LEFT, before or 0, at, reason)


def auditor(session: Session, actor: Actor, person_id: int) -> Person:
    """Return somebody on the list of the actor's body; NotFound for anybody else."""
    person = get_person(session, person_id)
    if person is None or person.organisation_id != (actor.organisation_id or 0):
        raise NotFound
    return person


def accounts_of(session: Session, person_ids: Sequence[int]) -> dict[int, User]:
    """Return the accounts of people, by person."""
    query = select(Person.id, User).join(User, User.id == Person.user_id)
    rows = session.execute(query.where(Person.id.in_(person_ids)))
    return {row[0]: row[1] for row in rows}


def _tell(
    session: Session, person: Person, words: Text, body_id: int, at: datetime, reason: str = ""
) -> None:
    body = get_organisation(session, body_id)
    if person.user_id is None or body is None:
        return
    named = Text(body.name, body.name_en or body.name)
    text = words.filled(body=named, reason=reason)
    notice = NewNotice(kind="practising_body", role="applicant", text=text, link="/my/profile")
    notify(session, [person.user_id], notice, at)
