"""Administrators: incidents, reassigning, processes, calendar, audit trail, tokens (H8, C7, I2)."""

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import select, text

from certflow.accounts.bearers import actor_of_token
from certflow.accounts.models import User
from certflow.calendar.models import CalendarDay, Deadline
from certflow.cases import operating, registry
from certflow.cases.models import HumanTask
from certflow.core import audit, clock
from certflow.core.incidents import Incident, open_incidents, raise_incident
from certflow.core.outbox import OutboxItem
from factories.actors import make_user

PAGES = {
    "/admin": {"process_admin", "system_admin"},
    "/admin/tasks": {"process_admin", "system_admin"},
    "/admin/permissions": {"system_admin"},
    "/admin/working-days": {"process_admin"},
    "/admin/audit": {"system_admin"},
    "/admin/audit/export.csv": {"system_admin"},
    "/admin/tokens": {"system_admin"},
}
ROLES = ("applicant", "body_admin", "reviewer", "finance", "process_admin", "system_admin")


@pytest.fixture
def admin(session, story, browse):
    make_user(session, "guan", "process_admin")
    return browse("guan")


@pytest.fixture
def system(session, story, browse):
    make_user(session, "xitong", "system_admin")
    return browse("xitong")


@pytest.mark.parametrize("address", PAGES)
def test_each_page_opens_for_its_roles_only(session, story, browse, address) -> None:
    staff = session.get(User, story.cast.staff.user_id)
    for role in ROLES:
        login = f"one.{role.replace('_', '')}"
        if role == "body_admin":
            login = staff.login_name
        else:
            make_user(session, login, role)
        expected = 200 if role in PAGES[address] else 403
        assert browse(login).get(address).status_code == expected, role


@pytest.fixture
def broken_step(story, monkeypatch, browse):
    """A paid case that is held before a step that fails, with its incident."""
    story.begin().choose().apply().pre_review().pay().accept().assign().evaluate().conclude()
    monkeypatch.setitem(registry.operations, "registration.issue_certificate", _no_template)
    task = story.tasks("approve")[0]
    from certflow.cases.turn import holding

    answers = {"opinion": "同意。"}
    with holding("issue_certificate: no template"):
        story.complete(task, story.cast.approver, answers, "approve")
    return story


def _no_template(*_args, **_rest):
    raise LookupError("no template")


def test_an_incident_says_why_and_a_retry_lets_the_case_run_on(
    session, broken_step, admin, monkeypatch
) -> None:
    page = admin.get("/admin").text
    assert "no template" in page
    assert broken_step.case.number in page
    incident = open_incidents(session)[0]
    monkeypatch.undo()
    admin.post("/admin/incidents/retry", only=incident.id)
    assert broken_step.case.outcome == "registered"
    assert open_incidents(session) == []


def test_a_retry_that_fails_again_keeps_the_incident_and_the_case(
    session, broken_step, admin
) -> None:
    incident = open_incidents(session)[0]
    admin.post("/admin/incidents/retry", incident=[incident.id])
    assert broken_step.case.state == "open"
    again = open_incidents(session)[0]
    assert again.id == incident.id
    assert again.times == 2
    assert "仍未成功" in admin.get("/admin").text


def test_one_retry_that_fails_does_not_undo_the_others(session, broken_step, admin) -> None:
    item = _failed_mail(session)
    chosen = [one.id for one in open_incidents(session)]
    admin.post("/admin/incidents/retry", incident=chosen)
    assert session.get(OutboxItem, item.id).state == "new"
    assert [one.kind for one in open_incidents(session)] == ["case.step"]


def test_a_suspended_case_is_told_by_its_number_and_the_others_go_on(
    session, broken_step, admin
) -> None:
    item = _failed_mail(session)
    operating.suspend(session, broken_step.cast.approver, broken_step.case_id, "等公函")
    chosen = [one.id for one in open_incidents(session)]
    assert admin.post("/admin/incidents/retry", incident=chosen).status_code == 303
    assert session.get(OutboxItem, item.id).state == "new"
    assert [one.kind for one in open_incidents(session)] == ["case.step"]
    said = re.search(r"<p>([^<]*请先恢复[^<]*)</p>", admin.get("/admin").text)
    assert said is not None
    assert broken_step.case.number in said[1]


def test_two_incidents_of_one_case_are_settled_by_one_retry(
    session, broken_step, admin, monkeypatch
) -> None:
    case = broken_step.case
    raise_incident(session, "case.timer", "x", subject=case.chain_key, case_id=case.id)
    monkeypatch.undo()
    chosen = [one.id for one in open_incidents(session)]
    assert admin.post("/admin/incidents/retry", incident=chosen).status_code == 303
    assert open_incidents(session) == []


