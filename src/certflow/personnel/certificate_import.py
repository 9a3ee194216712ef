"""Certificates of the earlier system (catalogue C8, A12)."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from certflow.accounts.finding import (
    UNKNOWN_BODY,
    Found,
    organisations_by_name,
    people_by_number,
    the_one,
)
from certflow.core.actor import Actor
from certflow.core.bulk import Judged, Kind, register
from certflow.core.cells import folded, read_day, read_key, read_list
from certflow.core.db import Session, table_of
from certflow.core.numbers import at_least
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text
from certflow.personnel.fields import FIELDS, GRADES
from certflow.personnel.models import Certificate

STATES = {
    "valid": Text("有效", "Valid"),
    "suspended": Text("暂停", "Suspended"),
    "cancelled": Text("注销", "Cancelled"),
    "replaced": Text("已换发", "Replaced"),
}
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{4,31}")
_OURS = re.compile(r"(\d{4}-N[01][A-Z]+)-(\d{7})")
_WRONG_NUMBER = Text(
    "证书编号只能有字母、数字和横线。", "A number has letters, digits and hyphens."
)
_OTHERS = Text("这个证书编号属于另一个人，请核对。", "This number belongs to somebody else.")
_WRONG_FIELD = Text("注册领域不认识，例如 QMS。", "Unknown field. Write for example QMS.")
_WRONG_GRADE = Text("级别应为实习审核员或审核员。", "The grade is intern auditor or auditor.")
_WRONG_SPECIALITY = Text("专业“{one}”不属于这个领域。", "“{one}” is no speciality of this field.")
_WRONG_DAYS = Text(
    "有效期起止要写成 2024-03-01 这样的日期，止不能早于起。",
    "Write the days as 2024-03-01; the last one is not before the first.",
)
_WRONG_STATE = Text("状态应为有效、暂停、注销或已换发。", "Unknown state. Write “Valid”.")
_HELD = Text(
    "此人在这个领域已有一张有效或暂停的证书，请核对状态。",
    "This person holds a certificate in this field already. Check the state.",
)


def judge(session: Session, rows: Sequence[Row]) -> Iterator[Judged]:
    """Say of each row which certificate is new."""
    people = people_by_number(session, (row.values["document"] for row in rows))
    bodies = organisations_by_name(session)
    numbers = {folded(row.values["number"]) for row in rows}
    query = select(Certificate.number, Certificate.person_id)
    stored = session.execute(query.where(Certificate.number.in_(numbers)))
    known = {row[0]: row[1] for row in stored}
    held = _held(session, [one.id for one in people.values()])
    for row in rows:
        found = _read(row.values, people, bodies)
        if isinstance(found, Text):
            yield Judged(row, problem=found)
        elif found["number"] in known:
            same = known[found["number"]] == found["person_id"]
            yield Judged(row, problem=None if same else _OTHERS)
        else:
            place = (found["person_id"], found["field"])
            live = found["state"] in {"valid", "suspended"}
            if live and place in held:
                yield Judged(row, problem=_HELD)
                continue
            held |= {place} if live else set()
            yield Judged(row, found, key=found["number"])


def carry(
    session: Session, rows: Sequence[Mapping[str, Any]], _at: datetime, _actor: Actor
) -> Sequence[Text | None]:
    """Enter the certificates; numbers of our own kind will not be given out again."""
    made = [{**row, "check_code": secrets.token_hex(10)} for row in rows]
    if made:
        session.execute(insert(table_of(Certificate)), made)
    used: dict[str, int] = {}
    for row in rows:
        if ours := _OURS.fullmatch(row["number"]):
            used[ours[1]] = max(used.get(ours[1], 0), int(ours[2]))
    for series, number in sorted(used.items()):
        at_least(session, f"certificate/{series}", number)
    return [None] * len(rows)


def _held(session: Session, person_ids: Sequence[int]) -> set[tuple[int, str]]:
    query = select(Certificate.person_id, Certificate.field).where(
        Certificate.person_id.in_(person_ids), Certificate.state.in_(("valid", "suspended"))
    )
    return {(row[0], row[1]) for row in session.execute(query)}


def _read(
    values: Mapping[str, str], people: dict[str, Found], bodies: Mapping[str, int]
) -> Text | dict[str, Any]:
    person = the_one(people, values["document"], values["name"])
    if isinstance(person, Text):
        return person
    number, body = folded(values["number"]), values.get("body", "")
    field = read_key(values["field"], {key: one.title for key, one in FIELDS.items()})
    grade = read_key(values["grade"], GRADES)
    state = read_key(values.get("state") or "valid", STATES)
    start, end = read_day(values["start"]), read_day(values["end"])
    wrong = {
        _WRONG_NUMBER: not _NUMBER.fullmatch(number),
        _WRONG_FIELD: field is None,
        _WRONG_GRADE: grade is None,
        _WRONG_STATE: state is None,
        UNKNOWN_BODY: bool(body) and folded(body) not in bodies,
        _WRONG_DAYS: start is None or end is None or end < start,
    }
    problem = next((text for text, is_so in wrong.items() if is_so), None)
    specialities = _specialities(field or "", values.get("specialities", ""))
    if problem is not None:
        return problem
    if isinstance(specialities, Text):
        return specialities
    return {
        "number": number,
        "person_id": person.id,
        "organisation_id": bodies[folded(body)] if body else person.organisation_id,
        "field": field,
        "grade": grade,
        "specialities": specialities,
        "issued_on": read_day(values.get("issued", "")) or start,
        "valid_from": start,
        "valid_until": end,
        "state": state,
    }


def _specialities(field: str, text: str) -> Text | list[str]:
    titles = FIELDS[field].specialities if field in FIELDS else {}
    found = []
    for one in read_list(text):
        key = read_key(one, titles)
        if key is None:
            return _WRONG_SPECIALITY.filled(one=one[:40])
        found.append(key)
    return found


KIND = register(
    Kind(
        key="certificates",
        title=Text("证书", "Certificates"),
        hint=Text(
            "按证书编号识别。持证人要先导入；一个人在一个领域只能有一张有效或暂停的证书。",
            "Known by their number. Import the holders first; nobody holds two certificates in one "
            "field.",
        ),
        columns=(
            Column("number", Text("证书编号", "Certificate number"), ("编号",)),
            Column("name", Text("姓名", "Name"), ("持证人",)),
            Column("document", Text("证件号码", "Document number"), ("身份证号", "身份证号码")),
            Column("field", Text("注册领域", "Field"), ("领域",)),
            Column("grade", Text("级别", "Grade"), ("注册级别",)),
            Column("start", Text("有效期起", "Valid from"), ("生效日期",)),
            Column("end", Text("有效期止", "Valid until"), ("有效期至",)),
            Column("specialities", Text("专业", "Specialities"), required=False),
            Column("issued", Text("发证日期", "Issued on"), required=False),
            Column("state", Text("状态", "State"), ("证书状态",), required=False),
            Column("body", Text("执业机构", "Practising body"), ("机构",), required=False),
        ),
        sample="2024-N1QMS-0000187|林示例|E12345678|QMS|审核员|2024-03-01|2027-02-28|"
        "机械设备、批发与零售||有效|",
        judge=judge,
        carry=carry,
    )
)
