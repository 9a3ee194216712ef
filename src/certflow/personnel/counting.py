"""Counts records of a person and keeps what was counted, what was left out and what is missing.

A record that lacks a datum is neither counted nor left out: the figure is then known only from
below, and the datum is named with the place where it can be added.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from certflow.core.expression_times import Months, shifted
from certflow.core.text import Text, dated
from certflow.personnel.periods import covered_months, within

Record = Mapping[str, Any]
Records = Mapping[str, Sequence[Record]]
"""Records by kind, each with the fields of its form and a string `id`."""

_LATER = Text("日期晚于申请日期", "dated after the application")
_OTHER_FIELD = Text("不属于所申请的领域", "of another field")
_LACKS = Text("“{record}”没有填写{datum.zh}", "“{record}” does not say {datum.en}")
DATA = {
    "field": Text("领域", "the field"),
    "ended_on": Text("结束日期", "its end date"),
    "started_on": Text("开始日期", "its start date"),
    "witnessed_on": Text("见证日期", "the date of the witness"),
    "onsite_days": Text("现场审核天数", "the days on site"),
    "complete": Text("是否完整体系审核", "whether it was a complete system audit"),
    "duties": Text("分工审核的条款", "the clauses of the duties"),
    "hours": Text("学时", "the hours"),
    "category": Text("课程类别", "the kind of course"),
    "conclusion": Text("见证结论", "the conclusion of the witness"),
    "audit": Text("对应的审核经历", "which audit was witnessed"),
    "specialities": Text("专业", "the specialities"),
}
"""What the data of records are called when they are missing."""


@dataclass(frozen=True)
class Counted:
    """A line of evidence.

    `amount` is what it adds to the figure, `counts_until` the last day on which it does; for a
    record that was left out `reason` says why.
    """

    text: Text
    amount: float = 1
    record_id: str | None = None
    counts_until: date | None = None
    reason: Text | None = None


@dataclass(frozen=True)
class Gap:
    """A datum that is missing, and where it is added.

    `place` is "record/<id>", "profile/<kind>", "exams", "certificates", "profile" or "" (nowhere
    but in the application itself).
    """

    text: Text
    place: str = ""


@dataclass(frozen=True)
class Fact:
    """A figure, the lines that make it up and the lines left out.

    With `gaps` the figure is at least `value` and, were they filled, at most `most` (None: nobody
    can say). A `value` of None is wholly unknown. `said` tells it better than a bare number.
    """

    value: int | float | str | None
    counted: tuple[Counted, ...] = ()
    skipped: tuple[Counted, ...] = ()
    gaps: tuple[Gap, ...] = ()
    most: float | None = None
    said: Text | None = None


@dataclass(frozen=True)
class Kind:
    """How records of a kind are read: the fields that name and end one."""

    key: str
    heading: str
    ended: str


@dataclass(frozen=True)
class Limit:
    """What a decision table says of a kind: how long a record counts, whether only in its field."""

    validity: Months | None = None
    in_field: bool = False


@dataclass(frozen=True)
class _Kept:
    record: Record
    line: Counted
    lacking: tuple[str, ...] = ()


Test = Callable[[Record], bool | str]
"""Tells whether a record counts; the name of the datum that is missing for saying so."""


class RecordCount:
    """The records of one kind that count for a field on a day."""

    def __init__(
        self, records: Sequence[Record], kind: Kind, limit: Limit, in_field: str, on: date
    ) -> None:
        self.kind, self._on = kind, on
        self._kept: list[_Kept] = []
        self._skipped: list[Counted] = []
        for record in records:
            line, ended = _line(record, kind), as_date(record.get(kind.ended))
            reason = _obstacle(record, limit, ended, in_field, on)
            if reason is not None:
                self._skipped.append(replace(line, reason=reason))
                continue
            until = shifted(ended, limit.validity) if ended and limit.validity else None
            lacking = _lacking(record, kind, limit, ended)
            self._kept.append(_Kept(record, replace(line, counts_until=until), lacking))

    @property
    def records(self) -> list[Record]:
        """The records that count for certain."""
        return [kept.record for kept in self._kept if not kept.lacking]

    def number(self, test: Test, otherwise: Text) -> Fact:
        """Count the records that pass a test; the others are left out for `otherwise`."""
        return self._sum("", test, otherwise)

    def total(self, name: str, test: Test | None = None, otherwise: Text | None = None) -> Fact:
        """Add up a field of the records (that pass a test)."""
        return self._sum(name, test, otherwise)

    def months(self, started: str, ended: str) -> Fact:
        """Count the full months that the records cover together; one without an end goes on."""
        spans, lines, gaps = [], [], []
        for kept in self._kept:
            start, end = (as_date(kept.record.get(name)) for name in (started, ended))
            if start is None:
                gaps.append(self.gap(kept.record, started))
            else:
                spans.append((start, min(end or self._on, self._on)))
                lines.append(kept.line)
        return Fact(covered_months(spans), tuple(lines), tuple(self._skipped), tuple(gaps))

    def gap(self, record: Record, datum: str) -> Gap:
        """Say that a record lacks a datum, and where the person adds it."""
        return self.unclear(record, _LACKS, datum=DATA[datum])

    def unclear(self, record: Record, text: Text, **words: Text) -> Gap:
        """Say what is unclear about a record, `{record}` in the text, and where it is mended."""
        name = _line(record, self.kind).text.zh or str(record.get("id") or "")
        known = str(record.get("source") or record.get("id") or "")
        place = f"record/{known}" if known.isdecimal() else f"profile/{self.kind.key}"
        return Gap(text.filled(record=name, **words), place)

    def _sum(self, name: str, test: Test | None, otherwise: Text | None) -> Fact:
        tally = _Tally(list(self._skipped))
        for kept in self._kept:
            verdict = test(kept.record) if test else True
            if verdict is False:
                tally.skipped.append(replace(kept.line, reason=otherwise))
                continue
            amount = as_number(kept.record.get(name)) if name else 1.0
            lacking = [*kept.lacking, *((verdict,) if isinstance(verdict, str) else ())]
            lacking += [name] if amount is None else []
            if lacking:
                tally.gaps += [self.gap(kept.record, datum) for datum in lacking]
                tally.open.append(amount)
            else:
                tally.counted.append(replace(kept.line, amount=amount or 0.0))
        return tally.fact()


@dataclass
class _Tally:
    skipped: list[Counted]
    counted: list[Counted] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    open: list[float | None] = field(default_factory=list)

    def fact(self) -> Fact:
        """Return the figure: what is certain, and how much it may be at most."""
        total = _plain(sum(line.amount for line in self.counted))
        known = [amount for amount in self.open if amount is not None]
        most = total + sum(known) if self.gaps and len(known) == len(self.open) else None
        return Fact(total, tuple(self.counted), tuple(self.skipped), tuple(self.gaps), most)


def too_old(validity: Months) -> Text:
    """Say that something lies before the period that counts."""
    years, months = divmod(validity.count, 12)
    zh, en = (f"{validity.count} 个月", f"{validity.count} months")
    if not months:
        zh, en = f"{years} 年", f"{years} years"
    return Text(f"早于申请日期前 {zh}", f"more than {en} before the application")


def as_date(value: object) -> date | None:
    """Read a date from a validated answer or from a draft; None when it is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def as_number(value: object) -> float | None:
    """Read a number from a validated answer or from a draft; None when it is none."""
    try:
        return max(float(str(value)), 0.0)
    except ValueError:
        return None


def is_true(value: object) -> bool:
    """Read a tick from a validated answer or from a draft."""
    return value in (True, "true", "yes", "on", "1")


def _obstacle(
    record: Record, limit: Limit, ended: date | None, in_field: str, on: date
) -> Text | None:
    if limit.in_field and record.get("field") not in (None, "", in_field):
        return _OTHER_FIELD
    if limit.validity is None or ended is None:
        return None
    if ended > on:
        return _LATER
    return None if within(ended, limit.validity, on) else too_old(limit.validity)


def _lacking(record: Record, kind: Kind, limit: Limit, ended: date | None) -> tuple[str, ...]:
    unnamed = limit.in_field and not record.get("field")
    undated = limit.validity is not None and ended is None
    return ("field",) * unnamed + (kind.ended,) * undated


def _line(record: Record, kind: Kind) -> Counted:
    ended, heading = (str(record.get(name) or "") for name in (kind.ended, kind.heading))
    title = Text("{day} {heading}", "{day} {heading}").filled(day=dated(ended), heading=heading)
    return Counted(
        Text(title.zh.strip(), title.en.strip()), record_id=str(record.get("id", "")) or None
    )


def _plain(total: float) -> int | float:
    return int(total) if total == int(total) else total
