"""Who complained is known to the association's handlers only, and no word betrays it (catalogue D4)."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from certflow.accounts.queries import get_organisation, get_user, person_of_user
from certflow.cases.models import Case, CaseLink
from certflow.cases.parties import parties
from certflow.cases.scope import HANDLERS, is_applicant
from certflow.cases.subjects import filer_of_case
from certflow.cases.versions import loaded
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.forms.review import OPINION

TRACE = Text(
    "这里写了投诉人的{what}“{words}”，被投诉人会看到。请改用不透露投诉人的说法。",
    "This names the complainant's {what}, “{words}”, and the other side reads it. Put it in words "
    "that do not give the complainant away.",
)
_WHAT = {
    "name": Text("姓名", "name"),
    "login": Text("账号", "login"),
    "contact": Text("联系方式", "contact"),
    "number": Text("证件或档案号", "number"),
    "body": Text("单位", "organisation"),
}
_SHORTEST, _UNMISTAKABLE = 2, 6
BLANK = "＊＊＊"


def conceals(session: Session, actor: Actor, case: Case) -> bool:
    """Whether the applicant's name is kept from a reader: all but its handlers (D4)."""
    if actor.role in HANDLERS or is_applicant(actor, case):
        return False
    return shielding(session, case) is not None


def shielding(session: Session, case: Case) -> Case | None:
    """Return the complaint that a case is, or is about: who made it, nobody may learn from it.

    Both sides of a complaint can appeal; neither name is for those who only look on.
    """
    settings = loaded(session, case.version_id).settings
    if settings.get("conceals_applicant"):
        return case
    if settings.get("about") != "case":
        return None
    about = select(Case).join(CaseLink, CaseLink.other_id == Case.id)
    found = session.scalars(about.where(CaseLink.case_id == case.id))
    return next((one for one in found if shielding(session, one) is not None), None)


def traces_in(session: Session, case: Case, data: Mapping[str, Any]) -> dict[str, Text]:
    """Return a sentence at every text that names who complained; what they alone read may."""
    source = shielding(session, case)
    if source is None:
        return {}
    theirs = filer_of_case(case).side == filer_of_case(source).side
    marks = marks_of(session, source)
    found = {}
    for name, value in data.items():
        if (name == OPINION and theirs) or not isinstance(value, str):
            continue
        hit = next(((what, words) for what, words in marks if _names(value, words)), None)
        if hit is not None:
            what = _WHAT[hit[0]]
            found[name] = TRACE.filled(what=what, words=hit[1])
    return found


def marks_of(session: Session, case: Case) -> list[tuple[str, str]]:
    """Return by what an applicant can be known: (kind, words); not the body of both sides."""
    user = get_user(session, case.applicant_id)
    person = person_of_user(session, case.applicant_id)
    marks = (
        [("name", user.name), ("login", user.login_name), ("contact", user.email)] if user else []
    )
    if person is not None:
        marks += [("name", person.name), ("name", person.pinyin), ("contact", person.phone)]
        marks += [("number", person.document_number), ("number", person.archive_number)]
    known = {one.organisation_id for one in parties(session, case.id)}
    theirs = {case.applicant_organisation_id, person.organisation_id if person else None}
    for organisation_id in theirs - known - {None}:
        body = get_organisation(session, int(organisation_id or 0))
        marks += [("body", body.name), ("body", body.name_en)] if body else []
    return [(what, words) for what, words in marks if words and len(_plain(words)) >= _SHORTEST]


def blanked(session: Session, case: Case, text: Text) -> Text:
    """Return words of a case without what tells who complained, for those who may not know."""
    if shielding(session, case) is None:
        return text
    zh, en = text
    for _kind, words in marks_of(session, case):
        pattern = re.compile(re.escape(words), re.IGNORECASE)
        zh, en = pattern.sub(BLANK, zh), pattern.sub(BLANK, en)
    return Text(zh, en)


def _names(text: str, words: str) -> bool:
    """Whether a text holds these words; short Latin ones must stand by themselves."""
    mark = _plain(words)
    if mark.isascii() and len(mark) < _UNMISTAKABLE:
        alone = rf"(?<![a-z0-9]){re.escape(mark)}(?![a-z0-9])"
        return re.search(alone, unicodedata.normalize("NFKC", text).casefold()) is not None
    return mark in _plain(text)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in "-·•・")
