"""Every shipped service can be tried out, and its finished cases become tests (H5)."""

import json

import pytest
from flask import Flask
from sqlalchemy import select

from certflow.accounts.models import Person, User
from certflow.cases.models import Case
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.models import Notice
from certflow.studio import beginning, cast, from_cases, scenario_shape, scenarios
from certflow.studio.performing import own_words
from factories.cast import START
from factories.finished import STORIES
from factories.trying import shipped, walk_to_its_end

ENDS = {
    "annual_confirmation": ("holder", "confirmed"),
    "appeal": ("holder", "upheld"),
    "certificate_cancellation": ("holder", "cancelled"),
    "complaint": ("newcomer", "founded"),
    "data_erasure": ("newcomer", "erased"),
    "exam_regrading": ("newcomer", "kept"),
    "expert_application": ("holder", "appointed"),
    "feedback": ("newcomer", "replied"),
    "organisation_sign_up": ("new_body", "opened"),
    "profile_change": ("newcomer", "changed"),
    "registration": ("newcomer", "registered"),
    "transfer": ("holder", "transferred"),
}
"""Who starts each service in a trial, and where made-up answers lead."""


def test_the_lists_are_whole() -> None:
    assert ENDS.keys() == STORIES.keys() == shipped().keys()


@pytest.mark.parametrize("app_on", ["sqlite"], indirect=True)  # a trial brings its own database
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("key", sorted(ENDS))
def test_made_up_answers_lead_through_every_service(app: Flask, key: str, *, full: bool) -> None:
    who, end = ENDS[key]
    assert who in cast.starters(shipped()[key]["service"]["start_roles"])
    with (
        app.app_context(),
        beginning.fresh(key, shipped()[key], scenario_shape.START, shipped()) as box,
    ):
        assert not box.session.query(Notice.id).count()
        walk_to_its_end(box, who, full=full)
        assert box.the_case.outcome == end


@pytest.mark.parametrize("app_on", ["sqlite"], indirect=True)
@pytest.mark.parametrize("key", sorted(STORIES))
def test_a_finished_case_of_every_service_becomes_a_test_that_passes(
    session: Session, key: str
) -> None:
    clock.freeze(START)
    case = session.get_one(Case, STORIES[key](session))
    assert case.state == "closed"
    scenario = from_cases.make(session, key, case.id, Text("由业务生成", "Made from a case"))
    result = scenarios.run_one(key, shipped()[key], "made", scenario, shipped())
    assert result.passed, (result.why, scenario)
    assert scenario["expect"]["outcome"] == case.outcome
    assert [one for one in numbers_of_people(session) if one in json.dumps(scenario)] == []


def numbers_of_people(session: Session) -> set[str]:
    """Return what tells somebody apart: document, phone, certificates, tickets."""
    people = session.scalars(select(Person)).all()
    found = {one for person in people for one in (person.document_number, person.phone) if one}
    users = session.scalars(select(User.id))
    return found | {value for user_id in users for _name, value in own_words(session, user_id)}
