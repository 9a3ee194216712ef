"""Checks of identity documents and of organisation codes (catalogue A1, A7).

The county code of a resident ID number is a hint only: lists of codes that "existed" in a year
refuse a good many genuine numbers, so length, date and check digit decide.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import NamedTuple

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from certflow.core.errors import Invalid
from certflow.core.text import Text

DOCUMENT_TYPES: dict[str, Text] = {
    "resident_id": Text("居民身份证", "Resident identity card"),
    "residence_permit": Text("港澳台居民居住证", "Residence permit (Hong Kong, Macao, Taiwan)"),
    "passport": Text("护照", "Passport"),
    "foreign_residence": Text("外国人永久居留身份证", "Foreign permanent resident ID card"),
}

_CHECKED = frozenset({"resident_id", "residence_permit"})
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_OTHER_SHAPE = re.compile(r"[0-9A-Z]{5,20}")
_OLDEST_BIRTH_YEAR = 1900


class Identity(NamedTuple):
    """A document number in its one spelling; birth date and sex where the number tells them."""

    number: str
    birth_date: date | None
    sex: str | None


def read_document(document_type: str, number: str, today: date) -> Identity:
    """Check a document number and derive what it says (A1).

    `today` is the present day in Shanghai: nobody is born later.

    Raises:
        Invalid: at the field "document_type" or "document_number".

    """
    spelled = re.sub(r"\s", "", unicodedata.normalize("NFKC", number)).upper()
    if document_type not in DOCUMENT_TYPES:
        message = Text("请选择证件类型。", "Choose a type of document.")
        raise Invalid(message, {"document_type": message})
    if document_type in _CHECKED:
        return _read_resident(spelled, today)
    if not _OTHER_SHAPE.fullmatch(spelled):
        raise _wrong(
            Text(
                "证件号码应为 5 至 20 位字母或数字，请核对后重新输入。",
                "A document number has 5 to 20 letters or digits. Check it and type it again.",
            )
        )
    return Identity(spelled, None, None)


def _read_resident(number: str, today: date) -> Identity:
    if not _SHAPE.fullmatch(number):
        raise _wrong(
            Text(
                "居民身份证号码应为 18 位，最后一位可以是 X。",
                "A resident ID number has 18 characters; the last one may be X.",
            )
        )
    birth_date = _birth_date(number[6:14], today)
    if ric.calc_check_digit(number[:-1]) != number[-1]:
        raise _wrong(
            Text(
                "身份证号码的校验位不对，可能有一位输错了，请对照证件核对。",
                "The check digit is wrong; a digit may be mistyped. Compare it with the card.",
            )
        )
    return Identity(number, birth_date, "male" if int(number[16]) % 2 else "female")


def _birth_date(digits: str, today: date) -> date:
    try:
        born = datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        born = None
    if born is None or born.year < _OLDEST_BIRTH_YEAR or born > today:
        raise _wrong(
            Text(
                "身份证号码第 7 至 14 位不是有效的出生日期，请对照证件核对。",
                "Characters 7 to 14 are no date of birth. Compare the number with the card.",
            )
        )
    return born


def read_uscc(code: str) -> str:
    """Check a unified social credit code and return it in its one spelling (A7).

    Raises:
        Invalid: at the field "uscc".

    """
    try:
        return str(uscc.validate(code))
    except ValidationError as error:
        message = Text(
            "统一社会信用代码不正确，应为 18 位，请对照营业执照核对。",
            "The unified social credit code is wrong. It has 18 characters; compare it with the "
            "business licence.",
        )
        raise Invalid(message, {"uscc": message}) from error


def _wrong(message: Text) -> Invalid:
    return Invalid(message, {"document_number": message})
