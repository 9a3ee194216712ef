"""Diagrams for the engine's tests, written as elements and arrows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from certflow.engine.definitions import Bundle, Definition, Known, load
from certflow.engine.runner import Run

NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:certflow="http://certflow.org/bpmn"'
)
START = datetime(2026, 3, 1, tzinfo=UTC)


def properties(**values: str) -> str:
    """Return the extension elements that hold our properties."""
    inner = "".join(
        f"<certflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in values.items()
    )
    wrapped = f"<certflow:properties>{inner}</certflow:properties>"
    return f"<bpmn:extensionElements>{wrapped}</bpmn:extensionElements>"


def node(kind: str, name: str, inner: str = "", **attributes: str) -> str:
    """Return one flow node."""
    extra = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<bpmn:{kind} id={quoteattr(name)} name={quoteattr(name)}{extra}>{inner}</bpmn:{kind}>"


def start(name: str = "start") -> str:
    return node("startEvent", name)


def end(name: str = "end", *, terminate: bool = False) -> str:
    return node("endEvent", name, "<bpmn:terminateEventDefinition/>" if terminate else "")


def user(name: str, inner: str = "", **values: str) -> str:
    return node("userTask", name, properties(form=name, **values) + inner)


def service(name: str, operation: str, inner: str = "", **values: str) -> str:
    return node("serviceTask", name, properties(operation=operation, **values) + inner)


def call(name: str, called: str, inner: str = "", **values: str) -> str:
    return node("callActivity", name, properties(**values) + inner, calledElement=called)


def script(name: str, lines: str) -> str:
    return node("scriptTask", name, f"<bpmn:script>{escape(lines)}</bpmn:script>")


def choice(name: str, default: str = "") -> str:
    return node("exclusiveGateway", name, **({"default": default} if default else {}))


def parallel(name: str) -> str:
    return node("parallelGateway", name)


def repeated(collection: str = "", *, sequential: bool = False, inner: str = "") -> str:
    """Return loop characteristics; `collection` and `item` may also be properties."""
    listed = f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>" if collection else ""
    kind = "bpmn:multiInstanceLoopCharacteristics"
    return f'<{kind} isSequential="{str(sequential).lower()}">{listed}{inner}</{kind}>'


def timer(text: str, kind: str = "timeDuration") -> str:
    inner = f"<bpmn:{kind}>{escape(text)}</bpmn:{kind}>"
    return f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>"


def message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="message_{name}"/>'


def catch(name: str, inner: str) -> str:
    return node("intermediateCatchEvent", name, inner)


def edge(name: str, on: str, inner: str, *, interrupting: bool = True) -> str:
    cancel = str(interrupting).lower()
    return node("boundaryEvent", name, inner, attachedToRef=on, cancelActivity=cancel)


def arrows(*lines: str) -> str:
    """Return flows: "a -> b -> c", with a condition "a -> b ? x > 1"; the id is a_to_b."""
    flows = []
    for line in lines:
        way, _, condition = line.partition("?")
        places = [place.strip() for place in way.split("->")]
        for source, target in pairwise(places):
            inner = (
                f"<bpmn:conditionExpression>{escape(condition.strip())}</bpmn:conditionExpression>"
            )
            flows.append(
                f'<bpmn:sequenceFlow id="{source}_to_{target}" sourceRef="{source}" '
                f'targetRef="{target}">{inner if condition else ""}</bpmn:sequenceFlow>'
            )
    return "".join(flows)


def bpmn(*parts: str, lane: str = "reviewer", messages: tuple[str, ...] = ()) -> bytes:
    """Return a file with one process; all its user tasks stand in one lane."""
    body = "".join(parts)
    known = "".join(f'<bpmn:message id="message_{one}" name="{one}"/>' for one in messages)
    people = body.split('<bpmn:userTask id="')[1:]
    refs = "".join(
        f"<bpmn:flowNodeRef>{one.split(chr(34))[0]}</bpmn:flowNodeRef>" for one in people
    )
    lanes = f'<bpmn:laneSet id="lanes"><bpmn:lane id="{lane}" name="审查">{refs}</bpmn:lane></bpmn:laneSet>'
    return (
        f"<bpmn:definitions {NAMESPACES}>{known}"
        f'<bpmn:process id="process" name="试验" isExecutable="true">{lanes}{body}</bpmn:process>'
        "</bpmn:definitions>"
    ).encode()


FORMS = frozenset({"apply", "review", "fix", "one", "two", "ask", "vote", "inner", "late"})
KNOWN = Known(
    roles=frozenset({"reviewer", "applicant"}),
    operations=frozenset({"notify", "fail"}),
    forms=FORMS,
    services={"appeal": frozenset({"complaint"}), "complaint": frozenset(), "back": frozenset()},
)


def definition(source: bytes, tables: Mapping[str, bytes] | None = None) -> Definition:
    return load(Bundle("process", source, tables or {}), KNOWN)


class Case:
    """A host that notes what was asked of it, with a clock that tests move."""

    def __init__(self) -> None:
        self.at = START
        self.done: list[tuple[str, dict[str, object]]] = []
        self.answers: dict[str, dict[str, object]] = {}
        self.called: list[tuple[str, dict[str, object]]] = []

    def now(self) -> datetime:
        return self.at

    def wait(self, **length: float) -> None:
        self.at += timedelta(**length)

    def perform(
        self, operation: str, parameters: Mapping[str, object], data: Mapping[str, object]
    ) -> Mapping[str, object] | None:
        if operation == "fail":
            raise ValueError("the printer is on fire")
        self.done.append((operation, dict(parameters)))
        return self.answers.get(operation)

    def call(self, service: str, given: Mapping[str, object]) -> int:
        if service == "back":
            raise ValueError("nobody is there")
        self.called.append((service, dict(given)))
        return len(self.called)


class Walk:
    """A run that is stored and restored after every single action."""

    def __init__(self, source: bytes | Definition, **data: object) -> None:
        self.host = Case()
        self.definition = source if isinstance(source, Definition) else definition(source)
        self.events: list[tuple[str, str]] = []
        self.run = Run.start(self.definition, data, self.host)
        self._turn()

    def _turn(self) -> None:
        self.events += [(one.element, one.kind) for one in self.run.log]
        self.run = Run.restore(self.definition, self.run.dump(), self.host)

    def do(self, element: str, *, nth: int = 0, **data: object) -> "Walk":
        found = [task for task in self.run.open_tasks if task.element == element]
        self.run.complete(found[nth].id, data)
        self._turn()
        return self

    def fire(self, element: str) -> "Walk":
        found = next(one for one in self.run.timers if one.element == element)
        self.run.fire(found.id)
        self._turn()
        return self

    def send(self, name: str, **data: object) -> "Walk":
        self.run.send(name, data)
        self._turn()
        return self

    def give_back(self, called: int, **result: object) -> "Walk":
        (found,) = (one for one in self.run.calls if one.case == called)
        self.run.give_back(found.id, result)
        self._turn()
        return self

    @property
    def open(self) -> list[str]:
        return [task.element for task in self.run.open_tasks]

    @property
    def timers(self) -> list[str]:
        return [one.element for one in self.run.timers]
