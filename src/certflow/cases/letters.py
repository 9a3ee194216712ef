"""Letters of the association about a case: their words stand in service.json `letters` (D3, D4).

The words are filled in when the letter is issued and kept; its PDF is drawn from them on demand.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from certflow.accounts.queries import get_organisation, get_user, holders_of
from certflow.cases.answering import options_of
from certflow.cases.described import Parameter, described
from certflow.cases.models import Case, CaseLetter, CaseParty
from certflow.cases.parties import parties
from certflow.cases.queries import latest_answer
from certflow.cases.reading import MaskingReader
from certflow.cases.registry import PARTY, Step, operation
from certflow.cases.scope import READS_ALL, may_name, visible
from certflow.cases.versions import loaded
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.text import NOTHING, Text, day_text
from certflow.notifications.operations import NewNotice, notify

_PLACE = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?\}")
_NEWS = Text("{title}：{letter}已经发出，请查阅。", "{title}: {letter} is ready for you to read.")


@operation("issue_letter")
@described(
    Text("出具函件", "Issue a letter"),
    Text(
        "按“设置”里的函件写成 PDF，并告知对方查阅。",
        "Writes a PDF as worded in the settings and tells them.",
    ),
    Parameter("letter", "letter", Text("函件", "Letter")),
    Parameter("to", "side", Text("发给谁", "To whom")),
)
def issue_letter(step: Step, letter: str, to: str = "applicant") -> None:
    """Write a letter to the applicant or to the other party, and tell them where it is."""
    words = step.settings["letters"][letter]
    for user_id, organisation_id in _addressees(step, to):
        name = _name(step.session, user_id, organisation_id)
        values = {**_values(step), "recipient": name}
        content = {
            "title": dict(words["title"]),
            "recipient": name.as_json(),
            "number": step.case.number or "",
            "paragraphs": [_filled(step, one, values).as_json() for one in words["paragraphs"]],
        }
        row = CaseLetter(
            case_id=step.case.id, letter=letter, to=to, content=content, at=clock.now()
        )
        step.session.add(row)
        step.session.flush()
        _tell(step, row, user_id, organisation_id)


def letters_of(session: Session, case_id: int) -> list[CaseLetter]:
    """Return the letters of a case, oldest first."""
    query = select(CaseLetter).where(CaseLetter.case_id == case_id)
    return list(session.scalars(query.order_by(CaseLetter.id)))


def get_letter(session: Session, actor: Actor, letter_id: int) -> CaseLetter:
    """Return a letter that is meant for the actor, or belongs to a case the actor may see.

    A letter to the other party is for the party and the association, not for the applicant.

    Raises:
        NotFound: in every other case.

    """
    cases = select(Case.id).where(visible(actor))
    mine = CaseParty.user_id == actor.user_id
    if actor.organisation_id is not None:
        mine = or_(mine, CaseParty.organisation_id == actor.organisation_id)
    against_me = select(CaseParty.case_id).where(CaseParty.part == "party", mine)
    query = select(CaseLetter).where(
        CaseLetter.id == letter_id,
        or_(
            CaseLetter.case_id.in_(cases) & _for(actor),
            (CaseLetter.to == "party") & CaseLetter.case_id.in_(against_me),
        ),
    )
    letter = session.scalar(query)
    if letter is None:
        raise NotFound
    return letter


def _for(actor: Actor) -> ColumnElement[bool]:
    """Letters in a case that an actor may see; one to the applicant names whoever is concealed."""
    named = select(Case.id).where(may_name(actor))
    told = or_(CaseLetter.to == PARTY, CaseLetter.case_id.in_(named))
    return told if actor.role in READS_ALL else and_(CaseLetter.to != PARTY, told)


def _addressees(step: Step, to: str) -> list[tuple[int | None, int | None]]:
    """Return whom a letter goes to, as (user, organisation)."""
    if to == "party":
        return [(one.user_id, one.organisation_id) for one in parties(step.session, step.case.id)]
    return [(step.case.applicant_id, step.case.applicant_organisation_id)]


def _name(session: Session, user_id: int | None, organisation_id: int | None) -> Text:
    body = get_organisation(session, organisation_id) if organisation_id else None
    if body is not None:
        return Text(body.name, body.name_en or body.name)
    user = get_user(session, user_id) if user_id else None
    return Text(user.name, user.name) if user else NOTHING


def _tell(step: Step, letter: CaseLetter, user_id: int | None, organisation_id: int | None) -> None:
    settings = step.settings
    title, name = Text.read(settings["title"]), Text.read(letter.content["title"])
    notice = NewNotice(
        kind="letter",
        role="body_staff" if organisation_id else "applicant",
        text=_NEWS.filled(title=title, letter=name),
        case_id=step.case.id if letter.to == "applicant" else None,
        link=f"/letters/{letter.id}.pdf",
    )
    people: Any = [user_id] if user_id else []
    if organisation_id and not user_id:
        people = holders_of("body_staff", organisation_id)
    notify(step.session, people, notice, clock.now())


def _values(step: Step) -> dict[str, Text]:
    case, settings = step.case, step.settings
    user = get_user(step.session, case.applicant_id)
    applicant = user.name if user else ""
    return {
        "number": Text(case.number or "", case.number or ""),
        "applicant": Text(applicant, applicant),
        "service": Text.read(settings["title"]),
        "title": Text.read(case.title),
        "date": day_text(clock.today()),
        "submitted": day_text(case.submitted_at or case.created_at),
    }


def _filled(step: Step, words: Any, values: dict[str, Text]) -> Text:
    """Put values into a paragraph: {number}, {decide.opinion} (of the latest answer to a form)."""
    text = Text.read(words)

    def value(locale: str, found: re.Match[str]) -> str:
        name, field = found[1], found[2]
        if field:
            return _answer(step, name, field, locale)
        return values.get(name, NOTHING).of(locale)

    return Text(
        _PLACE.sub(lambda found: value("zh", found), text.zh),
        _PLACE.sub(lambda found: value("en", found), text.en),
    )


def _answer(step: Step, form_key: str, field_name: str, locale: str) -> str:
    form = loaded(step.session, step.case.version_id).forms.get(form_key)
    answer = latest_answer(step.session, step.case.id, form_key)
    field = form.fields.get(field_name) if form else None
    if form is None or field is None or answer is None:
        return ""
    reader = MaskingReader(locale, options_of(step, form))
    return reader.value(field, answer.data.get(field_name))
