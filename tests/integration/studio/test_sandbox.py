"""A process runs in a world of its own, as in production, and nothing leaves it (H5)."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from certflow.cases import operations, registry, versions
from certflow.cases.models import Case
from certflow.core import clock, files, outbox
from certflow.core.db import Session, keep, transaction
from certflow.core.errors import Invalid
from certflow.core.incidents import Incident
from certflow.core.outbox import OutboxItem
from certflow.demo.records import proof
from certflow.notifications.models import Notice
from certflow.studio import beginning, scenario_shape
from certflow.studio.sandbox import Sandbox
from factories.actors import actor, make_user
from factories.cast import publish_shipped
from factories.trying import FILE, START, TIMER, digest, said, shipped

AT = scenario_shape.START


@pytest.fixture
def box(app: Flask) -> Iterator[Sandbox]:
    with (
        app.app_context(),
        beginning.fresh("feedback", shipped()["feedback"], AT, shipped()) as box,
    ):
        yield box


def walk(box: Sandbox, *moves: dict[str, Any]) -> Sandbox:
    for move in moves:
        box.do(move)
    return box


def test_each_role_takes_its_turn(box: Sandbox) -> None:
    walk(box, START, FILE)
    (task,) = box.open_tasks()
    assert box.performer(task).role == "reviewer"
    done = box.do(said("answer", "reply"))
    assert box.the_case.outcome == "replied"
    assert done.reached == ["way", "reply_letter", "replied"]
    assert set(done.flows) == {"answer_to_way", "way_to_reply_letter", "reply_letter_to_replied"}


def test_time_passes_when_it_is_told_to_and_what_is_due_happens(box: Sandbox) -> None:
    walk(box, START, FILE, said("answer", "return"))
    assert box.the_case.stages == ["amend"]
    done = box.do(TIMER)
    assert (done.at - AT).days > 10
    assert done.reached[0] == "amendment_overdue"
    assert box.the_case.stages == ["answer_again"]


def test_reminders_are_sent_on_their_day(box: Sandbox) -> None:
    walk(box, START, FILE, said("answer", "return"), TIMER)
    sent = select(Notice.created_at).where(Notice.kind == "deadline.soon")
    (at,) = box.session.scalars(sent)
    assert AT < at < box.at
    assert at.astimezone(clock.SHANGHAI).hour == AT.hour


def test_a_move_that_is_refused_changes_nothing(box: Sandbox) -> None:
    walk(box, START)
    with pytest.raises(Invalid) as refused:
        box.do({**FILE, "data": {"kind": "fault"}})
    assert {"place", "matter"} <= refused.value.fields.keys()
    assert box.the_case.stages == ["file"]


def test_there_is_nothing_to_wait_for_or_to_pay(box: Sandbox) -> None:
    walk(box, START)
    for move in (
        TIMER,
        {"do": "wait", "until": "deadline"},
        {"do": "wait", "days": 0},
        {"do": "pay"},
    ):
        with pytest.raises(Invalid):
            box.do(move)


def test_a_failing_step_is_held_with_an_incident_as_in_production(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError

    walk(box, START, FILE)
    monkeypatch.setitem(registry.operations, "issue_letter", broken)
    done = box.do(said("answer", "reply"))
    assert done.failure is not None
    assert done.failure.element == "reply_letter"
    assert box.session.scalars(select(Incident.kind)).all() == ["case.step"]
    assert box.the_case.state == "open"
    monkeypatch.undo()
    assert box.do({"do": "retry"}).reached[-1] == "replied"


def test_two_versions_with_the_same_number_are_never_mixed_up(app: Flask) -> None:
    content = shipped()["feedback"]
    other = content | {"service": content["service"] | {"title": {"zh": "别的名称", "en": "Other"}}}
    with (
        app.app_context(),
        beginning.fresh("feedback", content, AT) as one,
        beginning.fresh("feedback", other, AT) as two,
    ):
        assert one.loaded.version_id == two.loaded.version_id
        assert one.loaded.settings["title"]["zh"] == content["service"]["title"]["zh"]
        assert two.loaded.settings["title"]["zh"] == "别的名称"


def test_a_world_is_not_mistaken_for_the_platform(session: Session) -> None:
    publish_shipped(session, "certificate_cancellation")
    version = versions.active(session, "certificate_cancellation")
    with beginning.fresh("feedback", shipped()["feedback"], AT) as box:
        assert box.loaded.bundle.key == "feedback"
    assert versions.active(session, "certificate_cancellation").bundle.key == version.bundle.key


def test_the_platforms_database_stays_as_it_was(session: Session) -> None:
    publish_shipped(session, "feedback")
    make_user(session, "lin", "applicant")
    before = digest(session)
    with beginning.fresh("feedback", shipped()["feedback"], AT, shipped()) as box:
        walk(box, START, FILE, said("answer", "return"), TIMER, said("answer_again", "reply"))
        assert box.session.scalars(select(Case.id)).all()
    assert digest(session) == before


def test_the_control_a_real_case_does_change_it(session: Session) -> None:
    publish_shipped(session, "feedback")
    person = actor(make_user(session, "lin", "applicant"), "applicant")
    before = digest(session)
    operations.start_case(session, person, "feedback")
    assert digest(session) != before


def test_inside_nothing_can_be_committed_sent_or_stored(box: Sandbox) -> None:
    walk(box, START, FILE)
    assert box.session.scalars(select(OutboxItem.kind)).all()
    with box.inside():
        with pytest.raises(RuntimeError), transaction():
            pass
        with pytest.raises(RuntimeError):
            outbox.relay()
        with pytest.raises(RuntimeError):
            files.store(box.session, BytesIO(proof()), "证明.pdf", None)


def test_the_platforms_own_session_cannot_be_kept_like_a_trials(
    session: Session, box: Sandbox
) -> None:
    keep(box.session)
    with pytest.raises(RuntimeError):
        keep(session)


def test_the_clock_of_the_platform_goes_on(box: Sandbox) -> None:
    before = clock.now()
    walk(box, START, {"do": "wait", "days": 300})
    assert (box.at - AT).days == 300
    assert abs((clock.now() - before).total_seconds()) < 60