def test_a_failed_effect_is_tried_again_from_the_start(session, admin) -> None:
    item = _failed_mail(session)
    admin.post("/admin/incidents/retry", only=open_incidents(session)[0].id)
    assert (session.get(OutboxItem, item.id).state, open_incidents(session)) == ("new", [])


def test_money_that_fits_no_order_is_resolved_with_words_not_retried(session, admin) -> None:
    incident = raise_incident(session, "payment.unmatched", "no such order", subject="order/P1")
    assert "没有这个订单" in admin.get("/admin").text
    assert admin.post("/admin/incidents/retry", only=incident.id).status_code == 409
    address = f"/admin/incidents/{incident.id}/resolve"
    assert admin.post(address, reason=" ").status_code == 422
    assert admin.post(address, reason="已线下退回").status_code == 303
    assert session.get(Incident, incident.id).resolved_at is not None
    told = audit.events(session, f"incident/{incident.id}")[-1]
    assert (told.action, told.reason) == ("incident.resolved", "已线下退回")
    assert admin.post(address, reason="再来").status_code == 404


def test_an_administrator_gives_any_open_task_to_somebody_who_holds_its_role(
    session, story, admin
) -> None:
    story.begin().choose().apply().pre_review().pay()
    task = story.tasks("accept")[0]
    colleague = make_user(session, "colleague", "reviewer")
    assert story.case.number in admin.get(f"/admin/tasks?q={story.case.number}").text
    address = f"/admin/tasks/{task.id}"
    assert "colleague" in admin.get(address).text
    assert "song" not in admin.get(address).text
    assert admin.post(address, user_id=colleague.id, reason="").status_code == 422
    wrong = admin.post(address, user_id=story.cast.approver.user_id, reason="休假")
    assert wrong.status_code == 422
    assert "没有办理这项任务的角色" in wrong.text
    assert admin.post(address, user_id=colleague.id, reason="休假").status_code == 303
    assert session.get(HumanTask, task.id).assignee_id == colleague.id


def test_an_administrator_does_not_thereby_work_on_tasks(session, story, admin) -> None:
    story.begin().choose().apply().pre_review().pay()
    task = story.tasks("accept")[0]
    assert admin.post(f"/tasks/{task.id}", outcome="accept").status_code in {403, 404}
    assert session.get(HumanTask, task.id).state == "open"


def test_the_year_shows_rest_and_make_up_days(admin) -> None:
    page = admin.get("/admin/working-days?year=2026").text
    assert "> 2026-10-01 休息" in page
    assert "> 2026-10-10 上班" in page
    assert "2027 年的放假安排还没有录入" in page
    assert "没有官方数据" in admin.get("/admin/working-days?year=2027").text


