"""Where SpiffWorkflow evaluates what a diagram's author wrote: one small diagram for each place.

`run(site, text, script_engine)` parses it with the stock parser and runs it with the given engine:
with SpiffWorkflow's own the text is run as Python, with ours it must not be.
"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.mixins import ServiceTaskMixin
from SpiffWorkflow.spiff.parser import SpiffBpmnParser

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    f'xmlns:spiffworkflow="{SPIFF}">'
)
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def _task(inner: str, kind: str = "userTask") -> str:
    return f'<bpmn:{kind} id="task">{inner}</bpmn:{kind}>'


def _extension(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def _repeated(inner: str, *, sequential: bool) -> str:
    kind = "bpmn:multiInstanceLoopCharacteristics"
    return _task(f'<{kind} isSequential="{str(sequential).lower()}">{inner}</{kind}>')


def _timer(kind: str) -> str:
    inner = f"<bpmn:timerEventDefinition><bpmn:{kind}>@</bpmn:{kind}></bpmn:timerEventDefinition>"
    return _task(inner, "intermediateCatchEvent")


def _event(inner: str, kind: str = "intermediateThrowEvent") -> str:
    held = (
        f'<bpmn:messageEventDefinition messageRef="message">{inner}</bpmn:messageEventDefinition>'
    )
    return _task(held, kind)


def _payload(text: str) -> str:
    return _event(
        _extension(f"<spiffworkflow:messagePayload>{text}</spiffworkflow:messagePayload>")
    )


_CHOICE = (
    '<bpmn:exclusiveGateway id="task" default="to_end"/><bpmn:endEvent id="other"/>'
    '<bpmn:sequenceFlow id="maybe" sourceRef="task" targetRef="other">'
    "<bpmn:conditionExpression>@</bpmn:conditionExpression></bpmn:sequenceFlow>"
)
_ONCE = "<bpmn:loopCardinality>1</bpmn:loopCardinality>"
_PARAMETER = (
    '<spiffworkflow:serviceTaskOperator id="notify"><spiffworkflow:parameters>'
    '<spiffworkflow:parameter id="to" type="str" value=@quoted/>'
    "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
)
_RULE = _task(
    _extension("<spiffworkflow:calledDecisionId>decision</spiffworkflow:calledDecisionId>"),
    "businessRuleTask",
)
_CORRELATION = (
    '<bpmn:collaboration id="c"><bpmn:correlationKey id="key" name="key">'
    "<bpmn:correlationPropertyRef>property</bpmn:correlationPropertyRef></bpmn:correlationKey>"
    '</bpmn:collaboration><bpmn:correlationProperty id="property" name="property">'
    '<bpmn:correlationPropertyRetrievalExpression messageRef="message"><bpmn:messagePath>@'
    "</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"
)
_SIGNAL = '<bpmn:signal id="signal" name="signal">' + (
    _extension("<spiffworkflow:payloadExpression>@</spiffworkflow:payloadExpression>")
    + "</bpmn:signal>"
)
# The body of each site's process; `@` stands for the hostile text.
SITES: Mapping[str, str] = {
    "condition": _CHOICE,
    "script": _task("<bpmn:script>@</bpmn:script>", "scriptTask"),
    "loop condition": _task(
        '<bpmn:standardLoopCharacteristics testBefore="true"><bpmn:loopCondition>@'
        "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    ),
    "parallel cardinality": _repeated(
        "<bpmn:loopCardinality>@</bpmn:loopCardinality>", sequential=False
    ),
    "sequential cardinality": _repeated(
        "<bpmn:loopCardinality>@</bpmn:loopCardinality>", sequential=True
    ),
    "completion condition": _repeated(
        f"{_ONCE}<bpmn:completionCondition>@</bpmn:completionCondition>", sequential=False
    ),
    "ad hoc completion": _task(
        '<bpmn:userTask id="inner"/><bpmn:completionCondition>@</bpmn:completionCondition>',
        "adHocSubProcess",
    ),
    "timer date": _timer("timeDate"),
    "timer duration": _timer("timeDuration"),
    "timer cycle": _timer("timeCycle"),
    "conditional event": _task(
        "<bpmn:conditionalEventDefinition><bpmn:condition>@</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>",
        "intermediateCatchEvent",
    ),
    "message payload": _payload("@"),
    "message correlation": _payload("record"),
    "process correlation": _event(
        "<spiffworkflow:processVariableCorrelation><spiffworkflow:propertyId>p"
        "</spiffworkflow:propertyId><spiffworkflow:expression>@</spiffworkflow:expression>"
        "</spiffworkflow:processVariableCorrelation>",
        "intermediateCatchEvent",
    ),
    "signal payload": _task(
        '<bpmn:signalEventDefinition signalRef="signal"/>', "intermediateThrowEvent"
    ),
    "script before": _task(_extension("<spiffworkflow:preScript>@</spiffworkflow:preScript>")),
    "script after": _task(_extension("<spiffworkflow:postScript>@</spiffworkflow:postScript>")),
    "service parameter": _task(_extension(_PARAMETER), "serviceTask"),
    "decision input": _RULE,
    "decision cell": _RULE,
    "decision output": _RULE,
}


def diagram(site: str, text: str) -> etree._Element:
    """Return the diagram of a site with the text in its place."""
    body = SITES[site].replace("@quoted", quoteattr(text)).replace("@", escape(text))
    beside = _CORRELATION.replace("@", escape(text)) if site == "message correlation" else ""
    if site == "signal payload":
        beside = _SIGNAL.replace("@", escape(text))
    return etree.fromstring(
        f'{HEAD}{beside}<bpmn:message id="message" name="message"/>'
        '<bpmn:process id="process" isExecutable="true"><bpmn:startEvent id="start"/>'
        f'{body}<bpmn:endEvent id="end"/>'
        '<bpmn:sequenceFlow id="to_task" sourceRef="start" targetRef="task"/>'
        '<bpmn:sequenceFlow id="to_end" sourceRef="task" targetRef="end"/>'
        "</bpmn:process></bpmn:definitions>"
    )


def table(site: str, text: str) -> etree._Element:
    """Return the decision table the decision sites use."""
    place, shown = site.removeprefix("decision "), escape(text)
    return etree.fromstring(
        f'<definitions xmlns="{DMN}" id="d" name="d" namespace="n">'
        '<decision id="decision" name="d"><decisionTable id="t" hitPolicy="FIRST">'
        '<input id="i"><inputExpression id="x"><text>'
        f"{shown if place == 'input' else '1'}</text></inputExpression></input>"
        '<output id="o" name="o"/><rule id="r"><inputEntry id="e"><text>'
        f'{shown if place == "cell" else "1"}</text></inputEntry><outputEntry id="v"><text>'
        f"{shown if place == 'output' else '1'}</text></outputEntry></rule>"
        "</decisionTable></decision></definitions>"
    )


def run(site: str, text: str, script_engine: PythonScriptEngine) -> None:
    """Parse and run a site with the stock library; whatever it raises is swallowed."""
    try:
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(diagram(site, text))
        if site.startswith("decision"):
            parser.add_dmn_xml(table(site, text))
        spec = parser.get_spec("process")
        inner = parser.get_subprocess_specs("process")
        workflow = BpmnWorkflow(spec, inner, script_engine=script_engine)
        _finish(workflow)
    except Exception:  # noqa: BLE001 - the library fails in many ways; only what ran matters
        return


def _finish(workflow: Any) -> None:
    workflow.task_tree.data["record"] = {}
    for _ in range(5):
        workflow.do_engine_steps()
        for task in workflow.get_tasks(state=TaskState.READY, manual=True):
            task.run()
    for task in workflow.get_tasks(state=TaskState.READY):
        if isinstance(task.task_spec, ServiceTaskMixin):
            task.run()
