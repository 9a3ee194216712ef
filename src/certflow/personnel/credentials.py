"""A certificate as it stands beside a decision about it: its windows, its holder's credit (D1, D6)."""

from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel.credit import kind_of
from certflow.personnel.queries import live_credit_entries
from certflow.personnel.standing import NOT_VALID, VALID, Standing

CREDIT_READERS = frozenset({"reviewer", "approver", "complaints_office"})
_TITLE = Text("证书与信用", "Certificate and credit")
_COLUMNS = (Text("项目", "What"), Text("内容", "Content"))
NO_ENTRY = Text("没有有效期内的记录", "No entry that counts")
_DONE = Text("{on} 已确认", "Confirmed on {on}")
_OPENS = Text("{opens} 至 {closes} 办理", "Open from {opens} to {closes}")

Rows = tuple[tuple[Text, ...], ...]


def shown(session: Session, one: Standing, reader: Actor) -> tuple[Text, tuple[Text, ...], Rows]:
    """Return what who decides should know of a certificate: title, columns, rows.

    The credit file is for the association and the person only.
    """
    rows = (
        (Text("证书编号", "Certificate"), Text(one.number, one.number)),
        (Text("持证人", "Holder"), Text(one.holder, one.holder)),
        (Text("领域与级别", "Field and grade"), one.title),
        (Text("状态", "State"), NOT_VALID.get(one.state) or VALID.filled(one=one)),
        (Text("执业机构", "Practising body"), one.body or Text("无", "None")),
        *((each.title, each.said(_DONE if each.confirmed_on else _OPENS)) for each in one.windows),
        *(_credit(session, one) if reader.role in CREDIT_READERS else ()),
    )
    return _TITLE, _COLUMNS, rows


def _credit(session: Session, one: Standing) -> Rows:
    name = Text("信用档案", "Credit file")
    entries = live_credit_entries(session, one.person_id, one.on)
    found = [(kind_of(entry.kind).title, Text.read(entry.text)) for entry in entries]
    said = [Text(f"{kind.zh}：{text.zh}", f"{kind.en}: {text.en}") for kind, text in found]
    return tuple((name, each) for each in said or [NO_ENTRY])
