"""People of the earlier system, found again by their document number (catalogue A11, A12).

They have no account: whoever signs up with the same document gets the file that is there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from certflow.accounts.finding import OTHER_NAME, UNKNOWN_BODY, organisations_by_name
from certflow.accounts.identity import DOCUMENT_TYPES, read_document
from certflow.accounts.models import Person
from certflow.accounts.queries import document_index
from certflow.accounts.spelling import WRONG_PHONE, is_phone
from certflow.core.actor import Actor
from certflow.core.bulk import Judged, Kind, register
from certflow.core.cells import folded, read_day, read_key
from certflow.core.clock import today
from certflow.core.crypto import blind_index
from certflow.core.db import Session, table_of
from certflow.core.errors import Invalid
from certflow.core.numbers import next_numbers
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text

SEXES = {"male": Text("男", "Male"), "female": Text("女", "Female")}
DEGREES = {
    "doctor": Text("博士研究生", "Doctorate"),
    "master": Text("硕士研究生", "Master"),
    "bachelor": Text("大学本科", "Bachelor"),
    "college": Text("大学专科", "Junior college"),
    "secondary": Text("中专及以下", "Secondary or below"),
}
_OWN_NUMBER = re.compile(r"A\d{7}")
_NO_NAME = Text("请填写姓名。", "Enter the name.")
_WRONG_TYPE = Text(
    "证件类型不认识。可以写：居民身份证、港澳台居民居住证、护照、外国人永久居留身份证。",
    "Unknown type of document. Write resident identity card, residence permit, passport or foreign "
    "permanent resident ID card.",
)
_MISSING = Text(
    "这种证件要写性别和出生日期（例如 1990-03-07）。",
    "This kind of document needs sex and date of birth, such as 1990-03-07.",
)
_WRONG_DEGREE = Text("学历不认识，请写全称，例如大学本科。", "Unknown degree. Write “Bachelor”.")
_PHONE_TAKEN = Text(
    "这个手机号码已属于另一个人，请核对或留空。",
    "This phone number belongs to somebody else. Check it, or leave it out.",
)
_ARCHIVE_TAKEN = Text("这个档案号已属于另一个人，请核对。", "This archive number is another's.")
_ARCHIVE_OURS = Text(
    "“A”加 7 位数字是平台自动编的档案号，请留空或写原系统的编号。",
    "“A” and seven digits is how the platform numbers by itself. Leave it out, or write the number "
    "of the earlier system.",
)


def judge(session: Session, rows: Sequence[Row]) -> Iterator[Judged]:
    """Say of each row who is new, or what is wrong with it."""
    known = _Known(session, rows)
    for row in rows:
        found = _read(row.values, known)
        if isinstance(found, Text):
            yield Judged(row, problem=found)
            continue
        index = found["document_index"]
        if index in known.people:
            same = folded(known.people[index]) == folded(found["name"])
            yield Judged(row, problem=None if same else OTHER_NAME)
        elif (problem := known.claim(found)) is not None:
            yield Judged(row, problem=problem)
        else:
            yield Judged(row, found, key=index)


def carry(
    session: Session, rows: Sequence[Mapping[str, Any]], at: datetime, _actor: Actor
) -> Sequence[Text | None]:
    """Open the files of the people, with archive numbers; none of them can sign in."""
    numbers = iter(next_numbers(session, "archive", sum(not one["archive_number"] for one in rows)))
    made = [
        {
            **row,
            "archive_number": row["archive_number"] or f"A{next(numbers):07d}",
            "created_at": at,
        }
        for row in rows
    ]
    if made:
        session.execute(insert(table_of(Person)), made)
    return [None] * len(rows)


class _Known:
    """What the platform knows about those whom some rows name, looked up once."""

    def __init__(self, session: Session, rows: Sequence[Row]) -> None:
        values = [row.values for row in rows]
        numbers = {folded(one["document"]) for one in values}
        index = {document_index(kind, one) for one in numbers for kind in DOCUMENT_TYPES}
        phones = {blind_index("phone", folded(one["phone"])) for one in values if one.get("phone")}
        archive = {one["archive"] for one in values if one.get("archive")}
        people = select(Person.document_index, Person.name).where(Person.document_index.in_(index))
        self.people = {row[0]: row[1] for row in session.execute(people)}
        taken = select(Person.phone_index).where(Person.phone_index.in_(phones))
        self.phones = set(session.scalars(taken))
        used = select(Person.archive_number).where(Person.archive_number.in_(archive))
        self.archive = set(session.scalars(used))
        self.bodies = organisations_by_name(session)
        self.today = today()

    def claim(self, found: Mapping[str, Any]) -> Text | None:
        """Take phone and archive number for a new person, unless somebody else has them."""
        if found["phone_index"] in self.phones:
            return _PHONE_TAKEN
        if found["archive_number"] in self.archive:
            return _ARCHIVE_TAKEN
        self.phones |= {found["phone_index"]} - {None}
        self.archive |= {found["archive_number"]} - {""}
        return None


def _read(values: Mapping[str, str], known: _Known) -> Text | dict[str, Any]:
    kind = read_key(values.get("type") or "resident_id", DOCUMENT_TYPES)
    if kind is None or not values["name"]:
        return _NO_NAME if kind else _WRONG_TYPE
    try:
        identity = read_document(kind, values["document"], known.today)
    except Invalid as error:
        return error.message
    sex = identity.sex or read_key(values.get("sex", ""), SEXES)
    born = identity.birth_date or read_day(values.get("born", ""))
    if sex is None or born is None or born > known.today:
        return _MISSING
    rest = _rest(values, known)
    if isinstance(rest, Text):
        return rest
    return {
        "name": values["name"][:100],
        "document_type": kind,
        "document_number": identity.number,
        "document_index": document_index(kind, identity.number),
        "sex": sex,
        "birth_date": born,
        **rest,
    }


def _rest(values: Mapping[str, str], known: _Known) -> Text | dict[str, Any]:
    """Read what need not be there; what is there has to be right."""
    phone, body = folded(values.get("phone", "")), values.get("body", "")
    archive, degree = values.get("archive", ""), values.get("degree", "")
    wrong = {
        WRONG_PHONE: bool(phone) and not is_phone(phone),
        UNKNOWN_BODY: bool(body) and folded(body) not in known.bodies,
        _ARCHIVE_OURS: bool(_OWN_NUMBER.fullmatch(archive)),
        _WRONG_DEGREE: bool(degree) and read_key(degree, DEGREES) is None,
    }
    problem = next((text for text, is_so in wrong.items() if is_so), None)
    return problem or {
        "pinyin": values.get("pinyin", "")[:100],
        "phone": phone or None,
        "phone_index": blind_index("phone", phone) if phone else None,
        "highest_degree": read_key(degree, DEGREES) or "" if degree else "",
        "employer": values.get("employer", "")[:100],
        "organisation_id": known.bodies.get(folded(body)) if body else None,
        "archive_number": archive[:16],
    }


KIND = register(
    Kind(
        key="people",
        title=Text("人员", "People"),
        hint=Text(
            "按证件号码识别，已有的不重复导入。导入的人员没有账号，本人用同一证件注册时自动关联档案。",
            "Known by their document number; one that is there already is left alone. They have no "
            "account: signing up with the same document links them.",
        ),
        columns=(
            Column("name", Text("姓名", "Name")),
            Column("document", Text("证件号码", "Document number"), ("身份证号", "身份证号码")),
            Column("type", Text("证件类型", "Type of document"), required=False),
            Column("sex", Text("性别", "Sex"), required=False),
            Column("born", Text("出生日期", "Date of birth"), ("出生年月日",), required=False),
            Column("phone", Text("手机号码", "Phone"), ("手机", "手机号"), required=False),
            Column("pinyin", Text("姓名拼音", "Name in pinyin"), ("拼音",), required=False),
            Column("degree", Text("最高学历", "Highest degree"), ("学历",), required=False),
            Column("employer", Text("工作单位", "Employer"), required=False),
            Column("body", Text("执业机构", "Practising body"), ("机构",), required=False),
            Column("archive", Text("原档案号", "Earlier archive number"), required=False),
        ),
        sample="林示例|E12345678|护照|女|1990-03-07||LIN Shili|大学本科|||OLD-000001",
        judge=judge,
        carry=carry,
    )
)
