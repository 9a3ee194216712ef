"""What people write into the cells of a table, read without pedantry (catalogue A12, E9)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date

from certflow.core.text import Text

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?")
_YES = frozenset({"是", "有", "Y", "YES", "TRUE", "1", "√", "✓"})
_NO = frozenset({"否", "无", "N", "NO", "FALSE", "0", "×", ""})
_LIST = re.compile(r"[、,，;；/]+")


def folded(text: str) -> str:
    """Return a text without what people write differently: width, case, spaces, name dots."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if not c.isspace() and c not in "·•・").upper()


def read_day(text: str) -> date | None:
    """Read a day as people and spreadsheets write it; None when it is none."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def read_yes(text: str) -> bool | None:
    """Read yes or no; None when it is neither."""
    plain = folded(text)
    return True if plain in _YES else False if plain in _NO else None


def read_number(text: str, least: float, most: float) -> float | None:
    """Read a number within bounds; None when it is none."""
    try:
        value = float(unicodedata.normalize("NFKC", text).strip())
    except ValueError:
        return None
    return value if least <= value <= most else None


def read_list(text: str) -> list[str]:
    """Read several words that stand in one cell."""
    return [one.strip() for one in _LIST.split(text) if one.strip()]


def read_key(text: str, titles: Mapping[str, Text], also: Iterable[str] = ()) -> str | None:
    """Find what a cell names by its key or its title in either language; None when unknown."""
    wanted = folded(text)
    for key, title in titles.items():
        if wanted in {folded(key), folded(title.zh), folded(title.en)}:
            return key
    return next((one for one in also if folded(one) == wanted), None)
