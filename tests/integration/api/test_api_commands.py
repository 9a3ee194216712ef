"""Commands over the API happen once, on the state that was seen, and only to one's own."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from certflow.cases.models import Case
from certflow.core.db import transaction
from certflow.core.text import Text
from factories.actors import make_user
from factories.people import body
from factories.programs import Programs

ONCE = {"Idempotency-Key": "6f1c4f0e-5d0b"}
AGREE = {"verdicts": {}, "opinion": "材料已核对。"}


@pytest.fixture
def at_staff(programs: Programs) -> Programs:
    programs.begin().choose().apply()
    return programs


def staff_task(programs: Programs) -> int:
    task = programs.find(programs.cast.staff, "pre_review")["id"]
    programs.call("liu", "POST", f"/tasks/{task}/claim")
    return task


def complete(programs: Programs, task: int, **more: object):
    form = programs.call("liu", "GET", f"/tasks/{task}").json["form"]
    data = {"verdicts": programs._verdicts((), ""), "opinion": "材料已核对。"}
    sent = {"outcome": "agree", "data": data, "seen": form["case_version"]}
    return programs.call("liu", "POST", f"/tasks/{task}/complete", json=sent | more, headers=ONCE)


def test_a_completion_sent_again_gets_the_first_answer(at_staff: Programs) -> None:
    task = staff_task(at_staff)
    version = at_staff.call("liu", "GET", f"/tasks/{task}").json["form"]["case_version"]
    first = complete(at_staff, task, seen=version)
    again = complete(at_staff, task, seen=version)
    assert (first.status_code, first.json) == (again.status_code, again.json) == (200, first.json)


def test_without_the_key_it_is_told_that_the_task_is_done(at_staff: Programs) -> None:
    task = staff_task(at_staff)
    complete(at_staff, task)
    version = at_staff.call("liu", "GET", f"/tasks/{task}").json["form"]["case_version"]
    sent = {"outcome": "agree", "data": AGREE, "seen": version}
    again = at_staff.call("liu", "POST", f"/tasks/{task}/complete", json=sent)
    assert (again.status_code, again.json["code"]) == (409, "task_gone")


def test_a_case_started_twice_with_one_key_is_one_case(programs: Programs, app: Flask) -> None:
    sent = {"json": {"service": "registration"}, "headers": ONCE}
    first, again = (programs.call("lin", "POST", "/cases", **sent) for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json)
    other = {"json": {"service": "registration"}, "headers": {"Idempotency-Key": "another"}}
    assert programs.call("lin", "POST", "/cases", **other).json["id"] != first.json["id"]
    with app.app_context(), transaction() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2


def test_another_command_under_a_key_used_before_is_refused(at_staff: Programs) -> None:
    task = staff_task(at_staff)
    version = at_staff.call("liu", "GET", f"/tasks/{task}").json["form"]["case_version"]
    assert complete(at_staff, task, seen=version).status_code == 200
    again = complete(at_staff, task, seen=version, outcome="reject")
    assert (again.status_code, again.json["code"]) == (409, "key_taken")


def test_another_service_under_a_key_used_before_is_refused(programs: Programs) -> None:
    sent = {"json": {"service": "registration"}, "headers": ONCE}
    assert programs.call("lin", "POST", "/cases", **sent).status_code == 201
    again = programs.call("lin", "POST", "/cases", **{**sent, "json": {"service": "appeal"}})
    assert (again.status_code, again.json["code"]) == (409, "key_taken")


def test_experts_beside_each_other_are_not_refused_for_each_others_work(
    programs: Programs,
) -> None:
    programs.begin().choose().apply().pre_review().pay().accept().assign()
    seen = programs.call("gu.nanqiao", "GET", f"/cases/{programs.case_id}").json["version"]
    data = {"verdicts": programs._verdicts((), ""), "result": "pass", "opinion": "逐条评价完毕。"}
    for expert in programs.cast.experts[:2]:
        task = programs.find(expert, "evaluate")["id"]
        answer = programs.finish(expert, task, data, "submit", seen=seen)
        assert answer.status_code == 200, answer.text


def test_the_key_of_somebody_else_is_another_key(programs: Programs, app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_user(session, "he.qing", "applicant")
    sent = {"json": {"service": "registration"}, "headers": ONCE}
    mine, theirs = (programs.call(who, "POST", "/cases", **sent) for who in ("lin", "he.qing"))
    assert mine.json["id"] != theirs.json["id"]


def test_releasing_again_with_the_key_is_no_error(at_staff: Programs) -> None:
    task = staff_task(at_staff)
    release = f"/tasks/{task}/release"
    answers = [at_staff.call("liu", "POST", release, headers=ONCE) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert at_staff.call("liu", "POST", release).status_code == 403


def test_withdrawing_again_with_the_key_is_no_error(at_staff: Programs) -> None:
    address, sent = f"/cases/{at_staff.case_id}/withdraw", {"reason": ""}
    answers = [at_staff.call("lin", "POST", address, json=sent, headers=ONCE) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert at_staff.call("lin", "POST", address, json=sent).status_code == 422


def test_an_unfit_key_is_refused(programs: Programs) -> None:
    for key in ("", "x" * 256, "a b", "\xe9"):
        sent = {"json": {"service": "registration"}, "headers": {"Idempotency-Key": key}}
        answer = programs.call("lin", "POST", "/cases", **sent)
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])


def test_a_stale_completion_changes_nothing(at_staff: Programs) -> None:
    task = staff_task(at_staff)
    answer = complete(at_staff, task, seen=0)
    assert (answer.status_code, answer.json["code"]) == (409, "stale_page")
    assert complete(at_staff, task).status_code == 200


def test_another_organisations_case_is_not_found(at_staff: Programs, app: Flask) -> None:
    task = staff_task(at_staff)
    with app.app_context(), transaction() as session:
        make_user(session, "zhou", "body_staff", body(session, "南屿样例检验有限公司"))
    case = f"/cases/{at_staff.case_id}"
    sent = {"outcome": "agree", "data": {}, "seen": 1}
    probes = [
        ("GET", case, {}),
        ("GET", f"{case}/timeline", {}),
        ("GET", f"/tasks/{task}", {}),
        ("POST", f"/tasks/{task}/complete", {"json": sent}),
        ("PUT", f"/tasks/{task}/draft", {"json": {"data": {}}}),
        ("POST", f"/tasks/{task}/claim", {}),
        ("POST", f"/tasks/{task}/release", {}),
    ]
    for method, path, more in probes:
        assert at_staff.call("zhou", method, path, **more).status_code == 404, path
        assert at_staff.call("liu", method, path, **more).status_code != 404, path
    assert at_staff.call("zhou", "GET", "/cases").json["total"] == 0
    assert at_staff.call("zhou", "GET", "/tasks?view=all").json["items"] == []


def test_wrong_answers_are_told_at_their_fields(programs: Programs) -> None:
    programs.begin()
    task = programs.find(programs.cast.applicant, "choose")["id"]
    answer = programs.finish(programs.cast.applicant, task, {"field": "XYZ"}, "submit")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert {"field", "mode", "payer"} <= set(answer.json["errors"])


SHAPES = (
    {"field": []},
    {"field": {"a": 1}},
    {"specialities": "x"},
    {"specialities": [{"a": []}]},
    {"narrow": 7},
    {"organisation": "1e400"},
    {"organisation": True},
    {"mode": None},
    {"field": 1.5},
)
ROWS = ("x", [1], [{"id": 1}], [{}], [None], {"a": 1}, [{"id": "a", "evidence": [{}]}])
VERDICTS = ("x", [1], {"audit/1": 3}, {"audit/1": {"verdict": []}}, None)


def test_answers_of_the_wrong_shape_are_refused(programs: Programs) -> None:
    programs.begin()
    task = programs.find(programs.cast.applicant, "choose")["id"]
    for data in SHAPES:
        answer = programs.finish(programs.cast.applicant, task, data, "submit")
        assert answer.status_code == 422, data


def test_records_of_the_wrong_shape_are_refused(programs: Programs) -> None:
    programs.begin().choose()
    task = programs.find(programs.cast.applicant, "apply")["id"]
    for rows in ROWS:
        answer = programs.finish(programs.cast.applicant, task, {"audit": rows}, "submit")
        assert answer.status_code == 422, rows


def test_verdicts_of_the_wrong_shape_are_refused(at_staff: Programs) -> None:
    task = staff_task(at_staff)
    for verdicts in VERDICTS:
        data = {"verdicts": verdicts, "opinion": []}
        assert complete(at_staff, task, data=data).status_code == 422, verdicts


def test_errors_speak_the_language_asked_for(programs: Programs) -> None:
    for language, locale in (("en-GB,en", "en"), ("zh-CN", "zh"), ("fr", "zh")):
        headers = {"Accept-Language": language}
        answer = programs.call("lin", "GET", "/cases/999999", headers=headers)
        title = Text("没有找到", "Not found").of(locale)
        assert (answer.json["title"], answer.headers["Content-Language"]) == (title, locale)
