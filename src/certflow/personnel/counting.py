"""Counts records of a person and keeps what was counted and what was left out, with the reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from certflow.core.text import Text
from certflow.personnel.periods import covered_months, within, years_after

Record = Mapping[str, Any]
Records = Mapping[str, Sequence[Record]]
"""Records by kind, each with the fields of its form and a string `id`."""

_LATER = Text("日期晚于申请日期", "dated after the application")
_UNDATED = Text("没有填写结束日期", "without an end date")
_OTHER_FIELD = Text("不属于所申请的领域", "of another field")


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
class Fact:
    """A figure, the lines that make it up and the lines left out."""

    value: int | float | str
    counted: tuple[Counted, ...] = ()
    skipped: tuple[Counted, ...] = ()


@dataclass(frozen=True)
class Kind:
    """How records of a kind are read: the fields that name and end one, how long one counts."""

    heading: str
    ended: str
    years: int | None = None
    in_field: bool = False


@dataclass(frozen=True)
class _Kept:
    record: Record
    line: Counted


class RecordCount:
    """The records of one kind that count for a field on a day."""

    def __init__(self, records: Sequence[Record], kind: Kind, field: str, on: date) -> None:
        self._on = on
        self._kept: list[_Kept] = []
        self._skipped: list[Counted] = []
        for record in records:
            line, ended = _line(record, kind), as_date(record.get(kind.ended))
            reason = _obstacle(record, kind, ended, field, on)
            if reason is not None:
                self._skipped.append(replace(line, reason=reason))
                continue
            until = years_after(ended, kind.years) if ended and kind.years else None
            self._kept.append(_Kept(record, replace(line, counts_until=until)))

    @property
    def records(self) -> list[Record]:
        """The records that count."""
        return [kept.record for kept in self._kept]

    def number(self, test: Callable[[Record], bool], otherwise: Text) -> Fact:
        """Count the records that pass a test; the others are left out for `otherwise`."""
        return self._sum(lambda _: 1, test, otherwise)

    def total(
        self, name: str, test: Callable[[Record], bool] | None = None, otherwise: Text | None = None
    ) -> Fact:
        """Add up a field of the records (that pass a test)."""
        return self._sum(lambda record: as_number(record.get(name)), test, otherwise)

    def months(self, started: str, ended: str) -> Fact:
        """Count the full months that the records cover together; one without an end goes on."""
        spans = []
        for kept in self._kept:
            start, end = (as_date(kept.record.get(name)) for name in (started, ended))
            if start is not None:
                spans.append((start, min(end or self._on, self._on)))
        lines = tuple(kept.line for kept in self._kept)
        return Fact(covered_months(spans), lines, tuple(self._skipped))

    def _sum(
        self,
        amount: Callable[[Record], float],
        test: Callable[[Record], bool] | None,
        otherwise: Text | None,
    ) -> Fact:
        counted, skipped = [], list(self._skipped)
        for kept in self._kept:
            if test is None or test(kept.record):
                counted.append(replace(kept.line, amount=amount(kept.record)))
            else:
                skipped.append(replace(kept.line, reason=otherwise))
        return Fact(_plain(sum(line.amount for line in counted)), tuple(counted), tuple(skipped))


def too_old(years: int) -> Text:
    """Say that something lies before the period that counts."""
    return Text(f"早于申请日期前 {years} 年", f"more than {years} years before the application")


def as_date(value: object) -> date | None:
    """Read a date from a validated answer or from a draft; None when it is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def as_number(value: object) -> float:
    """Read a number from a validated answer or from a draft; 0 when it is none."""
    try:
        return max(float(str(value)), 0.0)
    except ValueError:
        return 0.0


def is_true(value: object) -> bool:
    """Read a tick from a validated answer or from a draft."""
    return value in (True, "true", "yes", "on", "1")


def _obstacle(record: Record, kind: Kind, ended: date | None, field: str, on: date) -> Text | None:
    if kind.in_field and record.get("field") != field:
        return _OTHER_FIELD
    if kind.years is None:
        return None
    if ended is None:
        return _UNDATED
    if ended > on:
        return _LATER
    return None if within(ended, kind.years, on) else too_old(kind.years)


def _line(record: Record, kind: Kind) -> Counted:
    words = [str(record.get(name) or "") for name in (kind.ended, kind.heading)]
    title = " ".join(word for word in words if word)
    return Counted(Text(title, title), record_id=str(record.get("id", "")) or None)


def _plain(total: float) -> int | float:
    return int(total) if total == int(total) else total
