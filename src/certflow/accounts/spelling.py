"""How login names, e-mail addresses and phone numbers are written: one rule each (catalogue A1)."""

import re

from certflow.core.errors import Invalid
from certflow.core.text import Text

_LOGIN_NAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LONGEST_EMAIL = 254
"""RFC 5321."""
_MOBILE = re.compile(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}")
_PHONE = re.compile(r"\+?[0-9]{7,15}")

WRONG_LOGIN_NAME = Text(
    "登录名为 3 至 32 位，以字母开头，可以用字母、数字和 . _ -。",
    "A login name has 3 to 32 characters: a letter first, then letters, digits or . _ -",
)
WRONG_EMAIL = Text("电子邮箱格式不正确，请检查。", "This is no e-mail address. Check it.")
WRONG_PHONE = Text("手机号码格式不正确，请检查。", "This is no phone number. Check it.")


def is_login_name(login_name: str) -> bool:
    """Whether this, in lower case, can be a login name: never an address nor a phone number.

    Whoever types one of those in to sign in means the account that it belongs to.
    """
    return _LOGIN_NAME.fullmatch(login_name) is not None


def is_email(address: str) -> bool:
    """Whether this is an e-mail address."""
    return len(address) <= _LONGEST_EMAIL and _EMAIL.fullmatch(address) is not None


def is_mobile(phone: str) -> bool:
    """Whether text messages reach this number: 11 digits, or + and digits from abroad."""
    return _MOBILE.fullmatch(phone) is not None


def is_phone(phone: str) -> bool:
    """Whether this may be somebody's number, as earlier systems have them."""
    return _PHONE.fullmatch(phone) is not None


def check_login_name(login_name: str) -> None:
    """Refuse what cannot be a login name. Raises Invalid at "login_name"."""
    if not is_login_name(login_name.strip().lower()):
        raise Invalid(WRONG_LOGIN_NAME, {"login_name": WRONG_LOGIN_NAME})


def check_email(address: str) -> None:
    """Refuse what is no e-mail address. Raises Invalid at "email"."""
    if not is_email(address.strip()):
        raise Invalid(WRONG_EMAIL, {"email": WRONG_EMAIL})
