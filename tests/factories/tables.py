"""Decision tables for tests, written row by row."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from certflow.engine.dmn import load_tables
from factories.drawing import START

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(*rules: str, **details: Any) -> bytes:
    """Return a file with one `table`; see there for `details`."""
    return definitions(table(*rules, **details))


def definitions(*decisions: str) -> bytes:
    return f'<definitions xmlns="{MODEL}">{"".join(decisions)}</definitions>'.encode()


def formula(name: str, text: str, *needs: str) -> str:
    inner = f"<literalExpression>{_text(text)}</literalExpression>"
    return f'<decision id="{name}" name="{name}">{_needs(needs)}{inner}</decision>'


def table(
    *rules: str,
    policy: str = "UNIQUE",
    inputs: str = "x",
    outputs: str = "result",
    values: str = "",
    default: str = "",
    aggregation: str = "",
    name: str = "fee",
    needs: tuple[str, ...] = (),
) -> str:
    """Return a table; a rule is "input | input -> output | output", an input "name" or "name: type"."""
    inside = f"<outputValues>{_text(values)}</outputValues>" if values else ""
    inside += f"<defaultOutputEntry>{_text(default)}</defaultOutputEntry>" if default else ""
    heads = "".join(map(_input, inputs.split("|")))
    heads += "".join(
        f'<output name="{one.strip()}">{inside}</output>' for one in outputs.split("|")
    )
    rows = "".join(_rule(number, rule) for number, rule in enumerate(rules))
    total = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<decision id="{name}" name="{name}">{_needs(needs)}'
        f'<decisionTable hitPolicy="{policy}"{total}>{heads}{rows}</decisionTable></decision>'
    )


def decide(source: bytes, **data: object) -> object:
    tables, findings = load_tables({"fee.dmn": source})
    assert findings == []
    return tables["fee"].decide(data, now=START)


def problems(source: bytes) -> list[tuple[str, str]]:
    return [(one.element, one.message.en) for one in load_tables({"fee.dmn": source})[1]]


def _text(text: str) -> str:
    return f"<text>{escape(text.strip())}</text>"


def _needs(names: tuple[str, ...]) -> str:
    return "".join(
        f'<informationRequirement><requiredDecision href="#{name}"/></informationRequirement>'
        for name in names
    )


def _input(head: str) -> str:
    source, _, kind = head.partition(":")
    typed = f" typeRef={quoteattr(kind.strip())}" if kind else ""
    expression = f"<inputExpression{typed}>{_text(source)}</inputExpression>"
    return f"<input label={quoteattr(source.strip())}>{expression}</input>"


def _rule(number: int, rule: str) -> str:
    left, right = rule.split("->")
    cells = "".join(f"<inputEntry>{_text(one)}</inputEntry>" for one in left.split("|"))
    cells += "".join(f"<outputEntry>{_text(one)}</outputEntry>" for one in right.split("|"))
    return f'<rule id="rule_{number}">{cells}</rule>'
