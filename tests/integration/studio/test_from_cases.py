"""A test made of a finished case goes its way and tells nothing of its people (H5)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from certflow.accounts.models import Organisation, Person, User
from certflow.cases import versions
from certflow.cases.models import Answer
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.files import StoredFile
from certflow.core.text import Text
from certflow.demo.story import Story
from certflow.forms.parts import Field, FormDefinition
from certflow.studio import anonymise, from_cases, scenarios
from certflow.studio.anonymise import Disguise
from factories.cast import START, make_story
from factories.trying import shipped

TITLE = Text("由业务生成", "Made from a case")


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    story = make_story(session)
    for number, user in enumerate(session.scalars(select(User))):
        user.name = f"欧阳测试人{number:02d}"  # a login would be part of some word or other
    for person in session.scalars(select(Person)):
        person.name = session.get_one(User, person.user_id).name
    session.flush()
    return story


@pytest.fixture
def finished(story: Story) -> Story:
    done = replace(story).begin().choose().apply()
    school = f"education/{done.application['education'][0]['id']}"
    done.pre_review("return", [school]).amend().pre_review().pay().accept().assign()
    return done.evaluate().conclude().approve()


def personal(session: Session, story: Story) -> set[str]:
    """Return every value of the case and its people that must not be in a test of it."""
    found = {one.name for one in session.scalars(select(User))}
    found |= {one.id for one in session.scalars(select(StoredFile))}
    found |= {one.name for one in session.scalars(select(Organisation))}
    for person in session.scalars(select(Person)):
        found |= {person.name, person.document_number, person.archive_number, person.phone or ""}
    loaded = versions.loaded(session, story.case.version_id)
    for answer in session.scalars(select(Answer).where(Answer.case_id == story.case_id)):
        if answer.task_form in loaded.forms:  # the self-check's own answer has none
            found |= set(texts(loaded.forms[answer.task_form], answer.data))
    return {one for one in found if len(one) > 1}


def texts(form: FormDefinition, data: dict[str, Any]) -> Iterator[str]:
    """Yield what was typed, dates, and files; not what was chosen from a list."""
    for name, known in form.answered.items():
        value = data.get(name)
        if known.record is not None:
            for row in value or []:
                yield from texts(known.record, row)
        elif known.kind == "review":
            yield from (one["remark"] for one in (value or {}).values() if one.get("remark"))
        elif typed(known):
            yield from (str(one) for one in (value if isinstance(value, list) else [value]) if one)


def typed(known: Field) -> bool:
    free = not known.options and not known.source and known.kind in {"string", "date", "month"}
    return free or known.widget == "file"


def left_over(scenario: dict[str, Any], values: set[str]) -> set[str]:
    told = json.dumps(scenario, ensure_ascii=False)
    return {one for one in values if one in told}


def test_no_personal_value_remains(session: Session, finished: Story) -> None:
    scenario = from_cases.make(session, "registration", finished.case_id, TITLE)
    values = personal(session, finished)
    assert len(values) > 40
    assert left_over(scenario, values) == set()


def test_the_control_without_the_disguise_they_would(
    session: Session, finished: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disguise, "answers", lambda _self, _form, data: dict(data))
    scenario = anonymise.from_case(session, finished.case_id, TITLE)
    assert len(left_over(scenario, personal(session, finished))) > 20


def test_it_goes_the_way_the_case_went(session: Session, finished: Story) -> None:
    scenario = from_cases.make(session, "registration", finished.case_id, TITLE)
    result = scenarios.run_one("registration", shipped()["registration"], "x", scenario)
    assert result.passed, result.why
    assert scenario["expect"]["outcome"] == finished.case.outcome == "registered"
    assert [one["do"] for one in scenario["steps"]].count("pay") == 1
    assert all("then" in one for one in scenario["steps"])


def test_nothing_in_the_list_says_who_it_was(session: Session, finished: Story) -> None:
    (listed,) = from_cases.finished(session, "registration", ())
    assert listed.number == finished.case.number
    assert listed.adds > 10
    assert finished.cast.applicant.name not in repr(listed)


def test_cases_that_add_most_come_first(session: Session, story: Story) -> None:
    short = replace(story).begin().choose().apply().pre_review("reject")
    (listed,) = from_cases.finished(session, "registration", ())
    again = from_cases.finished(session, "registration", [*short.case.visited, short.case.outcome])
    assert listed.adds > again[0].adds == 0


def test_only_what_has_ended_becomes_a_test(session: Session, story: Story) -> None:
    running = replace(story).begin().choose()
    with pytest.raises(Invalid):
        from_cases.make(session, "registration", running.case_id, TITLE)
    with pytest.raises(NotFound):
        from_cases.make(session, "appeal", running.case_id, TITLE)


@pytest.mark.parametrize(
    "told",
    [
        "林知远",
        "13812345678",
        "138 1234 5678",
        "13 81 23 45 67 8",
        "Lin Zhiyuan",
        "示例路 12 号 301 室",
        "K12345678",
    ],
)
def test_a_text_keeps_its_shape_and_nothing_else(told: str) -> None:
    made = anonymise.shaped(told, 1)
    assert made != told
    assert len(made) == len(told)
    assert [one.isdigit() for one in made] == [one.isdigit() for one in told]
    assert not [word for word in told.split() if len(word) > 2 and word in made]


def test_clauses_stay_because_rules_read_them() -> None:
    assert "8.5" in anonymise.shaped("生产部 8.5", 1)
    assert "生产部" not in anonymise.shaped("生产部 8.5", 1)


@pytest.mark.parametrize("day", [START.date(), date(2024, 2, 29), date(2026, 11, 16)])
def test_days_always_move_and_keep_their_weekday(day: date) -> None:
    at, shift = anonymise.moved(day)
    assert shift.days
    assert shift.days % 7 == 0
    assert at.date() + shift == day
