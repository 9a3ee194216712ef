"""The office: inbox, cases, statistics, orders of a body, finance (catalogue B6, B11, C3)."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select

from certflow.accounts.models import User
from certflow.cases import worklists
from certflow.cases.models import Case, HumanTask
from certflow.cases.operations import withdraw
from certflow.core import clock
from certflow.core.db import db
from certflow.demo.records import evidence_file
from certflow.demo.story import Story
from certflow.payments.models import Order, Voucher
from certflow.payments.operations import submit_voucher
from certflow.payments.queries import order_of_case, unpaid_orders
from factories.actors import make_user
from factories.people import body

TITLE = "QMS 质量管理体系审核员注册"


@pytest.fixture
def accepting(session, story) -> HumanTask:
    """A paid case that waits for the association to take it in."""
    story.begin().choose().apply().pre_review().pay()
    return story.tasks("accept")[0]


def another(session, story, **details) -> Story:
    return Story(session, story.cast, **details).begin().choose().apply()


def test_the_group_sees_an_unclaimed_task_and_its_owner_in_mine(accepting, story, browse) -> None:
    reviewer = browse("gu.nanqiao")
    page = reviewer.get("/office/inbox?view=group").text
    assert story.case.number in page
    assert TITLE in page
    assert "领取" in page
    reviewer.post("/office/inbox/claim", only=accepting.id)
    assert story.case.number not in reviewer.get("/office/inbox?view=group").text
    assert story.case.number in reviewer.get("/office/inbox?view=mine").text


@pytest.mark.parametrize("login", ["liu", "song", "expert0"])
def test_another_role_does_not_see_the_task(accepting, story, browse, login) -> None:
    for view in ("mine", "group", "all"):
        page = browse(login).get(f"/office/inbox?view={view}").text
        assert story.case.number not in page


def test_another_bodys_tasks_are_absent(session, story, browse) -> None:
    story.begin().choose().apply()
    make_user(session, "rival", "body_staff", body(session, "南屿样例检验有限公司"))
    assert story.case.number in browse("liu").get("/office/inbox?view=group").text
    assert story.case.number not in browse("rival").get("/office/inbox?view=all").text


@pytest.mark.parametrize("role", ["applicant", "finance", "regulator", "process_admin"])
def test_the_inbox_is_closed_to_those_who_have_none(session, story, browse, role) -> None:
    make_user(session, "someone", role)
    assert browse("someone").get("/office/inbox").status_code == 403


def test_claiming_what_a_colleague_has_is_a_plain_409(session, accepting, browse) -> None:
    make_user(session, "colleague", "reviewer")
    browse("gu.nanqiao").post("/office/inbox/claim", only=accepting.id)
    answer = browse("colleague").post("/office/inbox/claim", only=accepting.id)
    assert answer.status_code == 409
    assert "由他人办理" in answer.text
    assert "Traceback" not in answer.text
    assert session.get(HumanTask, accepting.id).assignee_id != _user(session, "colleague").id


def test_claiming_leads_back_to_the_filtered_page(accepting, browse) -> None:
    place = "/office/inbox?view=group&element=accept"
    answer = browse("gu.nanqiao").post("/office/inbox/claim", only=accepting.id, next=place)
    assert answer.status_code == 303
    assert answer.location == place


def test_a_way_back_never_leads_to_another_site(accepting, browse) -> None:
    for away in ("https://example.org/", "//example.org/", "/\\example.org"):
        answer = browse("gu.nanqiao").post("/office/inbox/claim", only=accepting.id, next=away)
        assert answer.location == "/office/inbox"


def test_many_are_claimed_at_once_and_what_a_colleague_has_is_left_alone(
    session, accepting, story, browse
) -> None:
    second = another(session, story).pre_review().pay().tasks("accept")[0]
    make_user(session, "colleague", "reviewer")
    browse("colleague").post("/office/inbox/claim", only=accepting.id)
    reviewer = browse("gu.nanqiao")
    reviewer.post("/office/inbox/claim", task=[accepting.id, second.id])
    page = reviewer.get("/office/inbox").text
    assert "已领取 1 件" in page
    assert "1 件没有领取" in page
    assert session.get(HumanTask, second.id).assignee_id == story.cast.reviewer.user_id


def test_released_tasks_wait_for_the_group_again(session, accepting, browse) -> None:
    reviewer = browse("gu.nanqiao")
    reviewer.post("/office/inbox/claim", only=accepting.id)
    reviewer.post("/office/inbox/release", task=[accepting.id])
    assert session.get(HumanTask, accepting.id).assignee_id is None


def test_nobody_claims_their_own_case(session, accepting, story, browse) -> None:
    session.get(Case, story.case_id).applicant_id = story.cast.reviewer.user_id
    reviewer = browse("gu.nanqiao")
    assert "需回避" in reviewer.get("/office/inbox?view=group").text
    assert reviewer.post("/office/inbox/claim", only=accepting.id).status_code == 403


def test_an_overdue_task_says_so_in_words_and_can_be_filtered(accepting, browse, story) -> None:
    reviewer = browse("gu.nanqiao")
    assert story.case.number not in reviewer.get("/office/inbox?view=group&due=overdue").text
    clock.freeze(accepting.due_at)
    page = browse("gu.nanqiao").get("/office/inbox?view=group&due=overdue").text
    assert story.case.number in page
    assert "超期 1 个工作日" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lin", True),
        ("q=nobody", False),
        ("element=accept", True),
        ("element=conclude", False),
        ("service=registration", True),
        ("service=exam", False),
    ],
)
def test_filters_leave_what_fits(accepting, story, browse, query, found) -> None:
    page = browse("gu.nanqiao").get(f"/office/inbox?view=group&{query}").text
    assert (story.case.number in page) is found


def test_pages_follow_each_other_both_ways(session, accepting, browse) -> None:
    _copies(session, accepting, 44)
    reviewer = browse("gu.nanqiao")
    first = reviewer.get("/office/inbox?view=group").text
    assert first.count("data-claim") == 20
    assert "第 1 至 20 件，共 45 件" in first
    second = reviewer.get(_link(first, "next")).text
    assert "第 21 至 40 件" in second
    third = reviewer.get(_link(second, "next")).text
    assert third.count("data-claim") == 5
    assert _link(third, "next") is None
    again = reviewer.get(_link(third, "prev")).text
    assert _ids(again) == _ids(second)
    assert not set(_ids(first)) & set(_ids(second))


def test_a_broken_place_in_an_address_is_the_first_page(accepting, story, browse) -> None:
    page = browse("gu.nanqiao").get("/office/inbox?view=group&after=zzz&n=x&view=nonsense")
    assert page.status_code == 200
    assert story.case.number in page.text


def test_the_inbox_takes_the_same_few_statements_whatever_waits(session, accepting, browse) -> None:
    reviewer = browse("gu.nanqiao")
    reviewer.get("/office/inbox?view=group")
    few = _statements(lambda: reviewer.get("/office/inbox?view=group"))
    _copies(session, accepting, 30)
    many = _statements(lambda: reviewer.get("/office/inbox?view=group"))
    assert few == many <= 11


def test_work_done_is_found_again(story, accepting, browse) -> None:
    story.accept()
    page = browse("gu.nanqiao").get("/office/inbox?view=done").text
    assert story.case.number in page
    assert "受理审查" in page
    assert story.case.number not in browse("song").get("/office/inbox?view=done").text


def test_the_list_of_cases_keeps_to_what_a_role_may_see(session, story, accepting, browse) -> None:
    make_user(session, "rival", "body_staff", body(session, "南屿样例检验有限公司"))
    for login, sees in (("gu.nanqiao", True), ("liu", True), ("expert0", False), ("rival", False)):
        assert (story.case.number in browse(login).get("/office/cases").text) is sees


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", True),
        ("state=closed", False),
        ("stage=accept", True),
        ("stage=approve", False),
        ("due=overdue", False),
        ("q=QMS", True),
        ("q=EMS", False),
    ],
)
def test_cases_are_filtered(story, accepting, browse, query, found) -> None:
    page = browse("gu.nanqiao").get(f"/office/cases?{query}").text
    assert (f">{story.case.number}<" in page) is found


def test_the_file_holds_exactly_the_filtered_list(session, story, accepting, browse) -> None:
    other = another(session, story)
    reviewer = browse("gu.nanqiao")
    text = reviewer.get("/office/cases/export.csv?service=registration&stage=accept").data.decode(
        "utf-8-sig"
    )
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:]] == [story.case.number]
    book = load_workbook(io.BytesIO(reviewer.get("/office/cases/export.xlsx").data))
    numbers = {row[0] for row in book.active.iter_rows(min_row=2, values_only=True)}
    assert numbers == {story.case.number, other.case.number}


def test_no_cell_of_a_file_is_a_formula(session, story, accepting, browse) -> None:
    _user(session, "lin").name = '=HYPERLINK("http://example.org")'
    reviewer = browse("gu.nanqiao")
    text = reviewer.get("/office/cases/export.csv").data.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(text.splitlines()[1])))[1].startswith("'=")
    book = load_workbook(io.BytesIO(reviewer.get("/office/cases/export.xlsx").data))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    hostile = [cell for cell in cells if str(cell.value).startswith("=HYPERLINK")]
    assert hostile
    assert all(cell.quotePrefix for cell in hostile)


@pytest.mark.parametrize(
    ("words", "found"),
    [("{number}", 1), ("{start}", 2), ("lin", 2), ("QMS", 2), ("注册", 2), ("nobody", 0)],
)
def test_cases_go_by_a_number_a_name_or_a_title(
    session, story, accepting, browse, words, found
) -> None:
    number = another(session, story).case.number or ""
    asked = words.format(number=number, start=number[:8])
    page = browse("gu.nanqiao").get("/office/cases", query_string={"q": asked}).text
    assert page.count('class="cf-number"') == found


def test_many_cases_are_not_counted_to_the_end(
    session, story, accepting, browse, monkeypatch
) -> None:
    another(session, story)
    assert "<b>2</b>" in browse("gu.nanqiao").get("/office/cases").text
    monkeypatch.setattr(worklists, "MOST_COUNTED", 1)
    assert "<b>1+</b>" in browse("gu.nanqiao").get("/office/cases").text


def test_statistics_count_stages_months_and_bodies(session, story, accepting, browse) -> None:
    make_user(session, "watcher", "regulator")
    another(session, story)
    page = browse("watcher").get("/office/statistics").text
    assert "受理审查" in page
    assert "机构初核" in page
    assert "示例认证有限公司" in page
    assert '<th scope="row">2026-11</th><td class="cf-num">2</td>' in page
    assert table_of(browse("watcher"), "bodies")[1][1] == "2"


def table_of(browser, table: str, **query: str) -> list[list[str]]:
    text = browser.get(f"/office/statistics/{table}.csv", query_string=query).data
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


def test_a_service_shows_what_is_open_late_and_how_it_ended(
    session, story, accepting, browse
) -> None:
    make_user(session, "watcher", "regulator")
    withdrawn = another(session, story).case
    withdraw(session, story.cast.applicant, withdrawn.id, "改期再报", None)
    with clock.frozen(clock.now() + timedelta(days=80)):
        reader = browse("watcher")
        line = table_of(reader, "services")[1]
        page = reader.get("/office/statistics").text
    assert line[:5] == ["人员注册申请", "1", "1", "1", "0"]
    assert line[5:] == ["0.0", "0.0", "已撤回 1"]
    assert "已撤回 1" in page
    assert "withdrawn" not in page


@pytest.mark.parametrize(
    ("query", "lines"),
    [({"service": "registration"}, 1), ({"service": "appeal"}, 0), ({"months": "3"}, 1)],
)
def test_statistics_are_narrowed_and_the_file_with_them(
    session, accepting, browse, query, lines
) -> None:
    reviewer = browse("gu.nanqiao")
    assert len(table_of(reviewer, "services", **query)) == 1 + lines
    page = reviewer.get("/office/statistics", query_string=query).text
    assert ("按机构" in page) is bool(lines)


def test_cases_submitted_before_the_period_are_not_counted(session, accepting, browse) -> None:
    with clock.frozen(clock.now() + timedelta(days=120)):
        reviewer = browse("gu.nanqiao")
        assert len(table_of(reviewer, "services", months="3")) == 1
        assert len(table_of(reviewer, "services", months="12")) == 2


@pytest.mark.parametrize("login", ["liu", "expert0", "lin"])
def test_statistics_are_for_the_association_and_the_regulator(story, browse, login) -> None:
    assert browse(login).get("/office/statistics").status_code == 403


@pytest.fixture
def two_orders(session, story) -> list[Order]:
    for one in (story, Story(session, story.cast)):
        one.payer = "organisation"
        one.begin().choose().apply().pre_review()
    return unpaid_orders(session, story.cast.staff.organisation_id)


def test_a_body_merges_its_unpaid_orders_and_goes_on_to_pay(
    session, story, two_orders, browse
) -> None:
    staff = browse("liu")
    page = staff.get("/office/orders").text
    assert all(order.number in page for order in two_orders)
    assert "合计 400.00 元" in page
    chosen = [order.id for order in two_orders]
    answer = staff.post("/office/orders/merge", order=chosen)
    merged = unpaid_orders(session, story.cast.staff.organisation_id)
    assert [order.amount_fen for order in merged] == [40000]
    assert answer.location == f"/orders/{merged[0].number}"
    assert staff.post("/office/orders/merge", order=chosen).status_code == 409


def test_another_body_neither_sees_nor_merges_them(session, two_orders, browse) -> None:
    make_user(session, "rival", "body_staff", body(session, "南屿样例检验有限公司"))
    rival = browse("rival")
    assert two_orders[0].number not in rival.get("/office/orders").text
    chosen = [order.id for order in two_orders]
    assert rival.post("/office/orders/merge", order=chosen).status_code == 409
    assert rival.post("/office/orders/merge", order=chosen[:1]).status_code == 409
    assert browse("lin").get("/office/orders").status_code == 403


@pytest.fixture
def voucher(session, story) -> Voucher:
    make_user(session, "qian", "finance")
    story.begin().choose().apply().pre_review()
    file_id = evidence_file(session, story.cast.applicant.user_id, "education")
    order = order_of_case(session, story.case_id)
    return submit_voucher(session, order.id, file_id, "工行", clock.now(), story.cast.applicant)


def test_an_accepted_voucher_moves_the_case_on(story, voucher, browse) -> None:
    finance = browse("qian")
    page = finance.get("/office/vouchers").text
    assert order_number(story) in page
    assert "200.00 元" in page
    finance.post(f"/office/vouchers/{voucher.id}", outcome="accept")
    assert story.case.stages == ["accept"]
    assert "已到账" in finance.get("/office/vouchers").text
    assert finance.post(f"/office/vouchers/{voucher.id}", outcome="accept").status_code == 409


def test_finance_opens_the_vouchers_file_and_others_do_not(session, story, voucher, browse) -> None:
    make_user(session, "other", "applicant")
    address = f"/orders/{order_number(story)}/vouchers/{voucher.id}"
    assert address in browse("qian").get("/office/vouchers").text
    assert browse("qian").get(address).status_code == 200
    assert browse("other").get(address).status_code == 404


def test_a_voucher_is_not_refused_without_a_reason(session, story, voucher, browse) -> None:
    finance = browse("qian")
    answer = finance.post(f"/office/vouchers/{voucher.id}", outcome="refuse", reason=" ")
    assert answer.status_code == 422
    assert "请写明理由" in answer.text
    finance.post(f"/office/vouchers/{voucher.id}", outcome="refuse", reason="金额不符")
    assert session.get(Voucher, voucher.id).state == "refused"
    assert story.case.stages == ["payment_received"]


@pytest.mark.parametrize("login", ["lin", "liu", "gu.nanqiao"])
def test_only_finance_checks_vouchers(story, voucher, browse, login) -> None:
    someone = browse(login)
    assert someone.get("/office/vouchers").status_code == 403
    answer = someone.post(f"/office/vouchers/{voucher.id}", outcome="accept")
    assert answer.status_code == 403
    assert story.case.stages == ["payment_received"]


def order_number(story: Story) -> str:
    return order_of_case(story.session, story.case_id).number


def _user(session, login: str) -> User:
    return session.scalar(select(User).where(User.login_name == login))


def _copies(session, task: HumanTask, count: int) -> None:
    """Open more tasks of the same case: rows as the engine would project them."""
    columns = [c.name for c in HumanTask.__table__.columns if c.name not in {"id", "engine_id"}]
    values = {name: getattr(task, name) for name in columns}
    session.add_all(HumanTask(engine_id=f"copy{n}", **values) for n in range(count))
    session.flush()


def _link(page: str, relation: str) -> str | None:
    _, found, rest = page.partition(f'rel="{relation}" href="')
    return rest.split('"')[0].replace("&amp;", "&") if found else None


def _ids(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('name="only" value="')[1:]]


def _statements(action) -> int:
    seen: list[str] = []

    def count(_conn, _cursor, statement, *_rest) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        action()
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(seen)
