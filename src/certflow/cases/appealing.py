"""Decisions that somebody can appeal: closed cases whose service says so (catalogue D3).

service.json `appealable` names the outcomes that the applicant can appeal, the letters `to_party`
that tell the other party of a decision about them, and the steps at which an overturned case can
be taken up again. The other party never sees the case: to them the letter is the decision.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select, tuple_

from certflow.calendar.queries import day_of
from certflow.cases import versions
from certflow.cases.concealing import blanked
from certflow.cases.models import Answer, Case, CaseLetter, CaseLink, CaseParty, HumanTask
from certflow.cases.notices import ACTED_FOR
from certflow.cases.parties import parties
from certflow.cases.reading import masked
from certflow.cases.registry import PARTY, Choice, Exhibit
from certflow.cases.subjects import Filer, Subject
from certflow.core import clock
from certflow.core.audit import events
from certflow.core.db import Session
from certflow.core.text import Text, day_text, joined
from certflow.forms.review import OPINION

KIND = "appeal"
DAYS = timedelta(days=30)
"""An appeal is filed within 30 days after the decision (catalogue D3); day 30 is in time."""
LATE = Text(
    "申诉期限是决定作出之日起 30 个自然日，最后一天是 {day}，现在已经过了。",
    "An appeal is filed within 30 calendar days after the decision; the last day was {day}.",
)
TWICE = Text(
    "这项决定已经申诉过（业务号 {number}）。",
    "This decision has been appealed already (case {number}).",
)
_LABEL = Text("{number} {title.zh}：{outcome.zh}", "{number} {title.en}: {outcome.en}")
_LETTER = Text("{number} {title.zh}", "{number} {title.en}")
_UNTIL = Text("申诉截止 {day}", "Appeal by {day}")
_TITLE = Text("申诉的决定", "The decision appealed")
_COLUMNS = (Text("项目", "Item"), Text("内容", "Content"))
_HEADS = (
    Text("业务号", "Case"),
    Text("事项", "Service"),
    Text("决定", "Decision"),
    Text("作出日期", "Date"),
)
_REOPENED = Text("已重新办理", "taken up again")
_WITHOUT_DECISION = ("withdrawn", "not_accepted", "not_amended")
"""Ends of an appeal that leave the way open for another one in time."""


def decisions_of(session: Session, user_id: int, organisation_id: int | None) -> list[Case]:
    """Return the decisions about a person or an organisation, newest first.

    They ended cases of one's own, or were told in a letter to the other party of a case.
    """
    found = {*_filed(session, user_id, organisation_id), *_told(session, user_id, organisation_id)}
    return sorted(found, key=lambda one: (one.closed_at or one.updated_at, one.id), reverse=True)


def _filed(session: Session, user_id: int, organisation_id: int | None) -> list[Case]:
    """Return a person's own cases, or those an organisation filed, that ended so.

    An organisation files hundreds of cases a year, most of which end well: those are not read.
    """
    own = and_(Case.applicant_id == user_id, Case.applicant_organisation_id.is_(None))
    filed = Case.applicant_organisation_id == organisation_id
    mine = and_(filed if organisation_id else own, Case.state == "closed")
    ends = session.execute(select(Case.version_id, Case.outcome).where(mine).distinct())
    against = [
        (version_id, outcome)
        for version_id, outcome in ends
        if outcome in _appealable(session, version_id, "outcomes")
    ]
    query = select(Case).where(mine, tuple_(Case.version_id, Case.outcome).in_(against))
    return list(session.scalars(query))


def _told(session: Session, user_id: int, organisation_id: int | None) -> list[Case]:
    """Return the cases of others whose last letter to this party told of a decision about them."""
    theirs = CaseParty.organisation_id == organisation_id
    whose = theirs if organisation_id else CaseParty.user_id == user_id
    query = select(Case).join(CaseParty, CaseParty.case_id == Case.id)
    found = session.scalars(query.where(CaseParty.part == PARTY, whose, Case.state == "closed"))
    return [
        one
        for one in found
        if (letter := letter_to_party(session, one, clock.now())) is not None
        and letter.letter in _appealable(session, one.version_id, "to_party")
    ]


def letter_to_party(session: Session, case: Case, by: datetime) -> CaseLetter | None:
    """Return the last letter to the other party of a case until an instant."""
    query = select(CaseLetter).where(CaseLetter.case_id == case.id, CaseLetter.to == PARTY)
    return session.scalars(query.where(CaseLetter.at <= by).order_by(CaseLetter.id.desc())).first()


def _appealable(session: Session, version_id: int, what: str) -> Sequence[str]:
    settings = versions.loaded(session, version_id).settings
    return list(settings.get("appealable", {}).get(what, []))


def is_party(session: Session, case: Case, filer: Filer) -> bool:
    """Whether who appeals stood on the other side of a case and knows only its letter."""
    return filer.side in [(one.user_id, one.organisation_id) for one in parties(session, case.id)]


def decided_on(case: Case) -> date:
    """Return the day of a case's decision."""
    return day_of(case.closed_at or case.updated_at)


