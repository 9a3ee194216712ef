"""What is registered about an organisation, who changes it, and how it was before (catalogue A7).

Its own administrators change the contact; name, code and kind are what the association looked at
when the organisation joined, so only the association changes them, with a reason. A name stands on
papers: the one that was replaced is kept with the day, so that a paper can be told by it (C13).
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from certflow.accounts.contact import mask_email
from certflow.accounts.identity import read_uscc
from certflow.accounts.models import FormerName, Organisation, Person, User
from certflow.accounts.organisations import (
    CONTACT,
    KINDS,
    NO_ADDRESS,
    NO_BODY_NAME,
    NO_NAME,
    taken,
)
from certflow.accounts.spelling import WRONG_EMAIL, is_email
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.clock import SHANGHAI
from certflow.core.crypto import mask_phone
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text

REGISTERED = ("name", "name_en", "uscc", "kind")
LABELS: dict[str, Text] = {
    "name": Text("机构名称", "Name"),
    "name_en": Text("英文名称", "English name"),
    "uscc": Text("统一社会信用代码", "USCC"),
    "kind": Text("机构类型", "Kind"),
    "contact_name": Text("联络人", "Contact"),
    "contact_phone": Text("联络电话", "Contact's phone"),
    "contact_email": Text("联络邮箱", "Contact's e-mail"),
    "address": Text("通讯地址", "Postal address"),
}
WRONG_PHONE = Text("电话号码格式不正确，请检查。", "This is no phone number. Check it.")
NO_REASON = Text("请写明变更的原因和依据。", "Say why it is changed, and on what grounds.")
NO_KIND = Text("请选择机构类型。", "Choose the kind.")
UNCHANGED = Text("与现在的登记相同，没有需要变更的。", "This is what is registered already.")
HAS_PEOPLE = Text(
    "名册上还有 {count} 人，不能改为其他类型。请先让他们转出。",
    "{count} people are on its register, so its kind cannot change. Let them transfer first.",
)
_PRINTED = frozenset({"name", "name_en", "uscc"})
_LONGEST = {
    "name": 200, "name_en": 200, "uscc": 18, "kind": 32,
    "contact_name": 100, "contact_phone": 30, "contact_email": 254, "address": 200,
}  # fmt: skip
_PHONE = re.compile(r"[0-9+][0-9 -]{5,18}[0-9]")
_LONGEST_REASON, _MOST = 500, 100
_TOLD = ("organisation.opened", "organisation.particulars_changed", "organisation.contact_set")


class Change(NamedTuple):
    """One change of what is registered: `rows` are what it was about, before and after."""

    at: datetime
    role: str
    by: str
    opened: bool
    reason: str
    rows: tuple[tuple[Text, Text, Text], ...]


def set_registered(
    session: Session,
    organisation_id: int,
    told: Mapping[str, str],
    reason: str,
    at: datetime,
    actor: Actor,
) -> list[str]:
    """Change name, code or kind for the association; return which of them changed.

    Raises:
        Invalid: at the field that is wrong, at "reason" without one, at "name" when nothing differs.

    """
    organisation = session.get_one(Organisation, organisation_id, with_for_update=True)
    values = _typed(told, REGISTERED)
    wrong = _too_long(values) | _wrong_registered(session, organisation, values)
    changed = [name for name in REGISTERED if _present(organisation, name) != values[name]]
    if not changed:
        wrong.setdefault("name", UNCHANGED)
    if because := wrong_in(reason, _LONGEST_REASON, NO_REASON):
        wrong["reason"] = because
    refuse(wrong)
    if _PRINTED & set(changed):
        session.add(_former(organisation, at.astimezone(SHANGHAI).date()))
    _write(session, "particulars_changed", organisation, values, changed, actor, reason)
    return changed


def set_contact(
    session: Session, organisation_id: int, told: Mapping[str, str], actor: Actor
) -> Organisation:
    """Name the organisation's contact person (联络人) and how to reach it.

    Raises:
        Invalid: at the field that is wrong.

    """
    values = _typed(told, CONTACT)
    wrong = {
        "contact_name": (NO_NAME, len(values["contact_name"]) < 2),  # noqa: PLR2004
        "contact_phone": (WRONG_PHONE, not _PHONE.fullmatch(values["contact_phone"])),
        "contact_email": (WRONG_EMAIL, not is_email(values["contact_email"])),
        "address": (NO_ADDRESS, not values["address"]),
    }
    refuse({name: text for name, (text, is_so) in wrong.items() if is_so} | _too_long(values))
    organisation = session.get_one(Organisation, organisation_id)
    changed = [name for name in CONTACT if _present(organisation, name) != values[name]]
    if changed:
        _write(session, "contact_set", organisation, values, changed, actor)
    return organisation


def history(session: Session, organisation_id: int) -> list[Change]:
    """Return how the organisation came to be registered as it is, the newest first."""
    wanted = audit.Wanted(chain=f"organisation/{organisation_id}", action="organisation.")
    found = [one for one in audit.search(session, wanted, _MOST) if one.action in _TOLD]
    people = select(User.id, User.name).where(User.id.in_({one.actor_id for one in found}))
    names = {row[0]: row[1] for row in session.execute(people)}
    return [_change(one, names) for one in found]


def names_since(session: Session, organisation_id: int, day: date) -> list[str]:
    """Return the names that an organisation had on a day or later, and has no more."""
    query = select(FormerName.name).where(
        FormerName.organisation_id == organisation_id,
        FormerName.until >= day,
        FormerName.name
        != select(Organisation.name).where(Organisation.id == organisation_id).scalar_subquery(),
    )
    return list(dict.fromkeys(session.scalars(query.order_by(FormerName.id))))


def _wrong_registered(
    session: Session, organisation: Organisation, values: dict[str, str]
) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if len(values["name"]) < 2:  # noqa: PLR2004 - no name has one character
        wrong["name"] = NO_BODY_NAME
    if values["uscc"] or organisation.uscc:  # one from abroad has none
        try:
            values["uscc"] = read_uscc(values["uscc"])
        except Invalid as error:
            wrong |= error.fields
    if values["kind"] != organisation.kind:
        wrong |= _wrong_kind(session, organisation, values["kind"])
    return taken(session, values["name"], values["uscc"], organisation.id) | wrong


def _wrong_kind(session: Session, organisation: Organisation, kind: str) -> dict[str, Text]:
    if kind not in KINDS:
        return {"kind": NO_KIND}
    on_register = select(func.count()).where(Person.organisation_id == organisation.id)
    count = session.scalar(on_register)
    return {"kind": HAS_PEOPLE.filled(count=count)} if count else {}


def _typed(told: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: " ".join(told.get(name, "").split()) for name in names}


def _too_long(values: Mapping[str, str]) -> dict[str, Text]:
    checked = {name: wrong_in(value, _LONGEST[name]) for name, value in values.items()}
    return {name: text for name, text in checked.items() if text}


def _present(organisation: Organisation, name: str) -> str:
    return getattr(organisation, name) or ""


def _former(organisation: Organisation, until: date) -> FormerName:
    kept = {name: getattr(organisation, name) for name in ("name", "name_en", "uscc")}
    return FormerName(organisation_id=organisation.id, until=until, **kept)


def _write(
    session: Session,
    what: str,
    organisation: Organisation,
    values: Mapping[str, str],
    changed: Collection[str],
    actor: Actor,
    reason: str = "",
) -> None:
    before = {name: _kept(name, _present(organisation, name)) for name in changed}
    after = {name: _kept(name, values[name]) for name in changed}
    for name in changed:
        setattr(organisation, name, values[name] or (None if name == "uscc" else ""))
    session.flush()
    audit.record(
        session,
        f"organisation.{what}",
        actor,
        subject=f"organisation/{organisation.id}",
        before=before,
        after=after,
        reason=reason.strip()[:_LONGEST_REASON],
    )


def _kept(name: str, value: str) -> str:
    """Return what the trail keeps of a value: how to reach somebody is masked there."""
    masks = {"contact_phone": mask_phone, "contact_email": mask_email}
    return masks[name](value) if value and name in masks else value


def _change(event: AuditEvent, names: Mapping[int, str]) -> Change:
    opened = event.action == "organisation.opened"
    before, after = event.before or {}, event.after or {}
    rows = tuple(
        (label, _words(name, before.get(name)), _words(name, after.get(name)))
        for name, label in LABELS.items()
        if name in after
    )
    reason = "" if opened else event.reason
    by = names.get(event.actor_id or 0, "")
    return Change(event.at, event.actor_role, by, opened, reason, rows)


def _words(name: str, value: object) -> Text:
    said = str(value or "")
    return KINDS.get(said, Text(said, said)) if name == "kind" else Text(said, said)
