"""How many decisions a second a table of 500 rows makes: compiled by us, and by SpiffWorkflow.

    python -m benchmarks.decisions [--quick]

One DMN file, read by our loader and by SpiffWorkflow's own parser and engine, asked the same
questions in turn in the same process; every answer is compared. The cells are such that both
languages read them alike (texts, `>=`, `<`, empty), the policy is COLLECT, so that each must look
at every row. The stock engine is asked directly, without a workflow around it, which favours it.
CPU time, median of the rounds. The last line is JSON.
"""

import argparse
import json
import logging
import random
import time
from collections.abc import Callable, Sequence
from statistics import median
from types import SimpleNamespace
from xml.sax.saxutils import escape

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser

from certflow.engine.dmn import load_tables

ROWS = 500
MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
INPUTS = ("field", "grade", "hours", "days")
OUTPUTS = ("rule", "required")
Question = dict[str, object]
Answer = list[tuple[object, object]]


def table(rows: int = ROWS) -> bytes:
    """Return a table as rule books grow: 25 fields, both grades, hours and days of every size."""
    heads = "".join(
        f'<input id="{name}" label="{name}"><inputExpression id="{name}_e"><text>{name}</text>'
        "</inputExpression></input>"
        for name in INPUTS
    )
    heads += "".join(f'<output id="{name}" name="{name}" label="{name}"/>' for name in OUTPUTS)
    return (
        f'<definitions xmlns="{MODEL}" id="book" name="book" namespace="http://certflow.org/dmn">'
        '<decision id="book" name="book"><decisionTable id="book_table" hitPolicy="COLLECT">'
        f"{heads}{''.join(map(_rule, range(rows)))}</decisionTable></decision></definitions>"
    ).encode()


def _rule(number: int) -> str:
    tests = (
        f'"F{number % 25}"' if number % 10 else "",
        ("", '"intern"', '"formal"')[number % 3],
        f">= {number % 60}",
        f"< {90 + number % 40}" if number % 4 else "",
    )
    results = (f'"rule {number}"', str(number % 17))
    cells = "".join(_cell("inputEntry", f"i{number}_{n}", one) for n, one in enumerate(tests))
    cells += "".join(_cell("outputEntry", f"o{number}_{n}", one) for n, one in enumerate(results))
    return f'<rule id="r{number}">{cells}</rule>'


def _cell(kind: str, name: str, text: str) -> str:
    return f'<{kind} id="{name}"><text>{escape(text)}</text></{kind}>'


def questions(count: int) -> list[Question]:
    """Return questions that always come in the same order."""
    dice = random.Random(20260301)
    return [
        {
            "field": f"F{dice.randrange(25)}",
            "grade": dice.choice(("intern", "formal")),
            "hours": dice.randrange(70),
            "days": dice.randrange(140),
        }
        for _ in range(count)
    ]


def ours(source: bytes) -> Callable[[Question], Answer]:
    """Return our compiled table as a function."""
    tables, findings = load_tables({"book.dmn": source})
    if findings:
        raise SystemExit(str(findings[0]))

    def ask(question: Question) -> Answer:
        rows = tables["book"].decide(question)
        return [(row["rule"], row["required"]) for row in rows]  # type: ignore[attr-defined]

    return ask


def stock(source: bytes) -> Callable[[Question], Answer]:
    """Return SpiffWorkflow's reading of the same table as a function."""
    parser = BpmnDmnParser()
    parser.add_dmn_xml(etree.fromstring(source))
    engine = parser.get_engine("book", None)
    workflow = SimpleNamespace(script_engine=PythonScriptEngine())

    def ask(question: Question) -> Answer:
        found = engine.result(SimpleNamespace(data=dict(question), workflow=workflow))
        return list(zip(found.get("rule", []), found.get("required", []), strict=True))

    return ask


def spent(ask: Callable[[Question], Answer], asked: Sequence[Question]) -> float:
    """Return the CPU seconds of one decision."""
    before = time.process_time()
    for question in asked:
        ask(question)
    return (time.process_time() - before) / len(asked)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    rounds = 5 if arguments.parse_args().quick else 15
    logging.disable(logging.CRITICAL)
    source, asked = table(), questions(1_000)
    before = time.process_time()
    mine = ours(source)
    print(
        f"our table of {ROWS} rows is compiled and checked in {time.process_time() - before:.2f} s"
    )
    theirs = stock(source)
    hits = 0
    for question in asked[:50]:
        answer = mine(question)
        hits += len(answer)
        if answer != theirs(question):
            raise SystemExit(f"the two differ about {question}")
    print(f"50 questions answered alike, {hits / 50:.0f} rows apply to one")
    fast = median(spent(mine, asked) for _ in range(rounds))
    slow = median(spent(theirs, asked[:20]) for _ in range(rounds))
    print(f"one decision: {fast * 1e6:.0f} us compiled, {slow * 1e6:.0f} us by the stock engine")
    result = {
        "per_second": round(1 / fast),
        "stock_per_second": round(1 / slow, 1),
        "ratio": round(slow / fast, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
