"""A person signs up, or is linked to the file of the earlier system (catalogue A1, A3, A11).

What may be said to whom. Before the phone is proved: nothing about anybody; every phone gets a
code, every answer is the same. After it: the holder of a phone may ask whether particulars are
free, because a form that hides this until the end is of no use to people. That a number, an
address or a document is registered is then said to somebody who can be named, at most ten times a
proof (`codes.probe`) and ten proofs a day and phone; a document that is asked about is recorded
with its person. Login names are chosen for the platform and say nothing of who has them: whether
one is free is not counted, only limited like every page that looks something up.
A file of the earlier system is linked only when name and document number both fit; a number with
another name gets the same words as a number that has an account.
"""

from dataclasses import fields
from datetime import date, datetime
from functools import partial

from sqlalchemy import Select, select

from certflow.accounts import codes, confirming, operations, passwords, queries
from certflow.accounts.entries import (
    CHECKS,
    SignUp,
    collect,
    faults_of,
    identity_of,
    same_name,
)
from certflow.accounts.identity import Identity
from certflow.accounts.models import Person, User
from certflow.accounts.proof_models import VerificationCode
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text

PURPOSE = "sign_up"
TAKEN = {
    "login_name": Text(
        "这个登录名已有人使用，请换一个。", "This login name is in use. Choose another."
    ),
    "email": Text(
        "这个电子邮箱已用于另一个账号，请换一个，或找回原来的账号。",
        "Another account uses this e-mail address. Take another one, or recover that account.",
    ),
    "document_number": Text(
        "这个证件号码已有账号，或与原系统登记的姓名不一致。请核对；如是您本人，请找回账号或联系协会。",
        "This document has an account, or belongs to another name in the earlier system. Check "
        "both; if it is yours, recover the account or ask the association.",
    ),
}

PHONE_TAKEN = Text(
    "这个手机号已有账号，不用再注册。请直接登录，忘记密码可以重设。",
    "This phone has an account already. Sign in, or set a new password if you forgot it.",
)
_SUMMARY = Text("信息还没有填好，请按提示修改。", "Some entries need to be mended.")


def phone_taken(session: Session, phone: str) -> bool:
    """Whether somebody with an account has this phone; only for who has proved to hold it."""
    return session.scalar(_holder(phone)) is not None


def check_one(
    session: Session, proof: VerificationCode, told: SignUp, field: str, at: datetime
) -> None:
    """Check one entry while the form is filled in; commit in any case, since it is counted.

    Raises:
        Invalid: at the field.
        TooMany: the proof has asked too often.

    """
    if field == "password":
        passwords.check_rule(told.password, told.login_name, told.name)
    elif field in {"login_name", "email"}:
        CHECKS[field](getattr(told, field))
        if field == "email":
            codes.probe(session, proof)
        _refuse_taken(session, field, told, None, at)
    elif field == "document_number":
        identity = identity_of(told, at)
        if told.name.strip():
            codes.probe(session, proof)
            _refuse_taken(session, field, told, identity, at)


def register(session: Session, proof: VerificationCode, told: SignUp, at: datetime) -> User:
    """Open the account of a person whose phone is proved, with the role of an applicant.

    Raises:
        Invalid: with a sentence at every field that needs mending.
        TooMany: the proof was used for too many tries.

    """
    codes.probe(session, proof)
    identity, born = _checked(session, told, at)
    phone = proof.target or ""
    if phone_taken(session, phone):
        raise Invalid(PHONE_TAKEN, {"phone": PHONE_TAKEN})
    user, actor = _account(session, told, proof.locale, at)
    _leave_phone(session, phone)
    earlier = queries.person_by_document(session, told.document_type, identity.number)
    if earlier is None:
        person = operations.create_person(
            session,
            operations.NewPerson(
                name=told.name,
                document_type=told.document_type,
                document_number=identity.number,
                phone=phone,
                sex=identity.sex or told.sex,
                birth_date=identity.birth_date or born,
            ),
            at,
            user.id,
        )
    else:
        person = _link(session, earlier, user, phone)
    codes.spend(session, proof, at)
    after = {"person_id": person.id, "linked": earlier is not None}
    audit.record(session, "account.signed_up", actor, subject=f"user/{user.id}", after=after)
    return user


def _account(session: Session, told: SignUp, locale: str, at: datetime) -> tuple[User, Actor]:
    user = operations.create_user(
        session, told.login_name, told.password, told.name, at, email=told.email
    )
    user.locale = locale
    confirming.ask(session, user)
    actor = Actor(user.id, user.name, "applicant")
    operations.grant_role(session, user.id, "applicant", at, actor=actor)
    return user, actor


def _checked(session: Session, told: SignUp, at: datetime) -> tuple[Identity, date | None]:
    """Check every entry and whether it is free; one Invalid names all that is wrong."""
    faults, identity, born = faults_of(told, at)
    for field in TAKEN:
        if field not in faults:
            collect(faults, partial(_refuse_taken, session, field, told, identity, at))
    if faults:  # in the order of the form
        raise Invalid(
            _SUMMARY, {one.name: faults[one.name] for one in fields(told) if one.name in faults}
        )
    return identity, born


def _refuse_taken(
    session: Session, field: str, told: SignUp, identity: Identity | None, at: datetime
) -> None:
    if field == "login_name":
        found = session.scalar(
            select(User.id).where(User.login_name == told.login_name.strip().lower())
        )
    elif field == "email":
        other = confirming.holder(session, told.email, at)
        found = other.id if other else None
    else:
        number = identity.number if identity else ""
        person = queries.person_by_document(session, told.document_type, number)
        mine = person is None or (person.user_id is None and same_name(person.name, told.name))
        found = None if mine or person is None else person.id
        if found is not None:
            _record_refusal(session, found)
    if found is not None:
        raise Invalid(TAKEN[field], {field: TAKEN[field]})


def _record_refusal(session: Session, person_id: int) -> None:
    """Keep that somebody tried to sign up with this person's document; commit after the error."""
    audit.record(session, "sign_up.refused", SYSTEM, subject=f"person/{person_id}")


def _holder(phone: str) -> Select[int]:
    index = blind_index("phone", phone)
    return select(Person.id).where(Person.phone_index == index, Person.user_id.is_not(None))


def _leave_phone(session: Session, phone: str) -> None:
    """Take a proved phone from a file of the earlier system: nobody has proved it there."""
    index = blind_index("phone", phone)
    holder = session.scalar(select(Person).where(Person.phone_index == index))
    if holder is not None:
        holder.phone = holder.phone_index = None
        session.flush()


def _link(session: Session, person: Person, user: User, phone: str) -> Person:
    """Give the file of the earlier system its account (A11)."""
    person.user_id, person.phone = user.id, phone
    person.phone_index = blind_index("phone", phone)
    session.flush()
    actor = Actor(user.id, user.name, "applicant", person_id=person.id)
    after = {"user_id": user.id}
    audit.record(session, "person.linked", actor, subject=f"person/{person.id}", after=after)
    return person
