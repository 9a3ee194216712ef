"""Captchas without a row each: the picture is derived from its signed name (catalogue A4; H6).

A puzzle is a random name, signed together with its time and the browser it was made for. Five
digits follow from the name by a keyed digest, so showing a picture stores nothing and a name in an
address tells nothing. Who cannot see the picture answers a sum in words instead; programs can do
sums, so an address has fewer of those. A puzzle that was answered, right or wrong, is spent.
"""

import hmac
import io
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple

from captcha.image import ImageCaptcha
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from certflow.accounts import devices, queries, throttle
from certflow.accounts.proof_models import SpentPuzzle
from certflow.accounts.sign_in import counted_as
from certflow.core import settings
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text

GOOD_FOR = timedelta(minutes=10)
DIGITS = 5
SUMS_PER_HOUR = 20
WIDTH, HEIGHT = 168, 56
_LONGEST_TIME = 10
_INK, _PAPER = (44, 86, 158), (247, 246, 242)
"""The drawing takes a colour's lightness for its opacity: ink itself would come out pale."""

WRONG = Text(
    "验证码不对或已过期，请按新的图片重新输入。",
    "The characters are wrong or too old. Type those of the new picture.",
)
SUM_WRONG = Text(
    "算术题的答案不对或已过期，请回答新的题目。",
    "The answer is wrong or too old. Answer the new question.",
)
SUMS_USED_UP = Text(
    "从您的网络回答算术题的次数太多，请改用图片验证码，或 1 小时后再试。",
    "Too many questions were answered from your network. Use the picture, or try in an hour.",
)
_NUMBERS = (
    ("零", "zero"), ("一", "one"), ("二", "two"), ("三", "three"), ("四", "four"), ("五", "five"),
    ("六", "six"), ("七", "seven"), ("八", "eight"), ("九", "nine"), ("十", "ten"),
)  # fmt: skip


class Puzzle(NamedTuple):
    """A puzzle for one browser: its name for the form and the picture, and its question."""

    name: str
    question: Text


def wanted(
    session: Session, name_or_phone: str, at: datetime, address: str, device: str = ""
) -> bool:
    """Whether the next password tried for this name from here needs a captcha first (A4)."""
    if settings.current().captcha_always:
        return True
    user = queries.find_user(session, name_or_phone)
    known = devices.known(session, user.id if user else None, device, at)
    counted = counted_as(user, name_or_phone)
    tries = [throttle.guess(counted, address, device=place) for place in {known, None}]
    return any(throttle.failed_before(session, tried, at) for tried in tries)


def new_puzzle(browser: str, at: datetime) -> Puzzle:
    """Make a puzzle for a browser; nothing is stored."""
    body = f"{int(at.timestamp())}.{secrets.token_hex(8)}"
    name = f"{body}.{_seal(body, browser)}"
    return Puzzle(name, _question(name))


def picture(name: str, browser: str, at: datetime) -> bytes | None:
    """Draw the puzzle as a PNG; None when it is not this browser's, or too old."""
    if not _genuine(name, browser, at):
        return None
    out = io.BytesIO()
    drawn = ImageCaptcha(width=WIDTH, height=HEIGHT, font_sizes=(38, 42, 46))
    drawn.generate_image(_digits(name), _PAPER, _INK).save(out, format="PNG")
    return out.getvalue()


def solve(
    session: Session, name: str, browser: str, typed: str, total: str, address: str, at: datetime
) -> None:
    """Check an answer: what was read from the picture (`typed`), or the `total` of the sum.

    Commit after an error too: the puzzle is spent.

    Raises:
        Invalid: at "captcha", or at "captcha_sum" when the sum was answered.

    """
    by_sum = bool(total.strip()) and not typed.strip()
    field, message = ("captcha_sum", SUM_WRONG) if by_sum else ("captcha", WRONG)
    right = _sum(name)[2] if by_sum else _digits(name)
    answer = unicodedata.normalize("NFKC", total if by_sum else typed).strip()
    fits = hmac.compare_digest(answer.encode(), str(right).encode())
    fresh = _genuine(name, browser, at) and _spend(session, name, at)
    if by_sum and fresh and not _sum_allowed(session, address, at):
        raise Invalid(SUMS_USED_UP, {field: SUMS_USED_UP})
    if not (fresh and fits):
        raise Invalid(message, {field: message})


def forget(session: Session, at: datetime) -> None:
    """Delete what no check looks at any more."""
    session.execute(delete(SpentPuzzle).where(SpentPuzzle.at <= at - timedelta(hours=1)))


def _genuine(name: str, browser: str, at: datetime) -> bool:
    made, _, rest = name.partition(".")
    nonce, _, seal = rest.partition(".")
    if not made.isdecimal() or len(made) > _LONGEST_TIME:
        return False
    sealed = hmac.compare_digest(seal.encode(), _seal(f"{made}.{nonce}", browser).encode())
    age = at.timestamp() - int(made)
    return sealed and -1 <= age < GOOD_FOR.total_seconds()


def _seal(body: str, browser: str) -> str:
    return blind_index("puzzle", f"{body}|{browser}")[:24]


def _digits(name: str) -> str:
    return f"{int(blind_index('puzzle.digits', name), 16) % 10**DIGITS:0{DIGITS}d}"


def _sum(name: str) -> tuple[int, int, int]:
    drawn = int(blind_index("puzzle.sum", name), 16)
    first, second = drawn % 10 + 1, drawn // 10 % 10 + 1
    return first, second, first + second


def _question(name: str) -> Text:
    first, second, _total = _sum(name)
    (one_zh, one_en), (two_zh, two_en) = _NUMBERS[first], _NUMBERS[second]
    return Text(f"{one_zh}加{two_zh}等于几？", f"What is {one_en} plus {two_en}?")


def _spend(session: Session, name: str, at: datetime) -> bool:
    """Write down that a puzzle was answered; of two answers at once one counts."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    nonce = blind_index("puzzle.spent", name)
    statement = insert(SpentPuzzle).values(nonce=nonce, at=at).on_conflict_do_nothing()
    return bool(session.execute(statement.returning(SpentPuzzle.nonce)).first())


def _sum_allowed(session: Session, address: str, at: datetime) -> bool:
    """Count a sum of an address within the hour; the count stands in rows of its own."""
    begins = blind_index("puzzle.address", throttle.network(address))[:24]
    hour = SpentPuzzle.at > at - timedelta(hours=1)
    used = session.scalar(select(func.count()).where(SpentPuzzle.nonce.startswith(begins), hour))
    session.add(SpentPuzzle(nonce=f"{begins}{secrets.token_hex(16)}", at=at))
    session.flush()
    return (used or 0) < SUMS_PER_HOUR
