"""Hostile definitions and files against our guards: how many got through?

    python -m benchmarks.hostile [--quick]

tried: attacks x the places they can stand in. executed: Python ran what a diagram says (an audit
hook and a canary watch). accepted: it was published and ran without being stopped. A control shows
that the same attacks do run on the stock engine. The last line is JSON.
"""

import argparse
import contextlib
import gc
import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from benchmarks import stock_sites
from benchmarks.doors import studio
from benchmarks.hostile_corpus import CALLS, EXPRESSIONS, GRAPHS, RUNNING, SCRIPTS, XML
from benchmarks.uploads import uploads
from certflow.core.expressions import ExpressionError, compile_expression
from certflow.engine.definitions import Bundle, DefinitionError, Known, load
from certflow.engine.environment import ExpressionEngine
from certflow.engine.errors import BudgetExceeded, StepFailed
from certflow.engine.runner import Run

CANARY = "CERTFLOW_CANARY"
DANGEROUS = {"os.system", "subprocess.Popen", "os.exec", "socket.connect", "ctypes.dlopen"}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
KNOWN = Known(
    roles=frozenset({"reviewer"}),
    operations=frozenset({"notify"}),
    forms=frozenset({"apply"}),
    services={"sound": frozenset(), **CALLS},
)
Result = tuple[int, int, int]


class Watch:
    """Sees when Python runs text, or the process reaches outside."""

    def __init__(self) -> None:
        self.armed = self.seen = False
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.armed:
            return
        ran = event == "exec" and getattr(arguments[0], "co_filename", "") == "<string>"
        read = event == "open" and str(arguments[0]).startswith("/etc/")
        self.seen = self.seen or ran or read or event in DANGEROUS

    def sees(self, action: Callable[[], object]) -> bool:
        """Tell whether `action` ran something it must not."""
        os.environ.pop(CANARY, None)
        self.armed, self.seen = True, False
        try:
            action()
        finally:
            self.armed = False
        return self.seen or os.environ.pop(CANARY, None) is not None


class Host:
    """A case that does nothing."""

    def now(self) -> datetime:
        return NOW

    def perform(self, *_: object) -> None:
        return None

    def call(self, *_: object) -> int:
        return 1


def published_and_run(bundle: Bundle) -> bool:
    """Tell whether a bundle could be published and its run was not stopped."""
    try:
        run = Run.start(load(bundle, KNOWN), {"record": {"a": 1}, "rows": [1, 2]}, Host())
        for task in run.open_tasks:
            # A case computes who a task is for.
            compile_expression(task.properties.get("assignee", "null")).evaluate(run.data)
            run.complete(task.id, {})
    except (DefinitionError, StepFailed, BudgetExceeded, ExpressionError):
        return False
    return True


HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:certflow="http://certflow.org/bpmn"><bpmn:process id="process" isExecutable="true">'
    '<bpmn:laneSet id="l"><bpmn:lane id="reviewer"><bpmn:flowNodeRef>x</bpmn:flowNodeRef>'
    '</bpmn:lane></bpmn:laneSet><bpmn:startEvent id="start"/>'
)
TAIL = (
    '<bpmn:endEvent id="end"/><bpmn:sequenceFlow id="in" sourceRef="start" targetRef="x"/>'
    '<bpmn:sequenceFlow id="out" sourceRef="x" targetRef="end"/></bpmn:process></bpmn:definitions>'
)
SEVERAL = "bpmn:multiInstanceLoopCharacteristics"


def _held(kind: str, inner: str, **properties: str) -> str:
    """Return one element x with properties; `@` and `@quoted` stand for the attack."""
    values = "".join(
        f"<certflow:property name={quoteattr(name)} value={value}/>"
        for name, value in properties.items()
    )
    extension = f"<certflow:properties>{values}</certflow:properties>" if values else ""
    held = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    return f'<bpmn:{kind} id="x">{held}{inner}</bpmn:{kind}>'


