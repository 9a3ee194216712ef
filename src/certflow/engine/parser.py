"""SpiffWorkflow's parser, taught our node types and nothing else."""

from typing import Any, Final

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    ReceiveTaskParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import (
    ConditionalGatewayParser,
    GatewayParser,
    ScriptTaskParser,
    SubprocessParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from certflow.engine import specs
from certflow.engine.instances import RepeatedTask

# The stock parser looks for a task with boundary events under this name.
EDGE: Final = ".BoundaryEventSplit"


class _Wiring:
    """How boundary events and repeated tasks are wired, in place of the stock splits and joins."""

    def _add_boundary_event(self: Any, children: list[etree._Element]) -> object:
        attached = specs.Attached(self.spec, f"{self.bpmn_id}{EDGE}")
        attached.bpmn_id = None
        attached.connect(self.task)
        for event in children:
            attached.connect(self.process_parser.parse_node(event))
        return attached

    def _add_multiinstance_task(self: Any, loop: etree._Element) -> None:
        original = self.spec.task_specs.pop(self.task.name)
        self.task = RepeatedTask(self.spec, original.name, "")
        self._copy_task_attrs(original, loop)


class _Task(_Wiring, TaskParser):  # type: ignore[misc]
    pass


class _Script(_Wiring, ScriptTaskParser):  # type: ignore[misc]
    pass


class _Choice(_Wiring, ConditionalGatewayParser):  # type: ignore[misc]
    pass


class _Receive(_Wiring, ReceiveTaskParser):  # type: ignore[misc]
    pass


class _End(EndEventParser):  # type: ignore[misc]
    """The stock end event leads to a join that looks for unfinished tasks; ours just ends."""

    def create_task(self) -> object:
        task = super().create_task()
        task.outputs = []
        self.spec.end.inputs = [one for one in self.spec.end.inputs if one is not task]
        return task


class _SubProcess(_Wiring, TaskParser):  # type: ignore[misc]
    """An embedded sub-process is parsed with its own graph; its tokens run inside a scope."""

    def create_task(self) -> object:
        SubprocessParser.get_subprocess_spec(self)
        return super().create_task()


class DiagramParser(BpmnParser):  # type: ignore[misc]
    """Knows exactly the elements that the linter lets through."""

    PARSER_CLASSES = {  # noqa: RUF012 - the stock class's attribute
        full_tag("startEvent"): (StartEventParser, specs.StartEvent),
        full_tag("endEvent"): (_End, specs.EndEvent),
        full_tag("userTask"): (_Task, specs.UserTask),
        full_tag("serviceTask"): (_Task, specs.ServiceTask),
        full_tag("businessRuleTask"): (_Task, specs.DecisionTask),
        full_tag("scriptTask"): (_Script, specs.ScriptTask),
        full_tag("receiveTask"): (_Receive, specs.ReceiveTask),
        full_tag("callActivity"): (_Task, specs.CallActivity),
        full_tag("subProcess"): (_SubProcess, specs.SubProcess),
        full_tag("exclusiveGateway"): (_Choice, specs.ExclusiveGateway),
        full_tag("parallelGateway"): (GatewayParser, specs.ParallelGateway),
        full_tag("intermediateCatchEvent"): (IntermediateCatchEventParser, specs.CatchEvent),
        full_tag("intermediateThrowEvent"): (IntermediateThrowEventParser, specs.ThrowEvent),
        full_tag("boundaryEvent"): (BoundaryEventParser, specs.BoundaryEvent),
    }


def parse_specs(root: etree._Element, process: str) -> tuple[Any, dict[str, Any]]:
    """Return the process's spec and all node specs by name, those of sub-processes included.

    Raises ValidationException for what SpiffWorkflow cannot wire.
    """
    parser = DiagramParser()
    _bare(root)
    try:
        parser.add_bpmn_xml(root)
        main = parser.get_spec(process)
        nodes = dict(main.task_specs)
        _add_inner(parser, process, nodes)
    except ValidationException:
        raise
    except (KeyError, RecursionError, AttributeError, TypeError, ValueError) as error:
        raise ValidationException(str(error)) from error
    return main, nodes


def _add_inner(parser: DiagramParser, process: str, nodes: dict[str, Any]) -> None:
    """Parse the sub-processes that were found on the way, and those found inside them."""
    done = {process}
    while inner := next((one for one in parser.process_parsers if one not in done), None):
        done.add(inner)
        if inner in nodes:
            spec = parser.get_spec(inner)
            nodes[inner].inner_start = spec.bpmn_start_events[0]
            nodes.update({name: one for name, one in spec.task_specs.items() if name not in nodes})


def _bare(root: etree._Element) -> None:
    """Leave only what runs.

    The stock parser sorts flows by where their targets are drawn: moving a shape must not change
    which condition is asked first. Data associations are pictures to us.
    """
    for node in list(root):
        if node.tag not in (full_tag("process"), full_tag("message")):
            root.remove(node)
    drawn = (full_tag("dataInputAssociation"), full_tag("dataOutputAssociation"))
    for node in list(root.iter(*drawn, full_tag("ioSpecification"))):
        if (parent := node.getparent()) is not None:
            parent.remove(node)
