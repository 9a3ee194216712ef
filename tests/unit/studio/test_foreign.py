"""What is taken from a diagram of another tool comes from its tree, whatever its text looks like (H9)."""

import time

import pytest

from certflow.studio.foreign import made_executable, process_name

HEAD = '<d:definitions xmlns:d="http://www.omg.org/spec/BPMN/20100524/MODEL">'
TAIL = "</d:definitions>"


def drawn(attributes: str, before: str = "") -> str:
    return f"{HEAD}{before}<d:process {attributes}/>{TAIL}"


@pytest.mark.parametrize(
    ("attributes", "changed"),
    [
        ('id="a" isExecutable="false"', 'id="a" isExecutable="true"'),
        ("isExecutable = 'false' id='a'", "isExecutable = 'true' id='a'"),
        (
            """name='isExecutable="false"' isExecutable="false\"""",
            """name='isExecutable="false"' isExecutable="true\"""",
        ),
    ],
)
def test_the_one_process_is_marked_to_be_run(attributes: str, changed: str) -> None:
    comment = '<!-- <d:process isExecutable="false"> -->'
    assert made_executable(drawn(attributes, comment)) == drawn(changed, comment)


def test_one_that_runs_already_is_left_alone() -> None:
    assert made_executable(drawn('isExecutable="true"')) is None


def test_its_name_is_read_whatever_stands_in_it() -> None:
    assert process_name(drawn('name="A &gt; B &apos;C&apos;"')) == "A > B 'C'"
    assert process_name(drawn('id="a"')) == ""


def test_a_text_made_to_be_slow_is_read_at_once() -> None:
    hostile = drawn('isExecutable="false"', f"<!-- {'<d:process name ' * 60_000} -->")
    begun = time.process_time()
    made_executable(hostile)
    process_name(hostile)
    assert time.process_time() - begun < 1
