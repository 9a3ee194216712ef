"""Organisations of the earlier system (catalogue A7, A12)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select

from certflow.accounts.identity import read_uscc
from certflow.accounts.models import Organisation
from certflow.accounts.organisations import KINDS
from certflow.core.actor import Actor
from certflow.core.bulk import Judged, Kind, register
from certflow.core.cells import folded, read_key
from certflow.core.db import Session, table_of
from certflow.core.errors import Invalid
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text

_NO_NAME = Text("请填写机构名称。", "Enter the name.")
_NO_KIND = Text(
    "机构类型应为：认证机构、培训机构或其他机构。",
    "The kind is one of: certification body, training organisation, other organisation.",
)
_CODE_TAKEN = Text(
    "这个统一社会信用代码在平台上登记的是另一个机构名称，请核对。",
    "The platform has another organisation under this code. Check both.",
)
_NAME_TAKEN = Text(
    "平台上已有同名机构，统一社会信用代码不同，请核对。",
    "The platform has an organisation of this name with another code. Check both.",
)


def judge(session: Session, rows: Sequence[Row]) -> Iterator[Judged]:
    """Say of each row which organisation is new."""
    codes = {folded(row.values["uscc"]) for row in rows}
    names = {row.values["name"] for row in rows}
    known = select(Organisation.name, Organisation.uscc).where(
        or_(Organisation.uscc.in_(codes), Organisation.name.in_(names))
    )
    pairs = [(name, code) for name, code in session.execute(known)]
    by_code, by_name = {code: name for name, code in pairs}, dict(pairs)
    for row in rows:
        try:
            code = read_uscc(folded(row.values["uscc"]))
        except Invalid as error:
            yield Judged(row, problem=error.message)
            continue
        name, kind = row.values["name"], read_key(row.values["kind"], KINDS)
        if not name or kind is None:
            yield Judged(row, problem=_NO_KIND if name else _NO_NAME)
        elif code in by_code:
            yield Judged(row, problem=None if by_code[code] == name else _CODE_TAKEN)
        elif name in by_name:
            yield Judged(row, problem=_NAME_TAKEN)
        else:
            by_name[name] = code
            yield Judged(row, _data(row.values, code, kind), key=code)


def _data(values: Mapping[str, str], code: str, kind: str) -> dict[str, Any]:
    return {
        "name": values["name"][:200],
        "uscc": code,
        "kind": kind,
        "name_en": values.get("name_en", "")[:200],
        "contact_name": values.get("contact", "")[:100],
        "contact_phone": values.get("phone", "")[:30] or None,
        "contact_email": values.get("email", "")[:254],
        "address": values.get("address", "")[:200],
    }


def carry(
    session: Session, rows: Sequence[Mapping[str, Any]], at: datetime, _actor: Actor
) -> Sequence[Text | None]:
    """Enter the organisations; they have no administrator yet."""
    if rows:
        made = [{**row, "created_at": at} for row in rows]
        session.execute(insert(table_of(Organisation)), made)
    return [None] * len(rows)


KIND = register(
    Kind(
        key="organisations",
        title=Text("机构", "Organisations"),
        hint=Text(
            "按统一社会信用代码识别，已有的不重复导入。导入后由系统管理员为机构开通首个管理员。",
            "Known by their code; one that is there already is left alone. A system administrator "
            "then opens the first administrator's account.",
        ),
        columns=(
            Column("name", Text("机构名称", "Name"), ("名称", "单位名称")),
            Column("uscc", Text("统一社会信用代码", "USCC"), ("信用代码", "社会信用代码")),
            Column("kind", Text("机构类型", "Kind"), ("类型",)),
            Column("name_en", Text("英文名称", "English name"), required=False),
            Column("contact", Text("联络人", "Contact"), ("联系人",), required=False),
            Column("phone", Text("联络电话", "Phone"), ("联系电话", "电话"), required=False),
            Column("email", Text("电子邮箱", "E-mail"), ("邮箱",), required=False),
            Column("address", Text("地址", "Address"), ("通讯地址",), required=False),
        ),
        sample="云杉示例认证有限公司|9199999900000000X0|认证机构|||||",
        judge=judge,
        carry=carry,
    )
)
