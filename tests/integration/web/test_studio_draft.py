"""A draft in the browser: begun, saved part by part, two people at one part, given up (H1-H3)."""

import pytest
from sqlalchemy import select

from certflow.cases import versions
from certflow.core import clock
from certflow.core.audit import AuditEvent
from certflow.studio import drafts
from factories.actors import make_user
from factories.browser import Browser
from factories.cast import START, publish_shipped
from factories.studio import make_designer

DRAFT = "/studio/feedback/draft"


@pytest.fixture
def designer(session, browse) -> Browser:
    publish_shipped(session, "feedback")
    make_designer(session, "pei", "edit")
    return browse("pei")


@pytest.fixture
def editing(designer) -> Browser:
    assert designer.post(DRAFT).status_code == 303
    return designer


@pytest.fixture
def another(session, browse, editing) -> Browser:
    make_designer(session, "tang", "edit")
    return browse("tang")


def part(browser: Browser, name: str):
    return browser.get(f"{DRAFT}/parts/{name}").json


def save(browser: Browser, name: str, content, revision: int):
    headers = {"X-CSRFToken": browser.token(), "Accept": "application/json"}
    body = {"content": content, "revision": revision}
    return browser.send("POST", f"{DRAFT}/parts/{name}", json=body, headers=headers)


def visit(browser: Browser, name: str):
    headers = {"X-CSRFToken": browser.token()}
    return browser.send("POST", f"{DRAFT}/visit", json={"part": name}, headers=headers).json


def test_a_draft_begins_with_what_is_in_force(session, editing) -> None:
    content = versions.active(session, "feedback").bundle
    assert part(editing, "bpmn")["content"].encode() == content.bpmn
    assert part(editing, "form:answer")["content"] == content.forms["answer"]
    assert part(editing, "service")["revision"] == 1


def test_beginning_twice_goes_on_with_the_same_draft(session, editing) -> None:
    save(editing, "bpmn", "<changed/>", 1)
    assert editing.post(DRAFT).status_code == 303
    assert part(editing, "bpmn")["content"] == "<changed/>"


def test_a_part_is_saved_under_the_next_revision(editing) -> None:
    clock.freeze(START.replace(minute=5))
    saved = save(editing, "bpmn", "<changed/>", 1)
    assert (saved.status_code, saved.json) == (200, {"revision": 2, "saved_at": "09:05"})
    told = part(editing, "bpmn")
    assert (told["content"], told["revision"], told["changed_by"]) == ("<changed/>", 2, "pei")


def test_whoever_comes_second_gets_both_versions(editing, another) -> None:
    save(editing, "bpmn", "<first/>", 1)
    answer = save(another, "bpmn", "<second/>", 1)
    assert answer.status_code == 409
    assert "pei" in answer.json["error"]
    theirs = answer.json["theirs"]
    assert (theirs["content"], theirs["revision"], theirs["who"]) == ("<first/>", 2, "pei")
    assert part(editing, "bpmn")["content"] == "<first/>"
    assert save(another, "bpmn", "<second/>", 2).status_code == 200


def compared(browser: Browser, **given):
    headers = {"X-CSRFToken": browser.token(), "Accept": "application/json"}
    return browser.send("POST", f"{DRAFT}/compare", json=given, headers=headers)


def test_what_differs_between_two_versions_is_said_in_words(editing) -> None:
    theirs = part(editing, "service")["content"]
    mine = {**theirs, "rank": 77, "time_limit": {**theirs["time_limit"], "unit": "calendar_days"}}
    changes = compared(editing, part="service", content=mine, other=theirs).json["changes"]
    assert {one["name"]: one["details"] for one in changes} == {
        "排序": [{"label": "内容", "value": "77"}],
        "承诺时限": [{"label": "单位", "value": "个自然日"}],
    }
    assert compared(editing, part="service", content=theirs, other=theirs).json["changes"] == []
    assert compared(editing, part="service", content=[], other=theirs).status_code == 422
    odd = {"fee": 5, "names": [1], "stages": {"a": "b"}, "notices": {"x": {"to": {}}}}
    assert compared(editing, part="service", content=odd, other=theirs).status_code == 200
    assert compared(editing, part="table:x", content="<a", other="").status_code == 200


def test_two_people_at_two_parts_never_collide(editing, another) -> None:
    save(editing, "bpmn", "<first/>", 1)
    assert save(another, "form:act", {"key": "act"}, 1).status_code == 200


def test_the_others_are_told_who_is_there_until_they_are_gone(editing, another) -> None:
    assert visit(editing, "bpmn")["others"] == []
    assert visit(another, "form:act")["others"] == [{"name": "pei", "part": "bpmn"}]
    clock.freeze(START.replace(minute=10))
    assert visit(another, "form:act")["others"] == []


