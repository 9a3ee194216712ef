"""Publishing in the browser: findings, request, decision, versions, differences, permissions (H3)."""

import re

import pytest

from certflow.accounts.permissions import holdings
from certflow.cases import versions
from certflow.studio import drafts
from certflow.studio.release_notices import ROLE
from factories.actors import make_user
from factories.browser import Browser
from factories.cast import publish_shipped
from factories.studio import acting, make_designer

STUDIO = "/studio/feedback"
RELEASE = f"{STUDIO}/release"


@pytest.fixture
def author(session, browse) -> Browser:
    publish_shipped(session, "feedback")
    make_designer(session, "pei", "edit")
    return browse("pei")


@pytest.fixture
def approver(session, browse, author) -> Browser:
    make_designer(session, "tang", "approve", "publish")
    return browse("tang")


def edit(session, part: str = "service", **changed) -> None:
    user = acting(make_user(session, f"editor{part[:4]}", "process_admin"))
    draft = drafts.begin_from(session, user, "feedback")
    found = drafts.part(session, draft, part)
    drafts.save(session, user, draft, part, found.content | changed, found.revision)


def asked(session, author: Browser) -> str:
    edit(session, rank=50)
    assert author.post(RELEASE, note="往前排").status_code == 303
    return re.search(r"release/(\d+)/withdraw", author.get(RELEASE).text)[1]


def test_without_a_draft_the_page_offers_to_begin_one(author) -> None:
    assert "从第 1 版开始草稿" in author.get(RELEASE).text


def test_findings_are_listed_with_links_to_their_place(session, author) -> None:
    edit(session, "form:file", checks=["no.such"])
    page = author.get(RELEASE).text
    assert "没有名为“no.such”的检查" in page
    assert "part=form:file" in page
    assert "1 个错误，就可以提出发布" in page
    answer = author.post(RELEASE, note="不管了")
    assert answer.status_code == 422
    assert "还有错误没有改好" in answer.text
    [found] = author.get(f"{STUDIO}/draft/findings").json["findings"]
    assert (found["part"], found["severity"]) == ("form:file", "error")


def test_a_request_is_decided_by_somebody_else(session, author, approver) -> None:
    number = asked(session, author)
    assert "要由另一位有审批权限的管理员审批" in author.get(RELEASE).text
    assert "等您决定" in approver.get("/studio").text
    assert author.post(f"{RELEASE}/{number}/approve").status_code == 403
    page = approver.get(RELEASE).text
    assert "往前排" in page
    assert "排序" in page
    assert approver.post(f"{RELEASE}/{number}/approve", publish="1").status_code == 303
    assert versions.active(session, "feedback").number == 2
    assert "已发布" in author.get(RELEASE).text


def test_who_approves_a_first_version_sees_all_of_it(session, author, approver) -> None:
    told = {"key": "room_rental", "title_zh": "场地借用", "title_en": "Room rental"}
    assert author.post("/studio/new", **told).status_code == 303
    author.post("/studio/room_rental/release", note="新事项")
    page = approver.get("/studio/room_rental/release").text
    [drawn] = re.findall(r'data-xml-url="([^"]+)"', page)
    assert approver.get(drawn).text.startswith("<?xml")
    assert "审核申请" in page


def test_an_update_that_was_kept_can_be_compared_and_taken_up(session, author, approver) -> None:
    content = versions.in_force(session, "feedback").bundle
    mine, theirs = ({**content, "service": {**content["service"], "rank": n}} for n in (50, 60))
    versions.publish(
        session, "feedback", mine, "往前排", author_id=holdings(session, ROLE)[0].user_id
    )
    versions.publish(session, "feedback", theirs, "更新", in_force_at_once=False)
    page = author.get(f"{STUDIO}/versions").text
    assert "没有启用" in page
    assert "与第 2 版的差异" in page
    assert author.post(f"{STUDIO}/draft", number=3).status_code == 303
    assert "不是从最新的版本开始的" not in author.get(RELEASE).text
    assert author.post(f"{STUDIO}/draft", number=3).status_code == 409


def test_a_refusal_without_a_remark_is_shown_at_its_field(session, author, approver) -> None:
    number = asked(session, author)
    answer = approver.post(f"{RELEASE}/{number}/refuse", remark="")
    assert answer.status_code == 422
    assert "请写明退回的原因" in answer.text
    assert approver.post(f"{RELEASE}/{number}/refuse", remark="再想想").status_code == 303
    assert "再想想" in author.get(RELEASE).text


