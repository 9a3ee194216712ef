"""A test made from a finished real case: its decisions stay, its people go (catalogue H5).

Names, numbers, phones, addresses, free text and files become made-up ones of the same shape, the
same value everywhere by the same one. Days move by weeks. What
decides the way stays: options chosen, yes and no, amounts, verdicts.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import select

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.cases import versions
from certflow.cases.models import Answer, Case
from certflow.cases.parties import parties
from certflow.cases.paying import PAID
from certflow.core import audit, clock
from certflow.core.audit import AuditEvent
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.forms.parts import Field, FormDefinition
from certflow.studio.cast import JOINING, NEW_BODY, NEWCOMER, STAFF
from certflow.studio.performing import OTHER, OWN, particulars_of
from certflow.studio.scenario_shape import START

WORDS: Final = "样例内容仅供测试使用不含个人信息"
LETTERS: Final = "sample"
NOT_ENDED = Text("只有已办结的业务可以做成测试。", "Only a case that has ended can become a test.")
KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
"""What a choice is called that means the same everywhere (a field, a mode); the rest are ids."""
_SHORT: Final = 2
_PARTS: Final = re.compile(r"\d+(?:[ -]\d+)*|\D+")
_SMALL: Final = re.compile(r"\d{1,2}")
_TELLS: Final = re.compile(r"[^\W\d_]|\d{3}")


class Disguise:
    """Replaces one case's values; the same value by the same one each time."""

    def __init__(
        self, shift: timedelta, own: Iterable[tuple[str, str]] = (), *, keys: bool = True
    ) -> None:
        """Take by how much days move, and the words that stand for people's own values.

        `keys` keeps the choices that mean the same everywhere; without, each becomes a place.
        """
        self._shift, self._keys = shift, keys
        self._own = {value: word for word, value in own if len(value) >= _SHORT}
        self._texts: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._places: dict[str, dict[str, str]] = {}
        self._files = count(1)
        self._known_files: dict[str, str] = {}

    def answers(self, form: FormDefinition, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer to a form with everything personal replaced; unknown fields go."""
        return {
            name: self._value(known, data[name])
            for name, known in form.answered.items()
            if data.get(name) is not None
        }

    def text(self, value: str, known: Field | None = None) -> str:
        """Return a made-up text of the same shape: as long, letters for letters, digits for digits."""
        if not value.strip():
            return value
        if value not in self._texts:
            self._texts[value] = self._made(value, known)
        return self._texts[value]

    def _made(self, value: str, known: Field | None) -> str:
        number = len(self._texts) + 1
        if "@" in value:
            return f"sample{number}@example.com"
        made = shaped(value, number)
        if known is not None and known.example:  # a rule may ask more of it than its shape
            return known.example
        return made

    def _value(self, known: Field, value: Any) -> Any:
        if known.record is not None:
            return [self._row(known.record, row) for row in value if isinstance(row, Mapping)]
        if known.widget == "file":
            return [self._file(str(one)) for one in value]
        if known.kind == "review":
            return self._verdicts(value)
        if isinstance(value, list):
            return [self._word(known, one) for one in value]
        return self._word(known, value)

    def _word(self, known: Field, value: Any) -> Any:
        if isinstance(value, bool) or known.options or value in ("", None):
            return value
        if known.source:
            return self._chosen(known.source, value)
        if isinstance(value, (int, float)):
            return value
        if str(value) in self._own:
            return self._own[str(value)]
        dated = known.kind in {"date", "month"}
        return self._day(str(value)) if dated else self.text(str(value), known)

    def _chosen(self, source: str, value: Any) -> Any:
        if source.startswith("records:"):
            return self._id(str(value))
        kept = self._keys and KEY.fullmatch(str(value))
        return value if kept else self._place(source, str(value))

    def _row(self, record: FormDefinition, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**self.answers(record, row), "id": self._id(str(row.get("id", "")))}

    def _verdicts(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            return {}
        return {
            "/".join(
                part if not n else self._id(part) for n, part in enumerate(str(key).split("/"))
            )
            if not str(key).startswith("field/")
            else str(key): {
                name: self.text(str(one)) if name == "remark" else one
                for name, one in entry.items()
                if name in {"verdict", "code", "remark"}
            }
            for key, entry in value.items()
            if isinstance(entry, Mapping)
        }

    def _id(self, value: str) -> str:
        return self._ids.setdefault(value, f"row{len(self._ids) + 1}")

    def _file(self, value: str) -> str:
        if value not in self._known_files:
            self._known_files[value] = f"sample{next(self._files):04d}"
        return self._known_files[value]

    def _place(self, source: str, value: str) -> str:
        """Return a chosen person or body as the first, the second ... that is offered."""
        known = self._places.setdefault(source, {})
        return known.setdefault(value, f"@{len(known) + 1}")

    def _day(self, value: str) -> str:
        try:
            month = len(value) == len("2026-11")
            day = date.fromisoformat(f"{value}-01" if month else value[:10])
        except ValueError:
            return self.text(value)
        return (day - self._shift).isoformat()[: len(value)]


def shaped(value: str, number: int) -> str:
    """Return a text as long as `value`, with its punctuation, that says nothing of it.

    Numbers of one or two digits stay: rules read the clauses of a standard ("8.5") from texts.
    """
    made = "".join(
        part if _SMALL.fullmatch(part) else _replaced(part, place, number)
        for place, part in enumerate(_PARTS.findall(value))
    )
    return made if made != value or not _TELLS.search(value) else shaped(value, number + 1)


def _replaced(part: str, place: int, number: int) -> str:
    made = []
    for at, sign in enumerate(part, start=place):
        if sign.isdigit():
            made.append(str((at * 7 + number) % 10))
        elif "a" <= sign.lower() <= "z":
            letter = LETTERS[at % len(LETTERS)]
            made.append(letter.upper() if sign.isupper() else letter)
        elif sign.isalpha():
            made.append(WORDS[(at + number) % len(WORDS)])
        else:
            made.append(sign)
    return "".join(made)


def moved(began: date) -> tuple[datetime, timedelta]:
    """Return when the test begins, and by how much its days move.

    Every test begins in the same week, on the weekday of the case: how far that is from the case
    stands nowhere. A case of that very week begins a week earlier, so that no day stays.
    """
    start = START.date()
    day = start + timedelta(days=began.weekday() - start.weekday())
    if day == began:
        day -= timedelta(weeks=1)
    return datetime.combine(day, time(9, 0), clock.SHANGHAI), began - day


def from_case(session: Session, case_id: int, title: Text, *, keys: bool = True) -> dict[str, Any]:
    """Return a scenario that goes the way of a finished case, without anything personal in it.

    Without `keys` whatever was chosen from what was offered is told by its place only.

    Raises:
        Invalid: the case has not ended.

    """
    case = session.get_one(Case, case_id)
    if case.state != "closed":
        raise Invalid(NOT_ENDED)
    loaded = versions.loaded(session, case.version_id)
    at, shift = moved(case.created_at.astimezone(clock.SHANGHAI).date())
    answers = {one.task_id: one for one in session.scalars(_answers(case_id))}
    disguise = Disguise(shift, _words_of(session, case), keys=keys)
    steps: list[dict[str, Any]] = []
    for event in audit.events(session, case.chain_key):
        make = _STEPS.get(event.action)
        step = make(event, case, loaded, answers, disguise) if make else None
        if step is not None:
            steps.append(step)
    return {
        "title": title.as_json(),
        "at": at.isoformat(),
        "steps": steps,
        "expect": {"outcome": case.outcome},
    }


def _words_of(session: Session, case: Case) -> list[tuple[str, str]]:
    """Return the words for what is told of the other party and of the applicant, who comes last."""
    others = [one.user_id for one in parties(session, case.id) if one.user_id is not None]
    known = [word for one in others[:1] for word in particulars_of(session, OTHER, one)]
    return known + particulars_of(session, OWN, case.applicant_id)


def _answers(case_id: int) -> Any:
    return select(Answer).where(Answer.case_id == case_id).order_by(Answer.id)


Answers = Mapping[int | None, Answer]
_Make = Callable[[AuditEvent, Case, versions.Loaded, Answers, Disguise], dict[str, Any] | None]


def _started(
    _event: AuditEvent, case: Case, loaded: versions.Loaded, _answers: Answers, _by: Disguise
) -> dict[str, Any]:
    roles = loaded.settings.get("start_roles", [])
    if JOINING in roles:
        return {"do": "start", "as": NEW_BODY}
    if case.applicant_organisation_id is not None and ORGANISATION_ROLES & set(roles):
        return {"do": "start", "as": STAFF}
    return {"do": "start", "as": NEWCOMER}


def _answered(
    event: AuditEvent, _case: Case, loaded: versions.Loaded, answers: Answers, by: Disguise
) -> dict[str, Any] | None:
    answer = answers.get((event.after or {}).get("task"))
    form = loaded.forms.get(answer.task_form) if answer else None
    if answer is None or form is None:
        return None
    return {
        "do": "task",
        "element": event.element,
        "outcome": answer.outcome,
        "data": by.answers(form, answer.data),
    }


def _fired(event: AuditEvent, *_more: object) -> dict[str, Any]:
    return {"do": "wait", "until": "timer", "element": event.element}


def _received(event: AuditEvent, *_more: object) -> dict[str, Any] | None:
    return {"do": "pay"} if event.element == PAID else None


def _called(event: AuditEvent, *_more: object) -> dict[str, Any]:
    ended = {name: one for name, one in (event.after or {}).items() if name in {"outcome", "said"}}
    return {"do": "called", "element": event.element, **ended}


def _withdrawn(*_more: object) -> dict[str, Any]:
    return {"do": "withdraw"}


_STEPS: dict[str, _Make] = {
    "case.started": _started,
    "task.completed": _answered,
    "timer.fired": _fired,
    "message.received": _received,
    "case.called_closed": _called,
    "case.withdrawn": _withdrawn,
}
