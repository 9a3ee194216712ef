"""Organisations: signing up, coming to life, contact and branches (catalogue A7).

Who signs an organisation up gets an account that sees its one case, in the role "body_pending".
Until the approval the organisation is a row of kind "pending" under a name of its own: it takes
nobody's name or code away, and stands in no list.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from certflow.accounts.identity import read_uscc
from certflow.accounts.models import Branch, Organisation, RoleGrant, User
from certflow.accounts.operations import create_user, grant_role, remove_role
from certflow.accounts.spelling import WRONG_EMAIL, is_email
from certflow.core import audit
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.text import Text

PENDING = "pending"
KINDS: dict[str, Text] = {
    "certification_body": Text("认证机构", "Certification body"),
    "training_organisation": Text("培训机构", "Training organisation"),
    "other": Text("其他机构", "Other organisation"),
}
CONTACT = ("contact_name", "contact_phone", "contact_email", "address")
_LONGEST = {"contact_name": 100, "contact_phone": 30, "contact_email": 254, "address": 200}
_PHONE = re.compile(r"[0-9+][0-9 -]{5,18}[0-9]")
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
NO_ADDRESS = Text("请填写地址。", "Enter the address.")
WRONG_PHONE = Text("电话号码格式不正确，请检查。", "This is no phone number. Check it.")
CHECK = Text("有几处需要修改，请看标出的地方。", "Some fields need attention; see the marks.")


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
    _check_sign_up(session, new)
    taken = session.scalar(select(User.id).where(User.has_email(new.email)))
    user = create_user(
        session,
        new.login_name,
        new.password,
        new.contact_name.strip(),
        at,
        email=None if taken else new.email.strip() or None,
    )
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


def _check_sign_up(session: Session, new: SigningUp) -> None:
    wrong: dict[str, Text] = {}
    if len(new.name.strip()) < 2:  # noqa: PLR2004 - no name has one character
        wrong["name"] = NO_BODY_NAME
    if not 2 <= len(new.contact_name.strip()) <= _LONGEST["contact_name"]:  # noqa: PLR2004
        wrong["contact_name"] = NO_NAME
    try:
        code = read_uscc(new.uscc)
        wrong |= taken(session, new.name, code)
    except Invalid as error:
        wrong |= error.fields
    if wrong:
        raise Invalid(CHECK, wrong)


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


def set_contact(
    session: Session, organisation_id: int, told: Mapping[str, str], actor: Actor
) -> Organisation:
    """Name the organisation's contact person (联络人) and how to reach it (A7).

    Raises:
        Invalid: at the field that is wrong.

    """
    values = {name: told.get(name, "").strip()[: _LONGEST[name]] for name in CONTACT}
    wrong = {
        "contact_name": (NO_NAME, len(values["contact_name"]) < 2),  # noqa: PLR2004
        "contact_phone": (WRONG_PHONE, not _PHONE.fullmatch(values["contact_phone"])),
        "contact_email": (WRONG_EMAIL, not is_email(values["contact_email"])),
        "address": (NO_ADDRESS, not values["address"]),
    }
    if fields := {name: text for name, (text, is_so) in wrong.items() if is_so}:
        raise Invalid(CHECK, fields)
    organisation = session.get_one(Organisation, organisation_id)
    changed = [name for name in CONTACT if (getattr(organisation, name) or "") != values[name]]
    for name in changed:
        setattr(organisation, name, values[name])
    session.flush()
    subject = f"organisation/{organisation_id}"
    after = {"changed": changed}
    audit.record(session, "organisation.contact_set", actor, subject=subject, after=after)
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
        Invalid: at "branch_name" or "branch_address".

    """
    name = told.get("branch_name", "").strip()[:200]
    address = told.get("branch_address", "").strip()[:200]
    wrong: dict[str, Text] = {} if name else {"branch_name": NO_BODY_NAME}
    if any(one.name == name for one in branches_of(session, organisation_id)):
        wrong["branch_name"] = Text("已有同名的分支机构。", "There is a branch of this name.")
    if not address:
        wrong["branch_address"] = NO_ADDRESS
    if wrong:
        raise Invalid(CHECK, wrong)
    branch = Branch(
        organisation_id=organisation_id,
        name=name,
        address=address,
        contact_name=told.get("branch_contact", "").strip()[:100],
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
