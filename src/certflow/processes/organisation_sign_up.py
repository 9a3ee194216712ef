"""Sign-up of an organisation: what its diagram and forms ask of the domain (A7)."""

from collections.abc import Mapping
from typing import Any

from certflow.accounts import organisations
from certflow.accounts.identity import read_uscc
from certflow.accounts.queries import get_organisation
from certflow.cases.queries import latest_data, unfinished
from certflow.cases.registry import Exhibit, Step, admission, check, exhibit, operation
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import NOTHING, Text

SERVICE = "organisation_sign_up"
ONE_AT_A_TIME = Text(
    "您已有一份入驻申请，请在“我的申请”里继续办理。",
    "You have an application already. Go on with it under “My application”.",
)
_KNOWN = Text("平台上相同代码或相近名称的机构", "Organisations of this code or a similar name")
_NONE = Text("没有相同代码或相近名称的机构。", "There is none of this code or a similar name.")
_COLUMNS = (
    Text("机构名称", "Name"),
    Text("统一社会信用代码", "USCC"),
    Text("机构类型", "Kind"),
)


@admission(SERVICE)
def why_not(session: Session, actor: Actor, _given: Mapping[str, str]) -> Text | None:
    """One application at a time, and none for an organisation that is open."""
    body = get_organisation(session, actor.organisation_id or 0)
    waiting = body is not None and body.kind == organisations.PENDING
    return None if waiting and not unfinished(session, actor, SERVICE) else ONE_AT_A_TIME


@check(f"{SERVICE}.nobody_else")
def nobody_else(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """The code has to be right, and neither code nor name another organisation's."""
    try:
        code = read_uscc(str(data["uscc"]))
    except Invalid as error:
        return dict(error.fields)
    return organisations.taken(step.session, str(data["name"]), code, _waiting(step))


@check(f"{SERVICE}.still_free")
def still_free(step: Step, _data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """It cannot be approved when another organisation took code or name meanwhile."""
    wrong = nobody_else(step, _filed(step), outcome) if outcome == "approve" else {}
    return {"opinion": next(iter(wrong.values()))} if wrong else {}


@exhibit(f"{SERVICE}.known")
def known(step: Step) -> Exhibit | None:
    """Show who is here already under this code or a name like it."""
    filed = _filed(step)
    rows = organisations.alike(
        step.session, str(filed["name"]), str(filed["uscc"]), but=_waiting(step)
    )
    shown = tuple(
        (_same(one.name), _same(one.uscc or ""), organisations.KINDS.get(one.kind, _same(one.kind)))
        for one in rows
    )
    return Exhibit(_KNOWN, _COLUMNS, shown, NOTHING if rows else _NONE)


@operation(f"{SERVICE}.open")
def open_organisation(step: Step) -> None:
    """Bring the organisation to life, with whoever applied as its first administrator."""
    cause, at = f"case/{step.case.id}", clock.now()
    told = {name: str(value) for name, value in _filed(step).items() if isinstance(value, str)}
    organisations.open_organisation(step.session, _waiting(step), told, at, step.actor, cause)


def _filed(step: Step) -> Mapping[str, Any]:
    return latest_data(step.session, step.case.id, "file") or {"name": "", "uscc": ""}


def _waiting(step: Step) -> int:
    return step.case.applicant_organisation_id or 0


def _same(word: str) -> Text:
    return Text(word, word)
