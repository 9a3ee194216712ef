"""A small service with everybody in it: an applicant, a body, a blind expert, the other party."""

from io import BytesIO
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from certflow.accounts.models import Organisation
from certflow.cases import operations, versions
from certflow.cases.models import HumanTask
from certflow.core import files
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.demo.records import proof
from factories.actors import actor, make_user
from factories.people import body as make_body

PLACES = (
    ("file", "applicant", "file", {}),
    ("disclose", "reviewer", "disclose", {}),
    ("check", "body_staff", "note", {"organisation": "body"}),
    ("state", "party", "state", {"assignee": "accused", "organisation": "accused_body"}),
    ("mark", "expert", "state", {"assignee": "marker", "blind": "true"}),
    ("decide", "reviewer", "note", {"deadline": "handling"}),
)


def publish_dispute(session: Session, **settings: Any) -> None:
    """Publish the service `dispute`; `settings` go into its service.json."""
    versions.publish(session, "dispute", content(settings), "")


def content(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "bpmn": _diagram(),
        "tables": {},
        "records": {},
        "forms": {
            "file": form("file", {"accused": "accused", "accused_body": "accused_body"}, ["body"]),
            "disclose": form("disclose", {"marker": "marker"}, ["evidence"], discloses=True),
            "state": form("state", {}, reviews="disclose"),
            "note": form("note", {}),
        },
        "service": {
            "key": "dispute",
            "title": text("纠纷"),
            "category": text("样例"),
            "summary": text("样例"),
            "start_roles": ["applicant", "body_staff"],
            "submit": "file",
            "withdraw_until": ["disclose"],
            "deadlines": {"handling": {"name": text("办理时限"), "remind_before": 2}},
            "letters": {
                "result": {
                    "title": text("处理结果"),
                    "paragraphs": [text("{recipient}：{note.body}，业务号 {number}。")],
                }
            },
            "notices": {},
            **settings,
        },
    }


def text(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


def form(
    key: str, decides: dict[str, str], more: list[str] | None = None, **details: Any
) -> dict[str, Any]:
    names = ["body", *decides, *(more or [])]
    names = list(dict.fromkeys(names))
    kinds = {name: {"type": "string"} for name in names}
    if "evidence" in kinds:
        kinds["evidence"] = {"type": "array", "items": {"type": "string"}, "maxItems": 3}
    fields = [
        {"name": name, "label": text(name), "widget": "file" if name == "evidence" else "text"}
        for name in names
    ]
    decided = {name: name for name in decides} | ({"body": "body"} if key == "file" else {})
    return {
        "key": key,
        "title": text(key),
        "schema": {"type": "object", "properties": kinds},
        "pages": [{"key": key, "title": text(key), "fields": fields}],
        "outcomes": [{"key": "submit", "label": text("提交"), "kind": "primary", "requires": []}],
        "decides": decided,
        **details,
    }


def _diagram() -> str:
    lanes: dict[str, list[str]] = {}
    for element, role, *_rest in PLACES:
        lanes.setdefault(role, []).append(element)
    lane_xml = "".join(
        f'<bpmn:lane id="{role}" name="{role}">'
        + "".join(f"<bpmn:flowNodeRef>{one}</bpmn:flowNodeRef>" for one in ids)
        + "</bpmn:lane>"
        for role, ids in lanes.items()
    )
    tasks = "".join(_task(*place) for place in PLACES)
    services = (
        _service(
            "start_clock", "start_deadline", key="'handling'", length="5", unit="'working_days'"
        )
        + _service("accuse", "add_party", user="accused", organisation="accused_body")
        + _service("write", "issue_letter", letter="'result'", to="'party'")
    )
    order = [
        "begin",
        "file",
        "start_clock",
        "accuse",
        "disclose",
        "check",
        "state",
        "mark",
        "decide",
        "write",
        "done",
    ]
    flows = "".join(
        f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}" />'
        for a, b in pairwise(order)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:certflow="http://certflow.org/bpmn" id="d" targetNamespace="t">'
        '<bpmn:collaboration id="c"><bpmn:participant id="p" processRef="dispute" />'
        "</bpmn:collaboration>"
        f'<bpmn:process id="dispute" isExecutable="true"><bpmn:laneSet id="l">{lane_xml}'
        '</bpmn:laneSet><bpmn:startEvent id="begin" />'
        f'{tasks}{services}<bpmn:endEvent id="done" />{flows}</bpmn:process></bpmn:definitions>'
    )


def _task(element: str, _role: str, key: str, properties: dict[str, str]) -> str:
    return (
        f'<bpmn:userTask id="{element}" name="{element}">'
        + _properties(form=key, **properties)
        + "</bpmn:userTask>"
    )


def _service(element: str, operation: str, **parameters: str) -> str:
    return (
        f'<bpmn:serviceTask id="{element}" name="{element}">'
        + _properties(operation=operation, **parameters)
        + "</bpmn:serviceTask>"
    )


def _properties(**values: str) -> str:
    inner = "".join(
        f'<certflow:property name="{name}" value="{value}" />' for name, value in values.items()
    )
    return (
        f"<bpmn:extensionElements><certflow:properties>{inner}</certflow:properties>"
        "</bpmn:extensionElements>"
    )


class Dispute:
    """The people of a dispute, and its steps."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.body, self.other = make_body(session), make_body(session, "另一家样例认证有限公司")
        self.applicant = self.person("applicant", "applicant")
        self.accused = self.person("accused", "applicant")
        self.expert = self.person("expert", "expert")
        self.reviewer = self.person("reviewer", "reviewer")
        self.staff = self.person("staff", "body_staff", self.body)
        self.colleague = self.person("colleague", "body_staff", self.body)
        self.others = self.person("others", "body_staff", self.other)
        self.case_id = 0

    def person(self, login: str, role: str, body: Organisation | None = None) -> Actor:
        return actor(make_user(self.session, login, role, body), role, body)

    def file(self, who: Actor | None = None, **answers: Any) -> "Dispute":
        who = who or self.applicant
        self.case_id = operations.start_case(self.session, who, "dispute").id
        given = {"accused": str(self.accused.user_id), "body": str(self.body.id), **answers}
        return self.do("file", who, **{name: one for name, one in given.items() if one})

    def task(self, element: str) -> HumanTask:
        query = select(HumanTask).where(
            HumanTask.case_id == self.case_id, HumanTask.element == element
        )
        return self.session.scalars(query.order_by(HumanTask.id.desc()).limit(1)).one()

    def do(self, element: str, who: Actor, **answers: Any) -> "Dispute":
        operations.complete_task(self.session, who, self.task(element).id, answers, "submit")
        return self

    def to_statement(self, **answers: Any) -> "Dispute":
        self.file()
        self.do("disclose", self.reviewer, marker=str(self.expert.user_id), **answers)
        return self.do("check", self.staff)

    def to_decision(self) -> "Dispute":
        self.to_statement().do("state", self.accused, body="我没有。")
        return self.do("mark", self.expert, body="无误。")

    def upload(self, who: Actor, name: str = "张三的录音.pdf") -> files.StoredFile:
        return files.store(self.session, BytesIO(proof()), name, who.user_id or 0)