def test_an_edited_day_moves_running_deadlines_and_their_tasks(session, story, admin) -> None:
    story.begin().choose().apply().pre_review().pay().accept().assign()
    task = story.tasks("evaluate")[0]
    before = session.scalar(select(Deadline.due_at))
    assert task.due_at == before
    answer = admin.post("/admin/working-days/2026-12-01", kind="rest", name="停电")
    assert answer.status_code == 303
    deadline = session.scalars(select(Deadline)).one()
    assert deadline.due_at > before
    assert session.get(HumanTask, task.id).due_at == deadline.due_at
    assert audit.events(session, f"deadline/{deadline.id}")[-1].action == "deadline.moved"
    assert audit.events(session, "calendar/2026")[-1].action == "calendar.day_set"
    assert "停电" in admin.get("/admin/working-days?year=2026").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"kind": "rest", "name": ""}, "请写明名称"), ({"kind": "maybe", "name": "节"}, "请选择")],
)
def test_a_wrong_day_is_refused_with_a_sentence(session, admin, fields, sentence) -> None:
    answer = admin.post("/admin/working-days/2026-12-01", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert session.get(CalendarDay, date(2026, 12, 1)) is None


def test_no_day_that_does_not_exist_is_edited(admin) -> None:
    for day in ("2026-02-30", "soon", "1900-01-01"):
        answer = admin.post(f"/admin/working-days/{day}", kind="rest", name="节")
        assert answer.status_code == 404


def test_a_year_is_imported_from_pasted_lines(session, admin) -> None:
    lines = "2027-01-01,rest,元旦,New Year\n\n2027-01-02，休，元旦\n2027-01-03,班,调休"
    assert admin.post("/admin/working-days", year="2027", lines=lines).status_code == 303
    assert len(session.scalars(select(CalendarDay)).all()) == 3
    assert "没有官方数据" not in admin.get("/admin/working-days?year=2027").text


@pytest.mark.parametrize(
    "line",
    [
        "2027-01-01",
        "2027-13-01,rest,元旦",
        "2027-01-01,maybe,x",
        "2027-01-01,rest,",
        "2026-01-01,rest,元旦",
        "<script>,rest,x",
    ],
)
def test_a_line_that_cannot_be_read_leaves_everything_as_it_was(session, admin, line) -> None:
    lines = f"2027-02-01,rest,春节\n{line}"
    answer = admin.post("/admin/working-days", year="2027", lines=lines)
    assert answer.status_code == 422
    assert "第 2 行" in answer.text
    assert "2027-02-01,rest,春节" in answer.text
    assert "<script>,rest" not in answer.text
    assert session.scalars(select(CalendarDay)).all() == []


def test_the_trail_is_searched_by_case_person_action_and_time(story, system) -> None:
    story.begin().choose().apply()
    number = story.case.number
    assert "提交申请" in _table(system.get(f"/admin/audit?number={number}").text)
    assert "没有符合条件" in system.get("/admin/audit?number=20990101000001").text
    assert "没有符合条件" in system.get("/admin/audit?user=nobody").text
    assert "领取任务" not in _table(system.get("/admin/audit?user=lin").text)
    assert "提交申请" not in _table(system.get("/admin/audit?action=case.started").text)
    assert "没有符合条件" in system.get("/admin/audit?until=2026-11-19").text
    assert number in system.get("/admin/audit?since=2026-11-20&until=2026-11-20").text


def test_signing_in_and_out_is_told_in_words(story, system, browse) -> None:
    browser = browse("lin")
    browser.post("/logout")
    told = _table(system.get("/admin/audit?user=lin").text)
    assert "退出登录" in told
    assert "login.began" in told
    assert "lin@" not in told


def test_older_events_follow_page_by_page(session, system) -> None:
    from certflow.core.actor import SYSTEM

    for number in range(60):
        audit.record(session, "fee.set", SYSTEM, subject="fee/x", reason=f"change {number}")
    first = system.get("/admin/audit?chain=fee/x").text
    assert "change 59" in first
    assert "change 9<" not in first
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert "change 9" in system.get(older).text
    assert "change 59" not in system.get(older).text


def test_a_whole_chain_is_called_whole_and_a_changed_one_broken(session, story, system) -> None:
    story.begin().choose().apply()
    chain = story.case.chain_key
    system.post("/admin/audit/verify", chain=chain)
    assert "完整，共" in system.get("/admin/audit").text
    _tamper(session, chain)
    system.post("/admin/audit/verify", chain=chain)
    assert "不完整：第 2 条" in system.get("/admin/audit").text


def test_the_trail_as_a_file_holds_no_formula(session, system) -> None:
    from certflow.core.actor import SYSTEM

    audit.record(session, "fee.set", SYSTEM, subject="fee/x", reason="=1+1")
    answer = system.get("/admin/audit/export.csv?chain=fee/x").data.decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(answer)))[1]
    assert row[1] == "fee/x"
    assert row[8] == "'=1+1"


def test_a_token_is_shown_once_works_and_ends_when_revoked(session, story, system) -> None:
    fields = {
        "user": "lin",
        "role": "applicant",
        "name": "同步",
        "scope": ["cases:read"],
        "days": "30",
    }
    page = system.post("/admin/tokens", **fields).text
    raw = re.search(r"<code>(cft_[^<]+)</code>", page)[1]
    assert raw not in system.get("/admin/tokens").text
    assert actor_of_token(session, raw, clock.now()).name == "lin"
    token = re.search(r"/admin/tokens/(\d+)/revoke", page)[1]
    system.post(f"/admin/tokens/{token}/revoke")
    assert actor_of_token(session, raw, clock.now()) is None
    told = [one.action for one in audit.events(session, f"user/{story.cast.applicant.user_id}")]
    assert told[-2:] == ["api_token.issued", "api_token.revoked"]


@pytest.mark.parametrize(
    "wrong", [{"user": "nobody"}, {"role": "approver"}, {"name": " "}, {"scope": ["root"]}]
)
def test_no_token_is_issued_on_wrong_input(story, system, wrong) -> None:
    fields = {"user": "lin", "role": "applicant", "name": "同步", "scope": ["cases:read"]}
    answer = system.post("/admin/tokens", **{**fields, **wrong})
    assert answer.status_code == 422
    assert "cft_" not in answer.text


def _failed_mail(session) -> OutboxItem:
    at = clock.now()
    item = OutboxItem(
        kind="mail",
        dedupe_key="m1",
        payload={},
        state="failed",
        attempts=5,
        next_try_at=at,
        created_at=at,
    )
    session.add(item)
    session.flush()
    raise_incident(session, "outbox.mail", "ConnectionError", subject=f"outbox/{item.id}")
    return item


def _table(page: str) -> str:
    return page.partition("<tbody>")[2]


def _tamper(session, chain: str) -> None:
    """Change a row as somebody with the database in hand would; migrations forbid even that."""
    session.execute(
        text("UPDATE audit_event SET reason = 'changed' WHERE chain = :chain AND seq = 2"),
        {"chain": chain},
    )
