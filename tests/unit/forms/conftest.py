"""The forms of forms_data as fixtures, and answers that fit."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from certflow.core.text import Text
from factories.forms_data import definition

TEMPLATES = Path(__file__).parents[3] / "src/certflow/web/templates"


def say(words, **values):
    return words % values if values else words


@pytest.fixture(scope="module")
def pages():
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    made.globals |= {
        "ngettext": lambda one, many, num, **values: (
            (one if num == 1 else many) % {"num": num, **values}
        ),
        "_": say,
        "t": lambda value: value.zh if isinstance(value, Text) else value,
        "icon": lambda name, label="": Markup("<svg></svg>"),
        "dt": str,
        "day": str,
    }
    return made


@pytest.fixture
def draw(pages):
    def drawn(view):
        source = """{% import "forms/form.html" as forms with context %}
            {{ forms.render_form(view, action="/send", csrf="token", upload_url="/files") }}"""
        return BeautifulSoup(pages.from_string(source).render(view=view), "html.parser")

    return drawn


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