def _timer(kind: str) -> str:
    inner = f"<bpmn:{kind}>@</bpmn:{kind}>"
    return _held(
        "intermediateCatchEvent", f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>"
    )


PLACES = {
    "condition": (
        '<bpmn:exclusiveGateway id="x" default="out"/><bpmn:endEvent id="other"/>'
        '<bpmn:sequenceFlow id="maybe" sourceRef="x" targetRef="other">'
        "<bpmn:conditionExpression>@</bpmn:conditionExpression></bpmn:sequenceFlow>"
    ),
    "duration": _timer("timeDuration"),
    "date": _timer("timeDate"),
    "cycle": _timer("timeCycle"),
    "assignment": _held("scriptTask", "<bpmn:script>y = @</bpmn:script>"),
    "parameter": _held("serviceTask", "", operation='"notify"', to="@quoted"),
    "called service": _held("callActivity", "", result='"child"').replace(
        'id="x"', 'id="x" calledElement=@quoted'
    ),
    "given to a called service": _held(
        "callActivity", "", result='"child"', about="@quoted"
    ).replace('id="x"', 'id="x" calledElement="sound"'),
    "assignee": _held("userTask", "", form='"apply"', assignee="@quoted"),
    "cardinality": _held(
        "userTask",
        f"<{SEVERAL}><bpmn:loopCardinality>@</bpmn:loopCardinality></{SEVERAL}>",
        form='"apply"',
    ),
    "collection": _held("userTask", f"<{SEVERAL}/>", form='"apply"', collection="@quoted"),
    "completion": _held(
        "userTask",
        f"<{SEVERAL}><bpmn:completionCondition>@</bpmn:completionCondition></{SEVERAL}>",
        form='"apply"',
        collection='"rows"',
    ),
}
TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="d">'
    '<decisionTable id="t" hitPolicy="COLLECT"><input><inputExpression><text>{0}</text>'
    '</inputExpression></input><output name="o"/><rule id="r"><inputEntry><text>{1}</text>'
    "</inputEntry><outputEntry><text>{2}</text></outputEntry></rule></decisionTable></decision>"
    "</definitions>"
)
RULE = HEAD + _held("businessRuleTask", "", decision='"d"', result='"y"') + TAIL


def placed(place: str, attack: str) -> Bundle | None:
    """Return a bundle with the attack in a place; None if XML itself cannot hold the text."""
    if "\x00" in attack:
        return None
    body = PLACES[place].replace("@quoted", quoteattr(attack)).replace("@", escape(attack))
    return Bundle("process", (HEAD + body + TAIL).encode())


def bundles() -> Iterable[Bundle]:
    """Return every attack in every place of a diagram, a decision table and a form."""
    plain = (HEAD + PLACES["condition"].replace("@", "1 == 2") + TAIL).encode()
    for attack in EXPRESSIONS:
        yield from (one for place in PLACES if (one := placed(place, attack)))
        if "\x00" not in attack:
            for cell in range(3):
                cells = [escape(attack) if cell == n else "1" for n in range(3)]
                yield Bundle("process", RULE.encode(), {"d": TABLE.format(*cells).encode()})
        if _static(attack):
            for form in ({"visible_if": attack}, {"decides": {"y": attack}}):
                yield Bundle("process", plain, {}, {"apply": form})
    for script in SCRIPTS:
        inner = f"<bpmn:script>{escape(script)}</bpmn:script>"
        yield Bundle("process", (HEAD + _held("scriptTask", inner) + TAIL).encode())


def _static(attack: str) -> bool:
    """Tell whether publishing alone must refuse the text: it is not in the language at all.

    The others are sentences of the language (1 / 0, an unknown name) that fail when computed.
    """
    try:
        compile_expression(attack)
    except ExpressionError:
        return True
    return False


