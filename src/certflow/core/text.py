"""A sentence for people, in both languages of the platform, with the forms of each (catalogue I3).

A day is 2026-11-20 in Chinese and 20 Nov 2026 in English; things in a row stand with 、 or commas.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from string import Formatter
from typing import Any, NamedTuple

from certflow.core.clock import SHANGHAI, today

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Text(NamedTuple):
    """What a person reads, in Chinese and in English."""

    zh: str
    en: str

    def of(self, locale: str) -> str:
        """Return the sentence in `locale` ("zh" or "en"); Chinese where English is missing."""
        return self.en if locale.startswith("en") and self.en else self.zh

    def filled(self, **values: object) -> "Text":
        """Return the sentence with its {places} filled in: texts, days, times and lists as each
        language writes them, all else as it is.
        """
        return Text(_CHINESE.format(self.zh, **values), _ENGLISH.format(self.en, **values))

    def as_json(self) -> dict[str, str]:
        """Return {"zh": ..., "en": ...}, the form in which texts are stored."""
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def read(cls, value: object) -> "Text":
        """Read a stored text: a mapping with zh and en, a plain string, or a Text."""
        if isinstance(value, Text):
            return value
        if isinstance(value, Mapping):
            zh = str(value.get("zh", ""))
            return cls(zh, str(value.get("en", "") or zh))
        return cls(str(value), str(value))


def day_text(day: date) -> Text:
    """Write a day, of a moment the day in Shanghai, as each language does."""
    if isinstance(day, datetime):
        day = day.astimezone(SHANGHAI)
    return Text(f"{day:%Y-%m-%d}", f"{day.day} {_MONTHS[day.month - 1]} {day.year}")


def month_text(month: date) -> Text:
    """Write the month of a day as each language does."""
    return Text(f"{month:%Y-%m}", f"{_MONTHS[month.month - 1]} {month.year}")


def dated(value: str) -> Text:
    """Write a stored day or month, 2026-11-20 or 2026-11, as each language does; else as it is."""
    try:
        day = date.fromisoformat(f"{value}-01"[:10])
    except ValueError:
        return Text(value, value)
    return month_text(day) if value == f"{day:%Y-%m}" else day_text(day)


def days_text(first: date, last: date) -> Text:
    """Write the days from one to another; what both have in common once."""
    one, other = day_text(first), day_text(last)
    if one == other:
        return one
    if first.year != last.year:
        return Text(f"{one.zh} 至 {other.zh}", f"{one.en} to {other.en}")
    return Text(f"{one.zh} 至 {other.zh[5:]}", f"{one.en[:-5]} to {other.en}")


def moment_text(at: datetime) -> Text:
    """Write a moment to the minute, in Shanghai, as each language does."""
    clock, day = f"{at.astimezone(SHANGHAI):%H:%M}", day_text(at)
    return Text(f"{day.zh} {clock}", f"{day.en}, {clock}")


def lately_text(at: datetime) -> Text:
    """Write a moment of today by its hour, an earlier one with its day."""
    local = at.astimezone(SHANGHAI)
    hour = f"{local:%H:%M}"
    return Text(hour, hour) if local.date() == today() else moment_text(at)


def yuan(fen: int) -> str:
    """Write an amount in fen as yuan with two digits: 120000 is "1,200.00"."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def money_text(fen: int) -> Text:
    """Write an amount in fen as money: 1,200.00 元, CNY 1,200.00."""
    return Text(f"{yuan(fen)} 元", f"CNY {yuan(fen)}")


class _Filler(Formatter):
    """Fills places with what one language writes for a value."""

    def __init__(self, locale: str) -> None:
        self._locale = locale

    def format_field(self, value: Any, format_spec: str) -> str:
        told = value if format_spec else self._said(value)
        return str(super().format_field(told, format_spec))

    def _said(self, value: Any) -> Any:
        if isinstance(value, Text):
            return value.of(self._locale)
        if isinstance(value, datetime):
            return moment_text(value).of(self._locale)
        if isinstance(value, date):
            return day_text(value).of(self._locale)
        if isinstance(value, list | tuple):
            return Text("、", ", ").of(self._locale).join(str(self._said(one)) for one in value)
        return value


_CHINESE, _ENGLISH = _Filler("zh"), _Filler("en")
NOTHING = Text("", "")
"""No words at all."""


def joined(said: Iterable[Text]) -> Text:
    """Put sentences together."""
    told = list(said)
    return Text("".join(one.zh for one in told), " ".join(one.en for one in told))
