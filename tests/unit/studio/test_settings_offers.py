"""What the settings may name: also what a decision table of the diagram finds out."""

import copy
from pathlib import Path

from certflow.app import find_processes
from certflow.cases import versions
from certflow.cases.paying import fee_key
from certflow.core.text import Text
from certflow.studio.settings_offers import offers, values

ROOT = Path(__file__).parents[3]

find_processes()
TRANSFER = versions.read_folder(ROOT, "transfer")


def test_a_fee_can_go_by_a_column_of_a_decision():
    content = copy.deepcopy(TRANSFER)
    assert "busy.result" not in dict(offers(content)["variables"])
    content["tables"]["levels"] = LEVELS
    content["bpmn"] = content["bpmn"].replace(
        "</bpmn:process>",
        '<bpmn:businessRuleTask id="ask" name="定档次"><bpmn:extensionElements>'
        '<certflow:properties><certflow:property name="decision" value="levels" />'
        '<certflow:property name="result" value="busy" /></certflow:properties>'
        "</bpmn:extensionElements></bpmn:businessRuleTask></bpmn:process>",
    )
    assert dict(offers(content)["variables"])["busy.result"].zh == "档次：result（busy.result）"


def test_steps_are_offered_under_their_names_in_both_languages():
    registration = versions.read_folder(ROOT, "registration")
    found = offers(registration)
    assert dict(found["tasks"])["accept"] == Text("受理审查", "Acceptance check")
    assert set(registration["service"]["withdraw_until"]) <= set(dict(found["stages"]))


def test_a_fee_offers_the_values_of_what_it_goes_by():
    registration = versions.read_folder(ROOT, "registration")
    prices = registration["service"]["fee"]
    assert set(prices["amounts"]) <= set(dict(values(registration)[prices["by"]]))


def test_the_price_is_found_by_a_variable_by_a_column_or_is_one_for_all():
    data = {"mode": "first", "level": {"result": "large"}}
    assert fee_key({"fee": {"by": "mode"}}, "hall", data) == "hall/first"
    assert fee_key({"fee": {"by": "level.result"}}, "hall", data) == "hall/large"
    assert fee_key({"fee": {}}, "hall", data) == "hall"


LEVELS = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
    'namespace="n"><decision id="levels" name="档次"><decisionTable id="t" hitPolicy="UNIQUE">'
    '<input id="i" label="人数"><inputExpression id="e" typeRef="number"><text>people</text>'
    '</inputExpression></input><output id="o" name="result" typeRef="string" /><rule id="r">'
    '<inputEntry id="a"><text>-</text></inputEntry><outputEntry id="b"><text>"large"</text>'
    "</outputEntry></rule></decisionTable></decision></definitions>"
)
