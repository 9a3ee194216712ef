"""Accounts, people, organisations and roles come into being and change (catalogue A1, A7, A10)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from certflow.accounts import confirming, passwords, queries, spelling
from certflow.accounts.identity import Identity, read_document, read_uscc
from certflow.accounts.models import Organisation, Person, RoleGrant, User
from certflow.accounts.roles import ORGANISATION_ROLES, ROLES
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.clock import SHANGHAI
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.numbers import next_number
from certflow.core.text import Text


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """What is told about a person; sex and birth date only where the document does not say them."""

    name: str
    document_type: str
    document_number: str
    phone: str | None = None
    pinyin: str = ""
    highest_degree: str = ""
    organisation_id: int | None = None
    sex: str | None = None
    birth_date: date | None = None


def create_organisation(
    session: Session, kind: str, name: str, uscc: str | None, at: datetime, *, name_en: str = ""
) -> Organisation:
    """Enter an organisation; `uscc` is checked, None for bodies abroad.

    Raises:
        Invalid: a wrong or already used code (field "uscc").

    """
    code = read_uscc(uscc) if uscc else None
    if code and session.scalar(select(Organisation.id).where(Organisation.uscc == code)):
        raise _taken("uscc", "统一社会信用代码", "unified social credit code")
    organisation = Organisation(
        kind=kind, name=name, name_en=name_en, uscc=code, contact_name="", created_at=at
    )
    session.add(organisation)
    session.flush()
    return organisation


def create_user(
    session: Session,
    login_name: str,
    password: str,
    name: str,
    at: datetime,
    *,
    email: str | None = None,
    initial_password: bool = False,
) -> User:
    """Open an account without any role; `initial_password`: to be changed at the first login (A4).

    Raises:
        Invalid: at "login_name", "password" or "email".

    """
    passwords.check_rule(password, login_name, name)
    user = User(
        login_name=_free_login_name(session, login_name),
        password_hash=passwords.hash_password(password),
        must_change_password=initial_password,
        name=name.strip(),
        email=_free_email(session, email, at),
        mail_notices=True,
        locale="zh",
        created_at=at,
    )
    session.add(user)
    session.flush()
    audit.record(session, "account.created", SYSTEM, subject=f"user/{user.id}")
    return user


def create_person(
    session: Session, new: NewPerson, at: datetime, user_id: int | None = None
) -> Person:
    """Open the file of a person, with an archive number (A1, A11).

    Raises:
        Invalid: the document number is wrong, or it or the phone is registered already.

    """
    today = at.astimezone(SHANGHAI).date()
    identity = read_document(new.document_type, new.document_number, today)
    sex, birth_date = _derived(new, identity)
    if queries.person_by_document(session, new.document_type, identity.number):
        raise _taken("document_number", "证件号码", "document number")
    phone_index = _free_phone_index(session, new.phone)
    person = Person(
        user_id=user_id,
        archive_number=f"A{next_number(session, 'archive'):07d}",
        name=new.name.strip(),
        pinyin=new.pinyin,
        document_type=new.document_type,
        document_number=identity.number,
        document_index=queries.document_index(new.document_type, identity.number),
        sex=sex,
        birth_date=birth_date,
        phone=new.phone,
        phone_index=phone_index,
        highest_degree=new.highest_degree,
        organisation_id=new.organisation_id,
        created_at=at,
    )
    session.add(person)
    session.flush()
    return person


def grant_role(
    session: Session,
    user_id: int,
    role: str,
    at: datetime,
    *,
    organisation_id: int | None = None,
    actor: Actor = SYSTEM,
) -> RoleGrant:
    """Give a user a role, or the role another organisation; takes effect at the next request.

    Raises:
        Invalid: an unknown role, or an organisation role without its organisation.

    """
    if role not in ROLES:
        message = Text("没有这个角色，请重新选择。", "There is no such role. Choose another.")
        raise Invalid(message, {"role": message})
    if (role in ORGANISATION_ROLES) != (organisation_id is not None):
        message = Text(
            "机构角色须选择所属机构，其他角色不选机构。",
            "A role in an organisation needs the organisation; other roles take none.",
        )
        raise Invalid(message, {"organisation_id": message})
    grant = session.get(RoleGrant, (user_id, role)) or RoleGrant(user_id=user_id, role=role)
    grant.organisation_id, grant.granted_at = organisation_id, at
    session.add(grant)
    session.flush()
    audit.record(
        session,
        "role.granted",
        actor,
        subject=f"user/{user_id}",
        after={"role": role, "organisation_id": organisation_id},
    )
    return grant


def remove_role(session: Session, user_id: int, role: str, actor: Actor = SYSTEM) -> None:
    """Take a role away; open logins lose it at their next request."""
    grant = session.get(RoleGrant, (user_id, role))
    if grant is None:
        return
    session.delete(grant)
    session.flush()
    audit.record(session, "role.removed", actor, subject=f"user/{user_id}", before={"role": role})


def disable(session: Session, user: User, at: datetime, actor: Actor, reason: str) -> None:
    """Close an account; its logins and tokens stop working at once."""
    user.disabled_at = at
    session.flush()
    audit.record(session, "account.disabled", actor, subject=f"user/{user.id}", reason=reason)


def enable(session: Session, user: User, actor: Actor, reason: str) -> None:
    """Open a closed account again."""
    user.disabled_at = None
    session.flush()
    audit.record(session, "account.enabled", actor, subject=f"user/{user.id}", reason=reason)


def set_locale(session: Session, user_id: int, locale: str) -> None:
    """Remember the language a user reads: "zh" or "en"."""
    session.get_one(User, user_id).locale = "en" if locale.startswith("en") else "zh"
    session.flush()


def set_mail_notices(session: Session, user_id: int, *, on: bool, actor: Actor = SYSTEM) -> None:
    """Switch e-mail as a channel of notices on or off for a user (B8)."""
    session.get_one(User, user_id).mail_notices = on
    session.flush()
    after = {"on": on}
    audit.record(session, "mail_notices.set", actor, subject=f"user/{user_id}", after=after)


def _derived(new: NewPerson, identity: Identity) -> tuple[str, date]:
    sex, birth_date = identity.sex or new.sex, identity.birth_date or new.birth_date
    missing = {
        "sex": (sex, Text("请选择性别。", "Choose the sex.")),
        "birth_date": (birth_date, Text("请填写出生日期。", "Enter the date of birth.")),
    }
    fields = {field: message for field, (value, message) in missing.items() if value is None}
    if sex is None or birth_date is None:
        raise Invalid(
            Text("该证件号码不含性别和出生日期，请填写。", "The document does not tell all."),
            fields,
        )
    return sex, birth_date


def _free_login_name(session: Session, login_name: str) -> str:
    wanted = login_name.strip().lower()
    spelling.check_login_name(wanted)
    if session.scalar(select(User.id).where(User.login_name == wanted)):
        raise _taken("login_name", "登录名", "login name")
    return wanted


def _free_email(session: Session, email: str | None, at: datetime) -> str | None:
    if not email:
        return None
    wanted = email.strip().lower()
    spelling.check_email(wanted)
    if confirming.holder(session, wanted, at) is not None:
        raise _taken("email", "电子邮箱", "e-mail address")
    confirming.take_claim(session, wanted)
    return wanted


def _free_phone_index(session: Session, phone: str | None) -> str | None:
    if not phone:
        return None
    if not spelling.is_phone(phone):
        raise Invalid(spelling.WRONG_PHONE, {"phone": spelling.WRONG_PHONE})
    index = blind_index("phone", phone)
    if session.scalar(select(Person.id).where(Person.phone_index == index)):
        raise _taken("phone", "手机号码", "phone number")
    return index


def _taken(field: str, zh: str, en: str) -> Invalid:
    message = Text(
        f"这个{zh}已经注册过。如果是您本人，请直接登录或找回账号。",
        f"This {en} is registered already. If it is yours, sign in or recover the account.",
    )
    return Invalid(message, {field: message})
