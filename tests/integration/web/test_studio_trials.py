"""Trials and tests at their pages: role after role, clock, back, keep, run, from cases (H5)."""

import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from certflow.cases import operations
from certflow.cases.models import Case
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.outbox import OutboxItem
from certflow.studio import drafts
from certflow.studio.models import Trial
from factories.actors import actor, make_person, make_user
from factories.browser import Browser
from factories.cast import START, publish_shipped
from factories.studio import make_designer
from factories.trying import MATTER, digest

TRIALS, TESTS = "/studio/feedback/trials", "/studio/feedback/scenarios"
OWN = frozenset({"studio_trial", "login_session", "login_attempt", "user_account"})
"""Tables that somebody at the trial's pages may touch: the trial, when a login was used last."""


@pytest.fixture
def designer(session: Session, browse) -> Browser:
    publish_shipped(session, "feedback")
    make_designer(session, "pei", "edit")
    return browse("pei")


@pytest.fixture
def trial(designer: Browser) -> str:
    """A trial just begun: its address."""
    begun = designer.post(TRIALS, **{"source": "version", "as": "newcomer"})
    assert begun.status_code == 303, begun.text
    return begun.location


def task_of(page: TestResponse) -> str:
    return re.search(r"\?task=(\d+)", page.text)[1]


def fill(browser: Browser, trial: str, **fields: str) -> TestResponse:
    task = task_of(browser.get(trial))
    return browser.post(f"{trial}/task", task_id=task, **fields)


def test_each_role_takes_its_turn_on_the_real_form(designer: Browser, trial: str) -> None:
    task = task_of(designer.get(trial))
    page = designer.get(f"{trial}?task={task}").text
    assert "申请人甲" in page
    assert 'name="matter"' in page
    assert fill(designer, trial, **MATTER, _outcome="submit").status_code == 303
    page = designer.get(trial).text
    assert "协会评价人员" in page
    assert fill(designer, trial, opinion="已修复", _outcome="reply").status_code == 303
    page = designer.get(trial).text
    assert "已办结：已答复" in page
    assert "函件：" in page
    assert "已修复" in page


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    designer: Browser, trial: str
) -> None:
    refused = fill(designer, trial, kind="fault", place="首页", matter="短", _outcome="submit")
    assert refused.status_code == 422
    assert "data-error-summary" in refused.text
    task = task_of(designer.get(trial))
    assert 'value="首页"' in designer.get(f"{trial}?task={task}").text


@pytest.mark.parametrize("how", ["full", "required"])
def test_answers_can_be_made_up(designer: Browser, trial: str, how: str) -> None:
    filled = fill(designer, trial, _fill=how)
    page = designer.get(filled.location).text
    assert ("样例文件.pdf" in page) == (how == "full")
    assert fill(designer, trial, _fill=how, _as="submit").status_code == 303
    assert "协会答复" in designer.get(trial).text


def test_a_file_that_is_chosen_is_not_taken_in(designer: Browser, trial: str) -> None:
    from io import BytesIO

    task = task_of(designer.get(trial))
    data = {
        "csrf_token": designer.token(),
        "task_id": task,
        "_save": "draft",
        "screenshots": (BytesIO(b"real"), "林知远的身份证.png"),
    }
    answer = designer.send("POST", f"{trial}/task", data=data)
    page = designer.get(answer.location).text
    assert "样例文件 1.pdf" in page
    assert "林知远" not in page


def test_time_moves_and_a_step_back_brings_it_back(designer: Browser, trial: str) -> None:
    fill(designer, trial, _fill="full", _as="submit")
    fill(designer, trial, _fill="full", _as="return")
    assert "到定时器“逾期未补充”" in designer.get(trial).text
    designer.post(f"{trial}/move", do="wait", until="timer")
    page = designer.get(trial).text
    assert "补充后答复" in page
    assert "2026-12-05 00:00" in page
    designer.post(f"{trial}/back")
    page = designer.get(trial).text
    assert "2026-11-20 09:00" in page
    assert "以这个身份办理" in page
    designer.post(f"{trial}/back", to="1")
    assert "走过的步骤" in designer.get(trial).text
    assert "回到这里" not in designer.get(trial).text


def test_nothing_of_the_platform_is_touched(
    session: Session, designer: Browser, trial: str
) -> None:
    before = digest(session, without=OWN)
    fill(designer, trial, _fill="full", _as="submit")
    fill(designer, trial, _fill="full", _as="return")
    designer.post(f"{trial}/move", do="wait", until="deadline")
    designer.post(f"{trial}/back")
    designer.post(f"{trial}/move", do="withdraw")
    assert digest(session, without=OWN) == before
    assert session.scalars(select(Case.id)).all() == []
    assert session.scalars(select(OutboxItem.id)).all() == []


def test_a_trial_is_ones_own(session: Session, browse, designer: Browser, trial: str) -> None:
    make_designer(session, "tang", "edit")
    assert browse("tang").get(trial).status_code == 404


def test_only_the_last_few_are_kept(session: Session, designer: Browser) -> None:
    for _ in range(7):
        designer.post(TRIALS, **{"source": "version", "as": "newcomer"})
    assert len(session.scalars(select(Trial.id)).all()) == 5


