"""Finished cases are run against a draft (catalogue H5)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from certflow.cases import versions
from certflow.cases.operations import withdraw
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.core.outbox import OutboxItem
from certflow.demo.story import Story
from certflow.studio import drafts, replaying
from certflow.studio.models import Replay
from factories.actors import actor, make_user
from factories.cast import ROOT, START, make_story

STUCK = (
    'It went to "Fill in the application"; with the draft it waits at "Choose your application".'
)
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session)


@pytest.fixture
def admin(session: Session) -> Actor:
    return actor(make_user(session, "admin", "process_admin"), "process_admin")


def registered(story: Story) -> Story:
    done = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    return done.evaluate().conclude().approve()


def replay(session: Session, admin: Actor, edit: Edit | None = None) -> Replay:
    """Run every finished registration against a draft with a change."""
    content = versions.read_folder(ROOT, "registration")
    if edit:
        edit(content)
    drafts.begin(session, admin, "registration", content, None)
    begun = replaying.begin(session, admin, "registration", 100)
    return work(session, begun)


def work(session: Session, begun: Replay) -> Replay:
    """Carry out what the background would."""
    done: set[int] = set()
    while begun.state == "running":
        wanted = OutboxItem.kind == replaying.KIND, OutboxItem.id.not_in(done)
        item = session.scalars(select(OutboxItem).where(*wanted)).one()
        done.add(item.id)
        replaying.replay_some(session, {**item.payload, "dedupe_key": item.dedupe_key})
        session.flush()
    return begun


def told(found: Replay) -> list[tuple[str, str]]:
    return [(one.element, one.why.en) for one in replaying.results(found)]


def stricter(content: dict[str, Any]) -> None:
    """Ask for 99 of what the shipped rules ask 1 of."""
    content["tables"]["eligibility"] = content["tables"]["eligibility"].replace(
        "<text>1</text>", "<text>99</text>"
    )


def without_conclusion(content: dict[str, Any]) -> None:
    outcomes = content["forms"]["conclude"]["outcomes"]
    content["forms"]["conclude"]["outcomes"] = [one for one in outcomes if one["key"] != "pass"]


def with_a_new_duty(content: dict[str, Any]) -> None:
    form = content["forms"]["accept"]
    words = {"zh": "已盖章", "en": "Sealed"}
    form["schema"]["properties"]["sealed"] = {"type": "boolean"}
    form["schema"]["required"].append("sealed")
    form["pages"][0]["fields"].append({"name": "sealed", "label": words, "widget": "radio"})


def test_nothing_changed_nothing_differs(session: Session, story: Story, admin: Actor) -> None:
    registered(story)
    replace(story).begin().choose().apply().pre_review("reject")
    found = replay(session, admin)
    assert (found.state, found.total, found.done, found.same) == ("finished", 2, 2, 2)


def test_a_round_of_correction_is_walked_again(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    path = f"audit/{case.application['audit'][0]['id']}"
    case.evaluate(fails=[path]).conclude("correct")
    clock.freeze(START.replace(day=25))
    case.correct().evaluate().conclude().approve()
    assert replay(session, admin).same == 1


def renamed(content: dict[str, Any]) -> None:
    """Give the step at which the body looks first another id, and leave its name."""
    kept = 'value="pre_review"'
    text = content["bpmn"].replace(kept, "FORM").replace(">pre_review<", ">body_look<")
    content["bpmn"] = text.replace('"pre_review"', '"body_look"').replace("FORM", kept)
    settings = json.dumps(content["service"]).replace('"pre_review"', '"body_look"')
    content["service"] = json.loads(settings)


def test_steps_of_the_same_name_are_told_apart(
    session: Session, story: Story, admin: Actor
) -> None:
    replace(story).begin().choose().apply().pre_review("reject")
    [(place, why)] = told(replay(session, admin, renamed))
    assert place == "body_look"
    assert "(pre_review)" in why
    assert "(body_look)" in why


def test_stricter_rules_say_who_would_not_have_passed(
    session: Session, story: Story, admin: Actor
) -> None:
    registered(story)
    found = replay(session, admin, stricter)
    assert (found.same, told(found)) == (
        0,
        [("choose", STUCK)],
    )


def test_an_outcome_that_is_gone_is_named(session: Session, story: Story, admin: Actor) -> None:
    registered(story)
    assert told(replay(session, admin, without_conclusion)) == [
        ("conclude", 'The form has no outcome "pass", which was chosen.')
    ]


def test_a_form_that_asks_more_says_what_is_missing(
    session: Session, story: Story, admin: Actor
) -> None:
    registered(story)
    where, why = told(replay(session, admin, with_a_new_duty))[0]
    assert where == "accept"
    assert why.startswith("The form would not take what was filled in (sealed: ")


def test_a_withdrawn_case_is_followed_as_far_as_it_went(
    session: Session, story: Story, admin: Actor
) -> None:
    case = replace(story).begin().choose().apply()
    withdraw(session, story.cast.applicant, case.case_id, "不申请了", None)
    assert replay(session, admin).same == 1


def test_without_finished_cases_or_with_a_broken_draft_nothing_begins(
    session: Session, story: Story, admin: Actor
) -> None:
    content = versions.read_folder(ROOT, "registration")
    drafts.begin(session, admin, "registration", content, None)
    with pytest.raises(Conflict):
        replaying.begin(session, admin, "registration", 100)
    registered(story)
    draft = drafts.the_draft(session, "registration")
    drafts.save(session, admin, draft, "bpmn", "<no diagram", 1)
    with pytest.raises(Conflict):
        replaying.begin(session, admin, "registration", 100)


def test_cases_that_close_meanwhile_are_counted_by_none(
    session: Session, story: Story, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "AT_ONCE", 1)
    for _ in range(3):
        registered(story)
    seen: list[int] = []
    rerun = replaying.rerun
    monkeypatch.setattr(
        replaying,
        "rerun",
        lambda record, *rest: seen.append(record.case_id) or rerun(record, *rest),
    )
    drafts.begin(session, admin, "registration", versions.read_folder(ROOT, "registration"), None)
    begun = replaying.begin(session, admin, "registration", 100)
    clock.move(timedelta(hours=1))
    registered(story)
    assert (work(session, begun).done, len(set(seen))) == (3, 3)