def last_day(case: Case) -> date:
    """Return the last day on which a case's decision can be appealed."""
    return decided_on(case) + DAYS


def appeal_against(session: Session, case: Case) -> Case | None:
    """Return the appeal that is open or decided against a case's last decision."""
    query = (
        select(Case)
        .join(CaseLink, CaseLink.case_id == Case.id)
        .where(CaseLink.other_id == case.id, CaseLink.kind == KIND)
        .where(Case.submitted_at >= case.closed_at)
        .where(or_(Case.outcome.is_(None), Case.outcome.not_in(_WITHOUT_DECISION)))
    )
    return session.scalar(query.limit(1))


def too_late(session: Session, case: Case, day: date) -> Text | None:
    """Return why a decision can no longer be appealed on a day, None when it can."""
    before = appeal_against(session, case)
    if before is not None:
        return TWICE.filled(number=before.number)
    return LATE.filled(day=last_day(case)) if day > last_day(case) else None


def as_subject(session: Session, case: Case, filer: Filer, *, theirs: bool) -> Subject:
    """Return a decision as one to appeal, with the last day for it."""
    letter = letter_to_party(session, case, clock.now()) if is_party(session, case, filer) else None
    name = versions.loaded(session, case.version_id).name_of
    outcome = name(case.outcome) if case.outcome else _REOPENED
    words = {"number": case.number, "title": Text.read(case.title), "outcome": outcome}
    label = _LABEL.filled(**words)
    if letter is not None:
        label = _LETTER.filled(number=case.number, title=Text.read(letter.content["title"]))
    until = _UNTIL.filled(day=last_day(case))
    blocked = too_late(session, case, clock.today()) if case.state == "closed" else None
    return Subject(str(case.id), label, until, blocked, theirs=theirs)


def as_exhibit(session: Session, case: Case, filer: Filer, by: datetime) -> Exhibit:
    """Return a case's last decision until an instant, with the reasons on the way, without names.

    What the other party appeals is what their letter said.
    """
    name = versions.loaded(session, case.version_id).name_of
    closings = [one for one in events(session, case.chain_key) if one.action == "case.closed"]
    last = [one for one in closings if one.at <= by][-1]
    values = (
        Text.read(case.number or ""),
        Text.read(case.title),
        name(last.element),
        day_text(last.at),
    )
    letter = letter_to_party(session, case, by) if is_party(session, case, filer) else None
    said = _written(letter) if letter else reasons_of(session, case, last.at)
    reasons = [(title, blanked(session, case, words)) for title, words in said]
    return Exhibit(_TITLE, _COLUMNS, (*zip(_HEADS, values, strict=True), *reasons))


def _written(letter: CaseLetter) -> list[tuple[Text, Text]]:
    words = joined(Text.read(one) for one in letter.content["paragraphs"])
    return [(Text.read(letter.content["title"]), words)]


def took_part(session: Session, case_id: int) -> set[int]:
    """Return everybody who did a task of a case other than its parties."""
    query = select(HumanTask.closed_by).where(
        HumanTask.case_id == case_id,
        HumanTask.role.not_in(ACTED_FOR),
        HumanTask.closed_by.is_not(None),
    )
    return {one for one in session.scalars(query) if one is not None}


def reasons_of(session: Session, case: Case, by: datetime) -> list[tuple[Text, Text]]:
    """Return what was said in a case until an instant: (stage, words), oldest first, no names."""
    loaded = versions.loaded(session, case.version_id)
    query = select(Answer, HumanTask.element).join(HumanTask, HumanTask.id == Answer.task_id)
    query = query.where(Answer.case_id == case.id, HumanTask.role.not_in(ACTED_FOR))
    query = query.where(Answer.at <= by)
    said = []
    for answer, element in session.execute(query.order_by(Answer.id)):
        words = str(answer.data.get(OPINION) or "")
        outcome = loaded.forms[answer.task_form].outcome(answer.outcome)
        if words and outcome is not None:
            stated = Text.read(masked(words))
            text = Text(f"{outcome.label.zh}：{stated.zh}", f"{outcome.label.en}: {stated.en}")
            text = stated if answer.outcome == "submit" else text
            said.append((loaded.name_of(element), text))
    return said


def steps_to_reopen(session: Session, case: Case) -> list[Choice]:
    """Return the steps at which a case can be taken up again, whatever state it is in now.

    They end with the one after the last it came to: what was never looked into is not skipped.
    """
    loaded = versions.loaded(session, case.version_id)
    allowed = loaded.settings.get("appealable", {}).get("reopen_at", [])
    came_to = set(session.scalars(select(HumanTask.element).where(HumanTask.case_id == case.id)))
    last = max((place for place, one in enumerate(allowed) if one in came_to), default=-1)
    return [Choice(element, loaded.name_of(element)) for element in allowed[: last + 2]]
