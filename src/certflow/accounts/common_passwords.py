"""Passwords that many people have, by rule instead of by a list of leaks (catalogue A4).

People meet a rule of "letters, digits and symbols" with a well-known word, a row of keys or a
repeated letter, and digits and a symbol around it. So a password is taken apart: what letters and
look-alikes leave is compared with well-known beginnings, and what is left must be more than a year
or a row of digits.
"""

import re
from itertools import pairwise

_WORDS = frozenset(
    """
    password passwort passwd pass admin administrator root user guest login welcome hello test
    temp default changeme letmein master super secret system manager monkey dragon sunshine
    princess football iloveyou love baby angel summer winter spring autumn china zhongguo beijing
    shanghai woaini aini mima nihao wodemima zhanghao yonghu guanliyuan kaoshi zhuce shenhe
    renzheng certflow cert audit auditor abc abcd aaa qwe asd zxc qaz wsx
    密码 我爱你 你好 中国 测试 管理员 注册 认证
    """.split()  # noqa: SIM905 - a list of words reads like one
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1234567890")
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "!qaz", "@wsx", "#edc")
_LOOKS = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s"})
_LUCKY = frozenset({"520", "521", "1314", "5201314", "168", "518", "666", "888"})
_SHORTEST_ROW, _LEAST_ABOUT = 3, 4


def is_common(password: str, *about: str) -> bool:
    """Whether a password is one of those that are tried first.

    `about`: what is known of its owner; a part of it of four letters or more gives it away.
    """
    lower = password.lower()
    told = [part for one in about for part in _parts(one)]
    if any(part in lower for part in told):
        return True
    core = re.sub(r"[\d\W_]+", "", lower)
    looked_through = re.sub(
        r"[\d\W_]+", "", lower.rstrip("0123456789!@#$%^&*._-").translate(_LOOKS)
    )
    tail = re.search(r"[\d\W_]*$", lower)
    plain_rest = _rest_is_plain(lower) or (tail is not None and _rest_is_plain(tail.group()))
    return plain_rest and any(_plain(one) for one in (core, looked_through))


def _parts(text: str) -> list[str]:
    """Return what of a login name, a name or a number must not stand in a password."""
    bare = text.strip().lower()
    least = 2 if re.search(r"[\u4e00-\u9fff]", bare) else _LEAST_ABOUT
    return [part for part in {bare, *re.split(r"[\W_]+", bare)} if len(part) >= least]


def _plain(core: str) -> bool:
    """Whether letters are a well-known word, twice one, a row of keys, or one letter repeated."""
    half = core[: len(core) // 2]
    if core in _WORDS or (half in _WORDS and half * 2 == core) or len(set(core)) <= 1:
        return True
    return any(_walks(core, row) for row in _ROWS) or _of_columns(core)


def _walks(core: str, row: str) -> bool:
    """Whether the letters stand side by side on a row of keys, in either direction."""
    if len(core) < _SHORTEST_ROW:
        return False
    places = [row.find(letter) for letter in core]
    steps = {after - before for before, after in pairwise(places)}
    return -1 not in places and steps in ({1}, {-1})


def _of_columns(core: str) -> bool:
    letters = {column[1:] for column in _COLUMNS}
    return len(core) % 3 == 0 and all(core[n : n + 3] in letters for n in range(0, len(core), 3))


def _rest_is_plain(lower: str) -> bool:
    """Whether the digits are a year, a row, or one digit repeated; or hardly any."""
    digits = re.sub(r"\D", "", lower)
    return (
        digits in _LUCKY
        or len(digits) <= 2  # noqa: PLR2004 - "a1!" of everything
        or bool(re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])?(\d\d)?", digits))
        or digits in "01234567890123456789"
        or digits in "98765432109876543210"
        or len(set(digits)) <= 2  # noqa: PLR2004 - 112211, 888888, 6868
    )