def test_a_request_of_another_process_is_not_found(session, author, approver) -> None:
    number = asked(session, author)
    publish_shipped(session, "appeal")
    for what in ("approve", "refuse", "publish", "withdraw"):
        address = f"/studio/appeal/release/{number}/{what}"
        assert approver.post(address, remark="x").status_code == 404


def test_a_time_that_is_not_whole_is_shown_at_its_field(session, author, approver) -> None:
    number = asked(session, author)
    approver.post(f"{RELEASE}/{number}/approve")
    answer = approver.post(f"{RELEASE}/{number}/publish", when="later", in_force_from="")
    assert answer.status_code == 422
    assert "请填写生效的日期和时间" in answer.text
    later = approver.post(
        f"{RELEASE}/{number}/publish", when="later", in_force_from="2099-01-01T08:00"
    )
    assert later.status_code == 303
    assert "2099-01-01 08:00" in author.get(RELEASE).text


def test_versions_can_be_read_compared_and_brought_back(session, author, approver) -> None:
    number = asked(session, author)
    approver.post(f"{RELEASE}/{number}/approve", publish="1")
    assert "第 2 版" in author.get(f"{STUDIO}/versions").text
    page = author.get(f"{STUDIO}/versions/1").text
    assert "填写反馈" in page
    assert "排序" in author.get(f"{STUDIO}/difference?to=2").text
    assert author.get(f"{STUDIO}/drawing.bpmn?of=2").text.startswith("<?xml")
    assert author.post(f"{STUDIO}/versions/1/roll-back", reason="x").status_code == 403
    wrong = approver.post(f"{STUDIO}/versions/1/roll-back", reason="")
    assert wrong.status_code == 422
    assert "请写明原因" in wrong.text
    assert approver.post(f"{STUDIO}/versions/1/roll-back", reason="排错了").status_code == 303
    assert "回退到第 1 版：排错了" in author.get(f"{STUDIO}/versions").text


@pytest.mark.parametrize(
    "address", ["versions/9", "difference?from=7", "difference?to=x", "drawing.bpmn?of=draft"]
)
def test_what_is_not_there_is_not_found(author, address: str) -> None:
    assert author.get(f"{STUDIO}/{address}").status_code == 404


def test_a_process_at_a_glance(session, author) -> None:
    page = author.get(STUDIO).text
    assert "正在使用" in page
    assert "开始草稿" in page
    edit(session)
    assert "继续设计" in author.get(STUDIO).text


def test_old_addresses_lead_to_the_studio(session, author) -> None:
    number = versions.active(session, "feedback").version_id
    for old, new in (
        ("", "/studio"),
        (f"/{number}", f"{STUDIO}/versions/1"),
        (f"/{number}/diagram.bpmn", f"{STUDIO}/drawing.bpmn?of=1"),
    ):
        answer = author.get(f"/admin/processes{old}")
        assert (answer.status_code, answer.headers["Location"]) == (301, new)
    assert author.get("/admin/processes/999").status_code == 404


@pytest.fixture
def system(session, browse) -> Browser:
    make_user(session, "root", "system_admin")
    return browse("root")


def permissions(session, login: str) -> set[str]:
    people = {one.login_name: one.permissions for one in holdings(session, "process_admin")}
    return set(people[login])


def test_permissions_are_set_person_by_person(session, author, system) -> None:
    user = make_designer(session, "luo", "operate").id
    assert "luo" in system.get("/admin/permissions").text
    answer = system.post("/admin/permissions", user_id=user, permission=["edit", "operate"])
    assert answer.status_code == 303
    assert permissions(session, "luo") == {"edit", "operate"}


def test_the_last_holder_of_a_permission_is_asked_about(session, author, system) -> None:
    user = make_designer(session, "luo", "publish", "operate").id
    answer = system.post("/admin/permissions", user_id=user, permission="operate")
    assert answer.status_code == 409
    assert "没有人再有权限：发布和回退" in answer.text
    assert permissions(session, "luo") == {"publish", "operate"}
    system.post("/admin/permissions", user_id=user, permission="operate", even_last="1")
    assert permissions(session, "luo") == {"operate"}
    assert "没有人有权限" in system.get("/admin/permissions").text


def test_permissions_are_only_for_those_who_hold_the_role(session, author, system) -> None:
    user = make_user(session, "somebody", "reviewer").id
    for wrong in (user, "x", ""):
        assert system.post("/admin/permissions", user_id=wrong).status_code == 404