def test_what_stands_against_starting_is_said(session: Session, browse, designer: Browser) -> None:
    publish_shipped(session, "certificate_cancellation")
    refused = designer.post(
        "/studio/certificate_cancellation/trials", **{"source": "version", "as": "newcomer"}
    )
    assert "您没有可以注销的有效证书" in refused.text


def test_it_is_kept_as_a_test_and_passes(session: Session, designer: Browser, trial: str) -> None:
    fill(designer, trial, _fill="full", _as="submit")
    fill(designer, trial, _fill="full", _as="reply")
    kept = designer.post(f"{trial}/keep", title="直接答复的一件")
    page = designer.get(kept.location).text
    assert "直接答复的一件" in page
    assert "3 步都按预期走" in page
    (name,) = {kept.location.rsplit("/", 1)[1]}
    draft = drafts.the_draft(session, "feedback")
    assert drafts.part(session, draft, f"scenario:{name}").content["expect"]["outcome"] == "replied"


def test_a_test_is_edited_as_a_list(session: Session, designer: Browser, trial: str) -> None:
    fill(designer, trial, _fill="full", _as="submit")
    fill(designer, trial, _fill="full", _as="reply")
    address = designer.post(f"{trial}/keep", title="一").location
    form = {"revision": "1", "title_zh": "改名", "title_en": "", "outcome": "not_pursued"}
    saved = designer.post(address, **form, number=["1", "2", "3"])
    assert saved.status_code == 303
    page = designer.get(address).text
    assert "改名" in page
    assert "应以“不予采纳”办结" in page
    form |= {"revision": "2", "outcome": "", "_remove": "3"}
    designer.post(address, **form, number=["1", "2", "3"])
    page = designer.get(address).text
    assert "2 步都按预期走" in page
    stale = designer.post(address, **form | {"title_zh": "又改"}, number=["1", "2"])
    assert stale.status_code == 303
    assert "又改" not in designer.get(address).text
    refused = designer.post(address, **form | {"title_zh": " ", "revision": "3"}, number=["1"])
    assert refused.status_code == 422
    assert designer.post(f"{address}/delete").status_code == 303
    assert designer.get(address).status_code == 404


def test_all_are_run_and_what_none_reaches_is_listed(designer: Browser) -> None:
    page = designer.get(f"{TESTS}?run=1").text
    assert "已运行 7/7 项，7 项通过" in page
    assert "覆盖 100%" in page
    result = designer.get(f"{TESTS}/replied/result").json
    assert result["passed"]
    assert "通过" in result["html"]
    designer.post("/studio/feedback/draft")
    designer.post(f"{TESTS}/done/delete")
    page = designer.get(f"{TESTS}?run=1").text
    assert "出具处理结果函" in page
    assert "覆盖 100%" not in page


def test_a_test_opens_as_a_trial_up_to_a_step(designer: Browser) -> None:
    opened = designer.post(f"{TESTS}/done/trial", to="3")
    assert "技术处理" in designer.get(opened.location).text


def test_a_changed_draft_is_tried_again_the_same_way(
    session: Session, designer: Browser, trial: str
) -> None:
    fill(designer, trial, _fill="full", _as="submit")
    designer.post("/studio/feedback/draft")
    draft = drafts.the_draft(session, "feedback")
    service = drafts.part(session, draft, "service")
    owner = actor(make_user(session, "heng", "process_admin"), "process_admin")
    changed = service.content | {"title": {"zh": "新的名称", "en": "New"}}
    drafts.save(session, owner, draft, "service", changed, service.revision)
    assert "草稿在这次试运行之后又改过" in designer.get(trial).text
    again = designer.post(f"{trial}/renew")
    page = designer.get(again.location).text
    assert "又改过" not in page
    assert "协会答复" in page


def test_a_test_is_made_from_a_finished_case(session: Session, designer: Browser) -> None:
    user = make_user(session, "lin", "applicant")
    user.name = "林远航"
    person = actor(user, "applicant", person=make_person(session, user, 1, None))
    office = actor(make_user(session, "guan", "reviewer"), "reviewer")
    case = operations.start_case(session, person, "feedback")
    task = operations.queries.tasks_of(session, case.id)[0]
    operations.complete_task(session, person, task.id, MATTER, "submit")
    task = operations.queries.tasks_of(session, case.id)[0]
    operations.complete_task(session, office, task.id, {"opinion": "林远航您好。"}, "reply")
    page = designer.get(TESTS).text
    assert case.number in page
    assert "林远航" not in page
    made = designer.post(TESTS, case_id=case.id)
    page = designer.get(made.location).text
    assert "3 步都按预期走" in page
    assert "林远航" not in page
    assert MATTER["matter"] not in page


def test_who_may_not_edit_tries_out_but_keeps_nothing(session: Session, browse) -> None:
    publish_shipped(session, "feedback")
    make_designer(session, "song", "approve")
    browser = browse("song")
    trial = browser.post(TRIALS, **{"source": "version", "as": "newcomer"}).location
    fill(browser, trial, _fill="full", _as="submit")
    assert "存为测试" not in browser.get(trial).text
    assert browser.post(f"{trial}/keep", title="x").status_code == 403


def test_the_clock_of_the_platform_stands(designer: Browser, trial: str) -> None:
    designer.post(f"{trial}/move", do="wait", days="400")
    assert "2027-12-25" in designer.get(trial).text
    assert clock.now() == START
