"""Audits of the earlier system, as verified records of the profile library (catalogue A9, A12)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from certflow.accounts.finding import people_by_number, the_one
from certflow.core.actor import Actor
from certflow.core.bulk import Judged, Kind, register
from certflow.core.cells import folded, read_day, read_key, read_number, read_yes
from certflow.core.clock import today
from certflow.core.crypto import blind_index
from certflow.core.db import Session, table_of
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text
from certflow.personnel.fields import FIELDS
from certflow.personnel.models import ProfileRecord

TYPES = {
    "initial": Text("初次审核", "Initial audit"),
    "stage_1": Text("一阶段审核", "Stage 1"),
    "stage_2": Text("二阶段审核", "Stage 2"),
    "surveillance": Text("监督审核", "Surveillance"),
    "recertification": Text("再认证审核", "Recertification"),
    "special": Text("特殊审核", "Special audit"),
    "other": Text("其他", "Other"),
}
ROLES = {
    "intern": Text("实习审核员", "Intern auditor"),
    "auditor": Text("审核员", "Auditor"),
    "leader": Text("审核组长", "Team leader"),
    "expert": Text("技术专家", "Technical expert"),
}
_NO_ORGANISATION = Text("请填写受审核方名称。", "Name the organisation that was audited.")
_WRONG_FIELD = Text("领域不认识，例如 QMS。", "Unknown field. Write for example QMS.")
_WRONG_TYPE = Text(
    "审核类型不认识，例如监督审核。", "Unknown type. Write for example surveillance."
)
_WRONG_ROLE = Text("审核身份不认识，例如审核员。", "Unknown role. Write for example auditor.")
_WRONG_DAYS = Text(
    "开始和结束要写成 2024-03-01 这样的日期，结束不能早于开始、晚于今天。",
    "Write the days as 2024-03-01; the last one is neither before the first nor in the future.",
)
_WRONG_LENGTH = Text("现场天数应为 0.5 至 60。", "The days on site are from 0.5 to 60.")
_WRONG_YES = Text("“完整体系”和“见证”请写是或否。", "Write yes or no for complete and witnessed.")


def judge(session: Session, rows: Sequence[Row]) -> Iterator[Judged]:
    """Say of each row which audit is new."""
    people = people_by_number(session, (row.values["document"] for row in rows))
    known = _known(session, [one.id for one in people.values()])
    for row in rows:
        person = the_one(people, row.values["document"], row.values["name"])
        found = person if isinstance(person, Text) else _read(row.values)
        if isinstance(person, Text) or isinstance(found, Text):
            yield Judged(row, problem=person if isinstance(person, Text) else found)  # type: ignore[arg-type]
            continue
        key = _key(person.id, found)
        same = key in known
        yield Judged(row, None if same else {"person_id": person.id, "data": found}, key=key)


def carry(
    session: Session, rows: Sequence[Mapping[str, Any]], at: datetime, _actor: Actor
) -> Sequence[Text | None]:
    """Put the audits into the libraries, verified: nobody can edit them."""
    made = [
        {
            **row,
            "kind": "audit",
            "source": "platform",
            "verified": True,
            "created_at": at,
            "updated_at": at,
        }
        for row in rows
    ]
    if made:
        session.execute(insert(table_of(ProfileRecord)), made)
    return [None] * len(rows)


def _known(session: Session, person_ids: Sequence[int]) -> set[str]:
    query = select(ProfileRecord).where(
        ProfileRecord.person_id.in_(person_ids),
        ProfileRecord.kind == "audit",
        ProfileRecord.verified,
    )
    return {_key(one.person_id, one.data) for one in session.scalars(query)}


def _key(person_id: int, data: Mapping[str, Any]) -> str:
    """Name an audit: one person at one organisation from one day on, in one field."""
    what = (data.get("organisation"), data.get("field"), data.get("started_on"))
    return blind_index("audit", f"{person_id}/" + "/".join(folded(str(one)) for one in what))


def _read(values: Mapping[str, str]) -> Text | dict[str, Any]:
    field = read_key(values["field"], {key: one.title for key, one in FIELDS.items()})
    kind, role = read_key(values["type"], TYPES), read_key(values["role"], ROLES)
    start, end = read_day(values["start"]), read_day(values["end"])
    days = read_number(values["days"], 0.5, 60)
    complete, witnessed = (read_yes(values.get(one, "")) for one in ("complete", "witnessed"))
    wrong = {
        _NO_ORGANISATION: len(values["organisation"]) < 2,  # noqa: PLR2004
        _WRONG_FIELD: field is None,
        _WRONG_TYPE: kind is None,
        _WRONG_ROLE: role is None,
        _WRONG_DAYS: start is None or end is None or not start <= end <= today(),
        _WRONG_LENGTH: days is None,
        _WRONG_YES: complete is None or witnessed is None,
    }
    problem = next((text for text, is_so in wrong.items() if is_so), None)
    return problem or {
        "organisation": values["organisation"][:100],
        "field": field,
        "audit_type": kind,
        "started_on": str(start),
        "ended_on": str(end),
        "onsite_days": int(days) if days and days.is_integer() else days,
        "role": role,
        "complete": complete,
        "witnessed": witnessed,
        "duties": values.get("duties", "") or "原系统导入的审核记录",
        "files": [],
    }


KIND = register(
    Kind(
        key="audits",
        title=Text("审核经历", "Audit records"),
        hint=Text(
            "导入后成为本人基本信息库中“平台已核实”的记录，本人不能修改。人员要先导入。",
            "They become verified records of the person's library, which nobody can edit. Import the "
            "people first.",
        ),
        columns=(
            Column("name", Text("姓名", "Name")),
            Column("document", Text("证件号码", "Document number"), ("身份证号", "身份证号码")),
            Column("organisation", Text("受审核方", "Organisation audited"), ("受审核方名称",)),
            Column("field", Text("领域", "Field"), ("注册领域",)),
            Column("type", Text("审核类型", "Type of audit")),
            Column("start", Text("开始日期", "From")),
            Column("end", Text("结束日期", "To")),
            Column("days", Text("现场天数", "Days on site")),
            Column("role", Text("审核身份", "Role"), ("身份", "组内身份")),
            Column("complete", Text("完整体系", "Complete"), ("完整体系审核",), required=False),
            Column("witnessed", Text("见证", "Witnessed"), required=False),
            Column("duties", Text("承担的工作", "Duties"), required=False),
        ),
        sample="林示例|E12345678|云岭示例机械有限公司|QMS|监督审核|2024-05-18|2024-05-19|2|审核员|是|否|",
        judge=judge,
        carry=carry,
    )
)