def _judged(watch: Watch, items: Iterable[Bundle]) -> Result:
    tried = executed = accepted = 0
    for bundle in items:
        through: list[bool] = []
        executed += watch.sees(lambda b=bundle, t=through: t.append(published_and_run(b)))  # type: ignore[misc]
        accepted += through[0]
        tried += 1
        if through[0] and "-v" in sys.argv:
            print("ACCEPTED", bundle.bpmn[-400:], bundle.tables)
    return tried, executed, accepted


def expressions(watch: Watch) -> Result:
    """Attacks in every place where an author may write."""
    return _judged(watch, bundles())


def files(watch: Watch) -> Result:
    """Hostile XML as diagram and as decision table, and hostile graphs."""
    plain = (HEAD + PLACES["condition"].replace("@", "1 == 2") + TAIL).encode()
    asked = [Bundle("process", source) for source in [*XML.values(), *GRAPHS.values()]]
    shaped = {"no process", "two processes", "not executable", "other namespace", "html", "svg"}
    tables = [source for name, source in XML.items() if name not in shaped]
    return _judged(watch, [*asked, *(Bundle("process", plain, {"d": one}) for one in tables)])


def call_sites(watch: Watch, engine: PythonScriptEngine | None = None) -> Result:
    """All places where SpiffWorkflow evaluates, with our environment (or another engine) in them."""
    used = engine or ExpressionEngine(lambda: NOW)
    executed = sum(
        watch.sees(lambda s=site, a=attack: stock_sites.run(s, a, used))  # type: ignore[misc]
        for site in stock_sites.SITES
        for attack in RUNNING
    )
    return len(stock_sites.SITES) * len(RUNNING), executed, 0


def messages(watch: Watch) -> Result:
    """Attacks as values: what a person fills in or a message brings is never computed."""
    inner = '<bpmn:messageEventDefinition messageRef="m"/>'
    source = (HEAD + _held("intermediateCatchEvent", inner) + TAIL).replace(
        "<bpmn:process", '<bpmn:message id="m" name="paid"/><bpmn:process', 1
    )
    made = load(Bundle("process", source.encode()), KNOWN)

    def deliver(attack: str) -> None:
        run = Run.start(made, {"title": attack}, Host())
        run = Run.restore(made, run.dump(), Host())
        run.send("paid", {"note": attack, "typename": "UUID", "value": attack})

    executed = sum(watch.sees(lambda a=attack: deliver(a)) for attack in EXPRESSIONS)  # type: ignore[misc]
    return len(EXPRESSIONS), executed, 0


def uploaded(watch: Watch) -> Result:
    """Hostile files, as the uploads benchmark judges them."""
    del watch
    return uploads()


# A group takes the watch and returns tried, executed, accepted. Add further groups here.
GROUPS: list[Callable[[Watch], Result]] = [
    expressions,
    files,
    messages,
    call_sites,
    uploaded,
    studio,
]


def main() -> None:
    """Try everything and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="the whole corpus is quick")
    arguments.add_argument("-v", action="store_true", help="show what was accepted")
    arguments.parse_args()
    logging.disable(logging.CRITICAL)
    watch = Watch()
    stock_sites.run("condition", "1", ExpressionEngine(lambda: NOW))  # imports what it needs
    with contextlib.redirect_stdout(io.StringIO()):
        tried, ran, _ = call_sites(watch, PythonScriptEngine())
    gc.collect()  # what the control left behind runs now, not while ours is watched
    print(f"control: the stock engine executed {ran} of {tried}")
    if not ran:
        raise SystemExit("the control executed nothing: the watch is blind")
    total = [0, 0, 0]
    for group in GROUPS:
        before = time.perf_counter()
        result = group(watch)
        total = [one + more for one, more in zip(total, result, strict=True)]
        spent = time.perf_counter() - before
        print(
            f"{group.__name__}: tried {result[0]}, executed {result[1]}, accepted {result[2]}, {spent:.1f} s"
        )
    print(json.dumps(dict(zip(("tried", "executed", "accepted"), total, strict=True))))


if __name__ == "__main__":
    main()
