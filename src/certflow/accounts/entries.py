"""What a person tells at sign-up, and what may be wrong with it (catalogue A1).

Here entries are looked at, never looked up: whether they are taken is said by `sign_up`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from certflow.accounts import passwords, spelling
from certflow.accounts.identity import Identity, read_document
from certflow.core.clock import SHANGHAI
from certflow.core.errors import Invalid
from certflow.core.text import Text

OLDEST = date(1900, 1, 1)
LONGEST_NAME = 60

_NEEDED = {
    "name": Text("请填写姓名。", "Enter the name."),
    "document_number": Text("请填写证件号码。", "Enter the document number."),
    "email": Text("请填写电子邮箱。", "Enter the e-mail address."),
    "login_name": Text("请设置登录名。", "Choose a login name."),
    "password": Text("请设置密码。", "Choose a password."),
}


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """What a person tells at sign-up; sex and birth date only where the document does not."""

    name: str = ""
    document_type: str = "resident_id"
    document_number: str = ""
    sex: str = ""
    birth_date: str = ""
    email: str = ""
    login_name: str = ""
    password: str = ""
    again: str = ""


def identity_of(told: SignUp, at: datetime) -> Identity:
    """Read the document of a sign-up. Raises Invalid at "document_type" or "document_number"."""
    return read_document(told.document_type, told.document_number, at.astimezone(SHANGHAI).date())


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: spaces and capitals do not matter."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def faults_of(told: SignUp, at: datetime) -> tuple[dict[str, Text], Identity, date | None]:
    """Look every entry over: what is wrong by field, what the document says, the birth date told."""
    faults = {field: text for field, text in _NEEDED.items() if not getattr(told, field).strip()}
    identity, born = _read_document(told, at, faults)
    checks: dict[str, list[Callable[[], None]]] = {
        "name": [partial(_check_name, told.name)],
        **{field: [partial(check, getattr(told, field))] for field, check in CHECKS.items()},
        "password": [
            partial(passwords.check_rule, told.password, told.login_name, told.name),
            partial(_check_again, told),
        ],
    }
    for field, checks_of_field in checks.items():
        for check in checks_of_field:
            if field not in faults:
                collect(faults, check)
    return faults, identity, born


def _read_document(
    told: SignUp, at: datetime, faults: dict[str, Text]
) -> tuple[Identity, date | None]:
    """Read the document, and what it does not tell; note what is wrong with either."""
    identity = Identity("", None, None)
    if "document_number" in faults:
        return identity, None
    try:
        identity = identity_of(told, at)
    except Invalid as error:
        faults.update(error.fields)
        return identity, None
    return identity, None if identity.birth_date else _told_birth(told, at, faults)


def _check_name(name: str) -> None:
    if len(name.strip()) > LONGEST_NAME:
        message = Text("姓名最长 60 个字。", "A name has at most 60 characters.")
        raise Invalid(message, {"name": message})


def _check_again(told: SignUp) -> None:
    if told.password != told.again:
        raise Invalid(passwords.DIFFER, {"again": passwords.DIFFER})


def collect(faults: dict[str, Text], check: Callable[[], None]) -> None:
    """Run a check; note what it refuses."""
    try:
        check()
    except Invalid as error:
        faults.update(error.fields)


def _told_birth(told: SignUp, at: datetime, faults: dict[str, Text]) -> date | None:
    """Read sex and birth date where the document tells neither."""
    if told.sex not in {"male", "female"}:
        faults["sex"] = Text("请选择性别。", "Choose the sex.")
    try:
        born = date.fromisoformat(told.birth_date)
    except ValueError:
        born = None
    if born is None or not OLDEST <= born <= at.astimezone(SHANGHAI).date():
        faults["birth_date"] = Text("请填写正确的出生日期。", "Enter the date of birth.")
        return None
    return born


CHECKS = {"login_name": spelling.check_login_name, "email": spelling.check_email}
