"""What is typed to narrow a list stands in no address (J2; web/narrowing.py)."""

import re
from pathlib import Path

import pytest

from certflow import web
from certflow.accounts.models import User
from certflow.core.db import Session
from factories.browser import Browser
from factories.probing.planted import urls

TEMPLATES = Path(web.__file__).parent / "templates"
CASES = "/office/cases"
NAME = "林知远"


@pytest.fixture
def reviewer(session: Session, story, browse) -> Browser:
    story.begin().choose().apply().pre_review().pay()
    session.get_one(User, story.cast.applicant.user_id).name = NAME
    return browse("gu.nanqiao")


def narrowed(reviewer: Browser, words: str, at: str = CASES) -> str:
    """Type words into the field of a list; return where that leads."""
    answer = reviewer.post("/narrow", q=words, at=at)
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_list_is_narrowed_by_a_name_that_no_address_holds(reviewer, story) -> None:
    address = narrowed(reviewer, NAME, f"{CASES}?state=open&page=3")
    assert re.fullmatch(rf"{CASES}\?state=open&q=~[\w-]+", address)
    page = reviewer.get(address)
    assert story.case.number in page.text
    assert f'value="{NAME}"' in page.text
    assert [one for one in urls(page) if "q=" in one]
    assert not [one for one in urls(page) if NAME in one]


def test_a_list_narrowed_by_somebody_else_is_empty(reviewer, story) -> None:
    assert story.case.number not in reviewer.get(narrowed(reviewer, "何映雪")).text


def test_no_search_field_puts_its_words_into_the_address() -> None:
    forms = [
        (path.name, form)
        for path in TEMPLATES.rglob("*.html")
        for form in re.findall(r"<form[^>]*role=.search[^>]*>", path.read_text())
    ]
    assert forms
    assert [one for one in forms if 'method="post"' not in one[1]] == []


@pytest.mark.parametrize("made_up", ["~", "~x", "~AAAA", "~" + "A" * 80])
def test_words_that_were_made_up_narrow_nothing(reviewer, story, made_up) -> None:
    assert story.case.number in reviewer.get(CASES, query_string={"q": made_up}).text


@pytest.mark.parametrize("at", ["", "https://evil.example/", "//evil.example/x", "/\\evil.example"])
def test_the_way_back_stays_on_the_site(reviewer, at) -> None:
    assert narrowed(reviewer, "", at) == "/"
