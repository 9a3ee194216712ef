"""What the editor reads and writes again is what was there: nothing unknown is lost (catalogue H1)."""

import json
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from certflow.engine.diagram import processes, read
from certflow.engine.xml import parse

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path.stem for path in ROOT.glob("bpmn/*/*.bpmn"))
DEFAULTS = {("cancelActivity", "true"), ("isSequential", "false")}
"""What BPMN means when nothing is said; the editor leaves it out."""
STRANGE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:certflow="http://certflow.org/bpmn" xmlns:other="http://example.org/other"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">
 <bpmn:process id="p" isExecutable="true" other:colour="blue">
  <bpmn:documentation>Why it is so</bpmn:documentation>
  <bpmn:userTask id="step" name="步骤">
   <bpmn:extensionElements>
    <certflow:properties><certflow:property name="nobody_knows" value="kept" /></certflow:properties>
    <other:thing size="3"><other:part /></other:thing>
   </bpmn:extensionElements>
   <bpmn:multiInstanceLoopCharacteristics isSequential="true">
    <bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">2</bpmn:loopCardinality>
    <bpmn:completionCondition xsi:type="bpmn:tFormalExpression">enough</bpmn:completionCondition>
   </bpmn:multiInstanceLoopCharacteristics>
  </bpmn:userTask>
 </bpmn:process>
</bpmn:definitions>
"""


def written(diagrams: dict[str, str]) -> dict[str, str]:
    done = subprocess.run(
        ["node", str(ROOT / "tests/factories/roundtrip.mjs")],
        input=json.dumps(diagrams),
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def shape(node: etree._Element) -> tuple[object, ...]:
    """Return a node with all that is in it; the order of different things is of no account."""
    inside = sorted((shape(one) for one in node if isinstance(one.tag, str)), key=repr)
    attributes = sorted(set(node.attrib.items()) - DEFAULTS)
    return node.tag, attributes, (node.text or "").strip(), inside


def differences(before: str, after: str) -> list[str]:
    """Name what two versions of a diagram do not share, "" elements of the whole file."""
    old, new = parse(before.encode()), parse(after.encode())
    found = [] if shape(old) == shape(new) else ["something in the file"]
    reads = [read(one, processes(one)[0]) for one in (old, new)]
    if reads[0].elements != reads[1].elements:
        found.append("an element")
    if reads[0].flows != reads[1].flows:
        found.append("a flow")
    return found


@pytest.fixture(scope="module")
def survived() -> dict[str, str]:
    return written({key: (ROOT / f"bpmn/{key}/{key}.bpmn").read_text() for key in SHIPPED})


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_diagram_is_the_same_after_the_editor(survived: dict[str, str], key: str) -> None:
    assert differences((ROOT / f"bpmn/{key}/{key}.bpmn").read_text(), survived[key]) == []


def test_what_the_panel_has_no_field_for_is_kept() -> None:
    assert differences(STRANGE, written({"strange": STRANGE})["strange"]) == []


@pytest.mark.parametrize(
    ("there", "gone", "said"),
    [
        ('name="nobody_knows" value="kept"', 'name="nobody_knows" value=""', "an element"),
        ('size="3"', "", "something in the file"),
        ("Why it is so", "", "something in the file"),
    ],
)
def test_something_lost_would_be_seen(there: str, gone: str, said: str) -> None:
    assert there in STRANGE
    assert said in differences(STRANGE, STRANGE.replace(there, gone))
