"""Cases that one member of an office handles: who may, and who decides in the end (B10, D4).

The handler is the variable `handler`, chosen in a field of that name (`members:<role>`).
"""

from collections.abc import Mapping
from typing import Any

from certflow.cases.concealing import traces_in
from certflow.cases.conflicts import conflict
from certflow.cases.described import described
from certflow.cases.registry import Step, check
from certflow.core.text import Text

HANDLED = Text(
    "您是这件业务的办理人，不能同时作出决定，请由另一位批准人处理。",
    "You handled this case, so another approver has to decide it.",
)
_INSIDE = frozenset({"decline", "return"})


@check("cases.handler_without_conflict")
@described(
    Text("办理人无需回避", "The handler has no conflict"),
    Text(
        "字段 handler 里的人与双方没有利害关系。",
        "Who is chosen in the field handler stands near neither side.",
    ),
)
def without_conflict(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Refuse a handler who stands too near to either side."""
    why = conflict(step, int(data["handler"]))
    return {"handler": why} if why else {}


@check("cases.decided_by_another")
@described(
    Text("办理人不作决定", "Somebody else decides"),
    Text("办理过这件业务的人不能作出决定。", "Who handled the case does not decide it."),
)
def decided_by_another(step: Step, _data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Who looked into a matter does not decide it."""
    return {"result": HANDLED} if step.actor.user_id == step.data["handler"] else {}


@check("cases.no_trace_of_complainant")
@described(
    Text("不透露投诉人", "No trace of the complainant"),
    Text(
        "对方会看到的内容里没有投诉人的信息。",
        "What the other side reads does not tell who complained.",
    ),
)
def no_trace_of_complainant(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Refuse what tells the other side of a complaint, who appeals, who complained (D4)."""
    return traces_in(step.session, step.case, data)


@check("cases.no_trace_of_applicant")
@described(
    Text("不透露申请人", "No trace of the applicant"),
    Text(
        "对方会看到的内容里没有申请人的信息。",
        "What the other side reads does not tell who applied.",
    ),
)
def no_trace(step: Step, data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """What the other side will read does not give the applicant away (D4)."""
    return {} if outcome in _INSIDE else traces_in(step.session, step.case, data)
