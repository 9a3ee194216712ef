"""Passwords: the rule for new ones, hashing with argon2id, verifying in equal time."""

import string
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from certflow.accounts.common_passwords import is_common
from certflow.core.errors import Invalid
from certflow.core.settings import current
from certflow.core.text import Text

SHORTEST, LONGEST = 8, 128

_RULE = Text(
    "密码至少 8 位，并且同时包含字母、数字和符号。",
    "A password has at least 8 characters, with letters, digits and symbols among them.",
)


DIFFER = Text("两次输入的密码不一样。", "The two passwords differ.")
_COMMON = Text(
    "这个密码太常见，或者含有您的登录名、姓名或手机号，容易被猜到，请换一个。",
    "This password is too common, or holds your login name, name or phone. Choose another.",
)


def check_rule(password: str, *about: str) -> None:
    """Refuse a password against rule A4: 8 or more characters with letters, digits, symbols.

    One that many people have, or that is made of what it is `about` (login name, name, phone), is
    refused too.

    Raises:
        Invalid: at the field "password".

    """
    letters = any(character.isalpha() for character in password)
    digits = any(character.isdigit() for character in password)
    symbols = any(c in string.punctuation or not (c.isalnum() or c.isspace()) for c in password)
    if not (SHORTEST <= len(password) <= LONGEST and letters and digits and symbols):
        raise Invalid(_RULE, {"password": _RULE})
    if is_common(password, *about):
        raise Invalid(_COMMON, {"password": _COMMON})


def faults(password: str, again: str, *about: str) -> dict[str, Text]:
    """Return what is wrong with a new password that was typed twice: at "password", at "again"."""
    found: dict[str, Text] = {}
    try:
        check_rule(password, *about)
    except Invalid as error:
        found |= error.fields
    return found if password == again else found | {"again": DIFFER}


def hash_password(password: str) -> str:
    """Hash with the cost that the settings name."""
    return _hasher().hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Tell whether the password fits; `None` (no such user) takes as long and never fits."""
    hasher = _hasher()
    try:
        matches = hasher.verify(password_hash or _decoy(hasher), password[: LONGEST + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return matches and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with another cost than the settings name now."""
    return _hasher().check_needs_rehash(password_hash)


def _hasher() -> PasswordHasher:
    settings = current()
    return _hasher_of(settings.argon2_time_cost, settings.argon2_memory_kib)


@lru_cache
def _hasher_of(time_cost: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)


@lru_cache
def _decoy(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")
