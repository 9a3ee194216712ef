"""Organisations: signing up, coming to life, contact and branches (catalogue A7).

Who signs an organisation up gets an account that sees its one case, in the role "body_pending".
Until the approval the organisation is a row of kind "pending" under a name of its own: it takes
nobody's name or code away, and stands in no list.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from certflow.accounts import confirming
from certflow.accounts.identity import read_uscc
from certflow.accounts.models import Branch, Organisation, RoleGrant, User
from certflow.accounts.operations import create_user, grant_role, remove_role
from certflow.accounts.spelling import WRONG_EMAIL, WRONG_LOGIN_NAME, is_email, is_login_name
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text

PENDING = "pending"
KINDS: dict[str, Text] = {
    "certification_body": Text("认证机构", "Certification body"),
    "training_organisation": Text("培训机构", "Training organisation"),
    "other": Text("其他机构", "Other organisation"),
}
CONTACT = ("contact_name", "contact_phone", "contact_email", "address")
CODE_TAKEN = Text(
    "这个统一社会信用代码的机构已经入驻，请联系该机构的管理员为您开通账号。",
    "An organisation with this code is here already. Ask its administrator for an account.",
)
NAME_TAKEN = Text(
    "已有同名机构入驻。请核对名称，或联系该机构的管理员。",
    "An organisation of this name is here already. Check the name, or ask its administrator.",
)
NO_NAME = Text("请填写姓名，2 至 100 个字。", "Enter the name, 2 to 100 characters.")
NO_BODY_NAME = Text("请填写机构全称。", "Enter the full name of the organisation.")
BRANCH_TAKEN = Text("已有同名的分支机构。", "There is a branch of this name.")
NO_ADDRESS = Text("请填写地址。", "Enter the address.")


@dataclass(frozen=True, kw_only=True)
class SigningUp:
    """What is told when an organisation signs up."""

    name: str
    uscc: str
    contact_name: str
    login_name: str
    password: str
    email: str = ""


def sign_up(session: Session, new: SigningUp, at: datetime) -> User:
    """Open the account of whoever signs an organisation up; it can do nothing else (A7).

    An e-mail address that another account has is left out without a word: a stranger is not
    told who is registered.

    Raises:
        Invalid: at "name", "uscc", "contact_name", "login_name", "password" or "email".

    """
    refuse(faults_of(new) or taken(session, new.name, read_uscc(new.uscc)))
    known = session.scalar(select(User.id).where(User.has_email(new.email)))
    user = create_user(
        session,
        new.login_name,
        new.password,
        new.contact_name.strip(),
        at,
        email=None if known else new.email.strip() or None,
    )
    confirming.ask(session, user)
    waiting = Organisation(
        kind=PENDING,
        name=f"{new.name.strip()[:170]}（申请中 {secrets.token_hex(4)}）",
        name_en="",
        contact_name=new.contact_name.strip(),
        created_at=at,
    )
    session.add(waiting)
    session.flush()
    grant_role(session, user.id, "body_pending", at, organisation_id=waiting.id)
    audit.record(session, "organisation.signed_up", SYSTEM, subject=f"organisation/{waiting.id}")
    return user


def faults_of(new: SigningUp) -> dict[str, Text]:
    """Look over what is told, by field; nothing is looked up, so that nothing is given away."""
    short = len(new.name.strip()) < 2  # noqa: PLR2004 - no name has one character
    named = 2 <= len(new.contact_name.strip()) <= 100  # noqa: PLR2004 - as the sentence says
    email, login = new.email.strip(), new.login_name.strip().lower()
    wrong = {
        "name": NO_BODY_NAME if short else wrong_in(new.name, 150),
        "uscc": _wrong_code(new.uscc),
        "contact_name": None if named else NO_NAME,
        "email": None if not email or is_email(email) else WRONG_EMAIL,
        "login_name": None if is_login_name(login) else WRONG_LOGIN_NAME,
    }
    return {field: text for field, text in wrong.items() if text}


def _wrong_code(uscc: str) -> Text | None:
    try:
        read_uscc(uscc)
    except Invalid as error:
        return error.message
    return None


def taken(session: Session, name: str, code: str, but: int = 0) -> dict[str, Text]:
    """Return at which fields another organisation of the platform stands in the way."""
    others = select(Organisation.name, Organisation.uscc).where(
        (Organisation.name == name.strip()) | (Organisation.uscc == code), Organisation.id != but
    )
    rows = session.execute(others).all()
    found: dict[str, Text] = {}
    if any(row.uscc == code for row in rows):
        found["uscc"] = CODE_TAKEN
    if any(row.name == name.strip() for row in rows):
        found["name"] = NAME_TAKEN
    return found


def alike(
    session: Session, name: str, uscc: str, *, but: int = 0, limit: int = 10
) -> list[Organisation]:
    """Return the organisations with a code, and those whose name has the same beginning in it."""
    core = name.strip()[:4]
    called = Organisation.name.contains(core, autoescape=True) if core else Organisation.name == ""
    query = select(Organisation).where(
        called | (Organisation.uscc == uscc), Organisation.id != but, Organisation.kind != PENDING
    )
    return list(session.scalars(query.order_by(Organisation.name).limit(limit)))


def open_organisation(
    session: Session,
    organisation_id: int,
    told: Mapping[str, str],
    at: datetime,
    actor: Actor,
    cause: str,
) -> Organisation:
    """Bring an approved organisation to life, with who signed it up as first administrator (A7).

    Raises:
        Invalid: when its code or name has been taken meanwhile.

    """
    organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
    code = read_uscc(told["uscc"])
    if organisation.kind != PENDING:
        return organisation
    if wrong := taken(session, told["name"], code, organisation.id):
        raise Invalid(next(iter(wrong.values())), wrong)
    organisation.kind, organisation.uscc = told["kind"], code
    organisation.name, organisation.name_en = told["name"].strip(), told.get("name_en", "")
    for field in CONTACT:
        setattr(organisation, field, told.get(field) or ("" if field != "contact_phone" else None))
    waiting = select(RoleGrant.user_id).where(
        RoleGrant.role == "body_pending", RoleGrant.organisation_id == organisation.id
    )
    for user_id in list(session.scalars(waiting)):
        remove_role(session, user_id, "body_pending", actor)
        scope = organisation.id
        grant_role(session, user_id, "body_admin", at, organisation_id=scope, actor=actor)
    after = {"name": organisation.name, "uscc": code, "kind": organisation.kind}
    subject = f"organisation/{organisation.id}"
    audit.record(session, "organisation.opened", actor, subject=subject, after=after, reason=cause)
    return organisation


def with_administrators(session: Session, text: str, limit: int) -> list[tuple[Organisation, int]]:
    """Return organisations whose name or code has a text in it, with how many administrators."""
    count = (
        select(func.count())
        .where(RoleGrant.organisation_id == Organisation.id, RoleGrant.role == "body_admin")
        .scalar_subquery()
    )
    query = select(Organisation, count).where(Organisation.kind != PENDING)
    if text:
        found = Organisation.name.icontains(text, autoescape=True)
        query = query.where(found | (Organisation.uscc == text.upper()))
    rows = session.execute(query.order_by(Organisation.name).limit(limit))
    return [(row[0], row[1]) for row in rows]


def branches_of(session: Session, organisation_id: int) -> list[Branch]:
    """Return the branches of an organisation that are open, by name."""
    query = select(Branch).where(
        Branch.organisation_id == organisation_id, Branch.closed_at.is_(None)
    )
    return list(session.scalars(query.order_by(Branch.name, Branch.id)))


def add_branch(
    session: Session, organisation_id: int, told: Mapping[str, str], at: datetime, actor: Actor
) -> Branch:
    """Add a branch; its address is where people find it.

    Raises:
        Invalid: at "branch_name", "branch_address" or "branch_contact".

    """
    name, address, contact = (
        told.get(one, "").strip() for one in ("branch_name", "branch_address", "branch_contact")
    )
    known = any(one.name == name for one in branches_of(session, organisation_id))
    refuse(
        {
            "branch_name": BRANCH_TAKEN if known else wrong_in(name, 200, NO_BODY_NAME),
            "branch_address": wrong_in(address, 200, NO_ADDRESS),
            "branch_contact": wrong_in(contact, 100),
        }
    )
    branch = Branch(
        organisation_id=organisation_id,
        name=name,
        address=address,
        contact_name=contact,
        opened_at=at,
    )
    session.add(branch)
    session.flush()
    subject, after = f"organisation/{organisation_id}", {"branch": branch.id, "name": name}
    audit.record(session, "branch.added", actor, subject=subject, after=after)
    return branch


def close_branch(
    session: Session, organisation_id: int, branch_id: int, at: datetime, actor: Actor
) -> None:
    """Close a branch; a second time it is a conflict.

    Raises:
        NotFound: when the organisation has no such branch.

    """
    branch = session.get(Branch, branch_id)
    if branch is None or branch.organisation_id != organisation_id:
        raise NotFound
    if branch.closed_at is not None:
        raise Conflict(Text("这个分支机构已经撤销。", "This branch was closed already."))
    branch.closed_at = at
    session.flush()
    subject, before = f"organisation/{organisation_id}", {"branch": branch.id, "name": branch.name}
    audit.record(session, "branch.closed", actor, subject=subject, before=before)
