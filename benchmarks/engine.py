"""What one action on a case costs the engine: restore the run, do the action, store it.

    python -m benchmarks.engine [--quick]

The registration process is walked by our engine room, and by SpiffWorkflow as it comes with its
own serializer, in turn in the same process. The stock engine cannot run our operations and
decision tables: there, a script with their ready results stands in (which favours it).
CPU time, median of the actions of all walks. The last line is JSON.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition

from certflow.engine import diagram, xml
from certflow.engine.definitions import Bundle, Definition, Known, load
from certflow.engine.runner import Run

FOLDER = Path(__file__).parents[1] / "bpmn" / "registration"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FACTS = {"grade": "none", "intern_months": 0, "applied_day": "2026-03-01", "opens_on": None}
EXPERTS = ["甲", "乙", "丙"]
# What the operations of the process give back, by the last part of their names.
ANSWERS: dict[str, dict[str, object]] = {
    "gather_facts": {"facts": FACTS},
    "judge_conditions": {"eligible": True},
    "start_deadline": {"evaluation_reminder": "2099-01-01T00:00:00+00:00"},
    "switch_deadlines": {
        "correction_reminder": "2099-01-01T00:00:00+00:00",
        "correction_due": "2099-02-01T00:00:00+00:00",
    },
    "tally_reviews": {"declined": 0, "round": 0},
}
Action = tuple[str, dict[str, object]]


def story(rounds: int) -> Iterator[Action]:
    """Return the actions of a registration with so many corrective rounds."""
    yield "choose", {"mode": "first_intern", "field": "QMS"}
    yield "apply", {}
    yield "pre_review", {"pre_review_outcome": "agree"}
    yield "payment_received", {}
    yield "accept", {"accept_outcome": "accept"}
    yield "assign_experts", {"experts": EXPERTS}
    for left in range(rounds, -1, -1):
        yield from (("evaluate", {}) for _ in EXPERTS)
        yield "conclude", {"conclude_outcome": "correct" if left else "pass"}
        if left:
            yield "correct", {}
    yield "approve", {"approve_outcome": "approve"}


class Host:
    """A case that answers at once."""

    def now(self) -> datetime:
        return NOW

    def perform(
        self, operation: str, parameters: Mapping[str, object], data: Mapping[str, object]
    ) -> Mapping[str, object] | None:
        del parameters, data
        return ANSWERS.get(operation.rsplit(".", maxsplit=1)[-1])

    def call(self, service: str, given: Mapping[str, object]) -> int:
        raise LookupError(service, given)


def our_definition() -> Definition:
    """Load the process; all names it uses are taken as known."""
    source = (FOLDER / "registration.bpmn").read_bytes()
    root = xml.parse(source)
    elements = diagram.read(root, diagram.processes(root)[0]).elements.values()
    known = Known(
        roles=frozenset(one.lane for one in elements),
        operations=frozenset(one.properties.get("operation", "") for one in elements),
        forms=frozenset(one.form for one in elements),
    )
    tables = {file.name: file.read_bytes() for file in FOLDER.glob("*.dmn")}
    return load(Bundle("registration", source, tables), known)


class Ours:
    """The engine room."""

    def __init__(self) -> None:
        self.definition, self.host = our_definition(), Host()

    def start(self) -> bytes:
        return Run.start(self.definition, {}, self.host).dump()

    def act(self, stored: bytes, name: str, data: dict[str, object]) -> bytes:
        run = Run.restore(self.definition, stored, self.host)
        if name == "payment_received":
            run.send(name, data)
        else:
            run.complete(next(one.id for one in run.open_tasks if one.element == name), data)
        return run.dump()

    def finished(self, stored: bytes) -> bool:
        return Run.restore(self.definition, stored, self.host).finished


class Stock:
    """SpiffWorkflow with its own parser, script engine and serializer."""

    def __init__(self) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(stock_diagram())
        self.spec = parser.get_spec("registration")
        self.serializer = BpmnWorkflowSerializer()

    def start(self) -> str:
        workflow = BpmnWorkflow(self.spec)
        workflow.do_engine_steps()
        return self.serializer.serialize_json(workflow)

    def act(self, stored: str, name: str, data: dict[str, object]) -> str:
        workflow = self.serializer.deserialize_json(stored)
        if name == "payment_received":
            workflow.send_event(BpmnEvent(MessageEventDefinition(name), payload=data))
        else:
            ready = workflow.get_tasks(state=TaskState.READY, manual=True)
            task = next(one for one in ready if one.task_spec.bpmn_id == name)
            task.data.update(data)
            task.run()
        workflow.do_engine_steps()
        return self.serializer.serialize_json(workflow)

    def finished(self, stored: str) -> bool:
        return bool(self.serializer.deserialize_json(stored).is_completed())


def stock_diagram() -> etree._Element:
    """Return the same diagram with scripts where the stock engine lacks what ours has."""
    root = xml.parse((FOLDER / "registration.bpmn").read_bytes())
    for kind in ("serviceTask", "businessRuleTask"):
        for node in list(root.iter(xml.bpmn(kind))):
            operation = diagram.properties_of(node).get("operation", "").rsplit(".", maxsplit=1)[-1]
            answers = ANSWERS.get(operation, {})
            if kind == "businessRuleTask":
                answers = {diagram.properties_of(node)["result"]: [{"rule": "none"}]}
            lines = [f"{name} = {value!r}" for name, value in answers.items()]
            node.tag = xml.bpmn("scriptTask")
            script = etree.SubElement(node, xml.bpmn("script"))
            # The stock engine refuses to repeat a task whose item is left over from last time.
            script.text = "\n".join([*lines, "globals().pop('evaluator', None)"])
    return root


def walk(engine: Ours | Stock, rounds: int) -> list[float]:
    """Walk a whole case; return the CPU milliseconds of each action."""
    stored, spent = engine.start(), []
    for name, data in story(rounds):
        before = time.process_time()
        stored = engine.act(stored, name, data)  # type: ignore[arg-type]
        spent.append((time.process_time() - before) * 1000)
    if not engine.finished(stored):  # type: ignore[arg-type]
        raise SystemExit(f"{type(engine).__name__} did not finish the case")
    return spent


def lately(engine: Ours, rounds: int) -> float:
    """Return what an action costs at the end of a case of so many rounds."""
    spent = walk(engine, rounds)
    return median(spent[-52:-2])


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    cases = 10 if arguments.parse_args().quick else 40
    logging.disable(logging.CRITICAL)
    ours, stock = Ours(), Stock()
    walk(ours, 1), walk(stock, 1)
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(cases):
        mine += walk(ours, 1)
        theirs += walk(stock, 1)
    if cases > 10:
        grown = median(walk(stock, 30)[-10:])
        print(f"control: after 30 rounds the stock engine takes {grown:.1f} ms")
    print(f"{cases} cases of {sum(1 for _ in story(1))} actions each, by both engines")
    measured: Callable[[int], float] = lambda rounds: round(lately(ours, rounds), 3)  # noqa: E731
    result = {
        "ms_per_action": round(median(mine), 3),
        "stock_ms_per_action": round(median(theirs), 3),
        "ratio": round(median(theirs) / median(mine), 1),
        "rounds": {str(rounds): measured(rounds) for rounds in (10, 100, 1000)},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