def test_a_visit_tells_when_a_part_was_changed(editing, another) -> None:
    save(another, "bpmn", "<changed/>", 1)
    assert visit(editing, "bpmn")["revision"] == 2


def test_a_part_that_is_new_is_added_and_removed(session, editing) -> None:
    assert editing.get(f"{DRAFT}/parts/form:fresh").status_code == 404
    assert save(editing, "form:fresh", {"key": "fresh"}, 0).json["revision"] == 1
    assert save(editing, "form:fresh", None, 1).json["revision"] == 2
    draft = drafts.the_draft(session, "feedback")
    assert "fresh" not in drafts.content_of(session, draft)["forms"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bpmn", None),
        ("bpmn", {"xml": ""}),
        ("form:act", "text"),
        ("form:", {}),
        ("picture", {}),
        ("form:a:b", {}),
        ("table:" + "x" * 61, "<definitions/>"),
        ("bpmn", "x" * 2_000_001),
        ("scenario:all", ["nothing"]),
    ],
)
def test_what_no_bundle_could_hold_is_refused(editing, name, content) -> None:
    assert save(editing, name, content, 1).status_code == 422


@pytest.mark.parametrize("body", ["", "[1]", '{"content": ""}', '{"content": "", "revision": "1"}'])
def test_half_a_request_changes_nothing(editing, body) -> None:
    answer = editing.send(
        "POST",
        f"{DRAFT}/parts/bpmn",
        data=body,
        headers={"X-CSRFToken": editing.token(), "Accept": "application/json"},
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert part(editing, "bpmn")["revision"] == 1


def test_nesting_beyond_reason_is_refused(editing) -> None:
    deep = '{"revision": 1, "content": ' + "[" * 50_000 + "]" * 50_000 + "}"
    answer = editing.send(
        "POST",
        f"{DRAFT}/parts/form:act",
        data=deep,
        headers={"X-CSRFToken": editing.token()},
        content_type="application/json",
    )
    assert answer.status_code in {400, 422}


def test_who_may_only_look_sees_the_draft_and_changes_nothing(session, browse, editing) -> None:
    make_user(session, "looker", "process_admin")
    looker = browse("looker")
    assert part(looker, "bpmn")["revision"] == 1
    assert 'data-edit="no"' in looker.get(DRAFT).text
    assert 'data-edit="yes"' in editing.get(DRAFT).text
    assert save(looker, "bpmn", "<mine/>", 1).status_code == 403
    assert looker.post(DRAFT).status_code == 403
    assert looker.post(f"{DRAFT}/discard", reason="no").status_code == 403


def test_without_a_draft_the_version_in_force_is_shown_in_the_readers_language(
    session, designer, browse
) -> None:
    assert "现在没有草稿" in designer.get(DRAFT).text
    designer.post("/language", locale="en")
    page = designer.get(DRAFT).text
    assert "Answer after the addition" in page
    make_user(session, "looker", "process_admin")
    assert "开始草稿</button>" not in browse("looker").get(DRAFT).text


def test_a_draft_is_given_up_with_a_reason(session, editing) -> None:
    assert editing.post(f"{DRAFT}/discard", reason=" ").status_code == 422
    assert part(editing, "bpmn")["revision"] == 1
    assert editing.post(f"{DRAFT}/discard", reason="改用另一种做法").status_code == 303
    assert editing.get(f"{DRAFT}/parts/bpmn").status_code == 404
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "draft.discarded")).one()
    assert told.reason == "改用另一种做法"


def test_a_new_service_begins_with_a_diagram_that_could_be_published(session, designer) -> None:
    answer = designer.post(
        "/studio/new", key="room_booking", title_zh='场地"使用"申请', title_en="Room & booking"
    )
    assert answer.headers["Location"].endswith("/studio/room_booking/draft")
    content = drafts.content_of(session, drafts.the_draft(session, "room_booking"))
    loaded = versions.build("room_booking", content)
    assert loaded.definition.warnings == ()
    assert set(loaded.forms) == {"file", "review"}
    assert loaded.settings["title"] == {"zh": '场地"使用"申请', "en": "Room & booking"}
    assert content["records"].keys() == versions.active(session, "feedback").records.keys()


@pytest.mark.parametrize(
    ("key", "zh", "en", "wrong"),
    [
        ("Room", "场地", "Room", "key"),
        ("new", "场地", "Room", "key"),
        ("../up", "场地", "Room", "key"),
        ("feedback", "场地", "Room", "key"),
        ("room", " ", "Room", "title_zh"),
        ("room", "场地", "x" * 61, "title_en"),
    ],
)
def test_a_wrong_key_or_name_is_said_at_its_field(designer, key, zh, en, wrong) -> None:
    answer = designer.post("/studio/new", key=key, title_zh=zh, title_en=en)
    assert answer.status_code == 422
    assert f'id="{wrong}-error"' in answer.text
