"""What people type into the fields of a page: what is too long, and all that is wrong told at once."""

from collections.abc import Mapping
from datetime import date, datetime

from certflow.core.clock import SHANGHAI
from certflow.core.errors import Invalid
from certflow.core.text import Text

YEARS = range(1900, 2200)
"""Years that somebody can mean; others stumble where days are reckoned with."""
LOOK_OVER = Text("有几处需要修改，请看标出的地方。", "Some fields need attention; see the marks.")
SAY_WHY = Text("请写明原因。", "Say why.")
NO_DAY = Text("请填写完整的日期，如 2026-12-01。", "Enter a whole date, such as 2026-12-01.")
NOT_OFFERED = Text("请从列出的选项中选择。", "Choose one of the options listed.")


def too_long(most: int, given: int) -> Text:
    """Say how many characters are too many."""
    return Text(
        f"最多 {most} 个字，现在有 {given} 个", f"At most {most} characters, now there are {given}"
    )


def wrong_in(told: str, most: int, needed: Text | None = None) -> Text | None:
    """Return what is wrong with a text: nothing is told (`needed` says so), or too much."""
    length = len(told.strip())
    return too_long(most, length) if length > most else needed if not length else None


def day_of(told: str) -> date | None:
    """Return a day typed as 2026-11-20; None when it is none, or none that anybody means."""
    try:
        found = date.fromisoformat(told.strip())
    except ValueError:
        return None
    return found if found.year in YEARS else None


def moment_of(told: str) -> datetime | None:
    """Return an instant typed as 2026-11-20T09:00, in Shanghai; None as of `day_of`."""
    try:
        found = datetime.fromisoformat(told.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or SHANGHAI) if found.year in YEARS else None


def refuse(wrong: Mapping[str, Text | None], message: Text = LOOK_OVER) -> None:
    """Refuse what is wrong, every sentence at its field; where nothing is wrong, do nothing.

    Raises:
        Invalid: with the sentences by field.

    """
    if found := {field: text for field, text in wrong.items() if text is not None}:
        raise Invalid(message, found)


def reason_of(
    told: str, needed: Text | None = SAY_WHY, most: int = 500, field: str = "reason"
) -> str:
    """Return why somebody does something, without blanks around it.

    `needed` is what is said when nothing is told; None: nothing need be told.

    Raises:
        Invalid: at `field`, when nothing is told that has to be, or too much.

    """
    if wrong := wrong_in(told, most, needed):
        raise Invalid(wrong, {field: wrong})
    return told.strip()
