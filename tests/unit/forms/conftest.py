"""The forms of forms_data as fixtures, and answers that fit."""

import pytest

from factories.forms_data import definition


@pytest.fixture(scope="session")
def apply():
    return definition("apply")


@pytest.fixture(scope="session")
def evaluate():
    return definition("evaluate")


@pytest.fixture(scope="session")
def correct():
    return definition("correct")


@pytest.fixture
def row():
    return {
        "id": "r1",
        "organisation": "北川样例化工",
        "started_on": "2025-09-08",
        "ended_on": "2025-09-11",
        "kind": "initial",
        "days": 4,
        "files": ["f1"],
    }


@pytest.fixture
def answers(row):
    second = {**row, "id": "r2", "organisation": "云台示例电子", "source": "lib2"}
    return {"mode": "upgrade", "reason": "已满一年", "agreed": True, "audit": [row, second]}
