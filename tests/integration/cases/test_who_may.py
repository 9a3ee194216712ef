"""Who reaches a case or a task, and who no longer does (catalogue B10; reliability G)."""

import dataclasses

import pytest

from certflow.accounts.models import Organisation
from certflow.accounts.operations import grant_role
from certflow.cases import assignment, operations, queries
from certflow.cases.dossier import open_dossier
from certflow.cases.errors import KeyTaken
from certflow.cases.inbox import InboxFilter, page_of_tasks
from certflow.core import clock
from certflow.core.errors import Forbidden, Invalid, NotFound
from factories.actors import actor, make_user
from factories.cast import make_expert
from factories.people import body as make_body


def to_experts(story):
    return story.begin().choose().apply().pre_review().pay().accept().assign()


@pytest.fixture
def administrator(session, story):
    return actor(make_user(session, "liucheng", "process_admin"), "process_admin")


def moved(session, staff):
    body = make_body(session, "另一家样例认证有限公司")
    grant_role(session, staff.user_id, "body_staff", clock.now(), organisation_id=body.id)
    return dataclasses.replace(staff, organisation_id=body.id)


def test_who_left_a_body_left_its_claimed_tasks_behind(session, story) -> None:
    story.begin().choose().apply()
    task = story.tasks("pre_review")[0]
    assignment.claim(session, story.cast.staff, task.id)
    leaver = moved(session, story.cast.staff)
    with pytest.raises(NotFound):
        queries.get_task(session, leaver, task.id)
    with pytest.raises(NotFound):
        operations.complete_task(session, leaver, task.id, {"opinion": "同意。"}, "agree")
    assert page_of_tasks(session, leaver, InboxFilter(), clock.now()) == []


def test_an_administrator_of_the_body_finds_what_they_claimed_among_their_own(
    session, story
) -> None:
    story.begin().choose().apply()
    body = session.get_one(Organisation, story.cast.staff.organisation_id)
    head = actor(make_user(session, "head", "body_admin", body), "body_admin", body)
    task = assignment.claim(session, head, story.tasks("pre_review")[0].id)
    assert page_of_tasks(session, head, InboxFilter(), clock.now()) == [task]


def test_an_expert_who_stood_back_sees_the_case_no_more(session, story) -> None:
    to_experts(story)
    first, second = story.cast.experts[:2]
    story.evaluate(declines=[first.user_id])
    assert queries.get_case(session, second, story.case_id).id == story.case_id
    with pytest.raises(NotFound):
        queries.get_case(session, first, story.case_id)


def test_the_regulator_looks_on_and_writes_nothing(session, story) -> None:
    story.begin().choose().apply()
    regulator = actor(make_user(session, "jianguan", "regulator"), "regulator")
    assert queries.get_case(session, regulator, story.case_id)
    with pytest.raises(Forbidden):
        operations.comment(session, regulator, story.case_id, "请说明。")


def test_in_another_role_one_reads_ones_own_case_as_its_applicant(session, story) -> None:
    to_experts(story)
    operations.comment(session, story.cast.reviewer, story.case_id, "内部备注。", internal=True)
    double = dataclasses.replace(story.cast.applicant, role="reviewer")
    own = open_dossier(session, double, story.case_id, clock.now(), "zh")
    assert own.comments == []
    assert own.people.blind
    others = open_dossier(session, story.cast.reviewer, story.case_id, clock.now(), "zh")
    assert len(others.comments) == 1
    assert not others.people.blind


def test_an_evaluation_is_not_handed_to_an_expert_of_the_applicants_body(
    session, story, administrator
) -> None:
    to_experts(story)
    body = session.get_one(Organisation, story.case.organisation_id)
    insider = make_expert(session, "insider", 77, body)
    task = story.tasks("evaluate")[0].id
    with pytest.raises(Invalid):
        assignment.reassign(session, administrator, task, insider.user_id, "有事")
    free = story.cast.experts[2].user_id
    assert assignment.reassign(session, administrator, task, free, "有事").assignee_id == free


def test_one_expert_does_not_get_both_evaluations(session, story, administrator) -> None:
    to_experts(story)
    one, other = story.tasks("evaluate")
    with pytest.raises(Invalid):
        assignment.reassign(session, administrator, one.id, other.assignee_id, "有事")


def test_an_applicants_task_is_handed_to_nobody(session, story, administrator) -> None:
    story.begin().choose().apply().pre_review("return", fails=[_first_audit(story)])
    stranger = make_user(session, "stranger", "applicant")
    task = story.tasks("amend")[0].id
    with pytest.raises(Invalid):
        assignment.reassign(session, administrator, task, stranger.id, "有事")


def _first_audit(story) -> str:
    return f"audit/{story.application['audit'][0]['id']}"


def test_a_key_used_on_one_case_does_not_silence_another(session, story) -> None:
    first = story.begin().choose().apply().case_id
    second = story.begin().choose().apply().case_id
    operations.withdraw(session, story.cast.applicant, first, "不办了", "key")
    with pytest.raises(KeyTaken):
        operations.withdraw(session, story.cast.applicant, second, "不办了", "key")


def test_somebody_elses_key_does_not_open_their_case(session, story) -> None:
    operations.start_case(session, story.cast.applicant, "registration", key="key")
    stranger = actor(make_user(session, "stranger", "applicant"), "applicant")
    with pytest.raises(KeyTaken):
        operations.start_case(session, stranger, "registration", key="key")


def test_staff_do_not_do_their_administrators_tasks() -> None:
    from certflow.core.actor import Actor

    staff, admin = (
        queries.pools_of(Actor(1, "a", role, 7)) for role in ("body_staff", "body_admin")
    )
    files = {"applicant@7", "party@7"}  # both do what their organisation files or has to say
    assert set(staff) - files == {"body_staff@7"}
    assert set(admin) - files == {"body_admin@7", "body_staff@7"}
