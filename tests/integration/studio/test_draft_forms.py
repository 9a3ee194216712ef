"""The forms of a draft: listed with their uses, made, copied, renamed, removed, looked at (H2)."""

import json
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select
from werkzeug.test import TestResponse

from certflow.cases import versions
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.text import Text
from certflow.studio import drafts, forms
from certflow.studio.models import Draft
from factories.browser import Browser
from factories.cast import ROOT
from factories.studio import acting, make_designer

KEY = "complaint"
WORDS = Text("场地使用申请", "Application for a room")


@pytest.fixture
def designer(session: Session) -> Actor:
    return acting(make_designer(session, "designer"))


@pytest.fixture
def draft(session: Session, designer: Actor) -> Draft:
    versions.publish(session, KEY, versions.read_folder(ROOT, KEY), "")
    return drafts.begin_from(session, designer, KEY)


@pytest.fixture
def browser(app: Flask, session: Session, draft: Draft) -> Browser:
    return Browser(app, session).sign_in("designer")


def content(session: Session, draft: Draft) -> dict[str, Any]:
    return drafts.content_of(session, draft)


def uses(session: Session, draft: Draft, group: str, name: str) -> list[str]:
    found = next(
        one
        for one in forms.listed(content(session, draft))
        if (one.group, one.name) == (group, name)
    )
    return [one.said.zh for one in found.uses]


def audited(session: Session) -> list[str]:
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [one.action for one in events if one.action.startswith(("draft.form", "draft.field"))]


def test_the_list_says_where_a_form_is_used(session: Session, draft: Draft) -> None:
    told = uses(session, draft, "form", "accept")
    assert told[0] == "环节“投诉受理”"
    assert any("用到它的办理结果" in one for one in told)
    assert "表单“补充投诉”在它上面修改" in uses(session, draft, "form", "file")
    assert uses(session, draft, "record", "audit") == []


def test_a_new_form_is_sound_from_the_start(
    session: Session, draft: Draft, designer: Actor
) -> None:
    name = forms.add(session, designer, draft, "form", WORDS)
    assert name == "application_for_a_room"
    assert forms.add(session, designer, draft, "form", WORDS) == "application_for_a_room_2"
    kind = forms.add(session, designer, draft, "record", Text("训练", "训练"))
    assert kind == "record"
    versions.build(KEY, content(session, draft))
    assert audited(session) == ["draft.form_added"] * 3


@pytest.mark.parametrize(
    ("title", "name", "wrong"),
    [
        (Text("", "Room"), "", "title_zh"),
        (Text("场地", " "), "", "title_en"),
        (WORDS, "Room", "name"),
        (WORDS, "class", "name"),
        (WORDS, "file", "name"),
    ],
)
def test_a_wrong_name_says_so_at_its_field(
    session: Session, draft: Draft, designer: Actor, title: Text, name: str, wrong: str
) -> None:
    with pytest.raises(Invalid) as caught:
        forms.add(session, designer, draft, "form", title, name)
    assert list(caught.value.fields) == [wrong]


def test_a_copy_is_a_form_of_its_own(session: Session, draft: Draft, designer: Actor) -> None:
    name = forms.copy(session, designer, draft, "form", "file")
    made = content(session, draft)["forms"]
    assert (made[name]["key"], made[name]["title"]["zh"]) == ("file_2", "填写投诉（副本）")
    assert made[name]["pages"] == made["file"]["pages"]
    versions.build(KEY, content(session, draft))


def test_a_form_takes_its_name_along_wherever_it_is_used(
    session: Session, draft: Draft, designer: Actor
) -> None:
    before = content(session, draft)
    changed = forms.rename(session, designer, draft, "form", "file", "complain")
    after = content(session, draft)
    assert "bpmn" in changed
    assert "file" not in after["forms"]
    assert after["forms"]["accept"]["reviews"] == after["forms"]["amend"]["amends"] == "complain"
    lines = zip(before["bpmn"].splitlines(), after["bpmn"].splitlines(), strict=True)
    assert [one for one in lines if one[0] != one[1]] == [
        (
            '          <certflow:property name="form" value="file" />',
            '          <certflow:property name="form" value="complain" />',
        )
    ]
    versions.build(KEY, after)
    forms.rename(session, designer, draft, "form", "decide", "ruling")
    told = json.dumps(content(session, draft)["service"])
    assert "{ruling." in told
    assert "{decide." not in told


def test_its_outcome_is_renamed_with_it_unless_the_form_names_it_itself(
    session: Session, draft: Draft, designer: Actor
) -> None:
    forms.rename(session, designer, draft, "form", "accept", "admit")
    assert "accept_outcome ==" in content(session, draft)["bpmn"]
    part = drafts.part(session, draft, "form:admit")
    own = {key: one for key, one in part.content.items() if key != "decides"}
    drafts.save(session, designer, draft, "form:admit", own, part.revision)
    bpmn = drafts.part(session, draft, "bpmn")
    told = bpmn.content.replace("accept_outcome", "admit_outcome")
    drafts.save(session, designer, draft, "bpmn", told, bpmn.revision)
    forms.rename(session, designer, draft, "form", "admit", "receive")
    assert "receive_outcome ==" in content(session, draft)["bpmn"]
    assert "admit_outcome" not in content(session, draft)["bpmn"]


def test_a_record_kind_is_renamed_in_the_forms_that_hold_it(
    session: Session, designer: Actor
) -> None:
    versions.publish(session, "registration", versions.read_folder(ROOT, "registration"), "")
    draft = drafts.begin_from(session, designer, "registration")
    forms.rename(session, designer, draft, "record", "audit", "audits")
    made = content(session, draft)
    assert '"records": "audits"' in json.dumps(made["forms"]["apply"])
    with pytest.raises(Conflict) as caught:
        forms.remove(session, designer, draft, "record", "audits")
    assert "审核经历" in caught.value.message.zh


def test_what_is_used_stays_and_what_is_not_goes(
    session: Session, draft: Draft, designer: Actor
) -> None:
    with pytest.raises(Conflict) as caught:
        forms.remove(session, designer, draft, "form", "state")
    assert "环节“被投诉人陈述”" in caught.value.message.zh
    name = forms.copy(session, designer, draft, "form", "state")
    forms.remove(session, designer, draft, "form", name)
    assert name not in content(session, draft)["forms"]
    assert audited(session) == ["draft.form_copied", "draft.form_removed"]


def test_the_list_page_refuses_at_the_field(browser: Browser) -> None:
    address = f"/studio/{KEY}/draft/forms"
    answer = browser.post(address, act="add", group="form", title_zh="场地", title_en="")
    assert answer.status_code == 422
    assert 'id="new-form-en-error"' in answer.text
    answer = browser.post(address, act="remove", group="form", name="file")
    assert answer.status_code == 409
    assert "还在使用，不能移除" in answer.text
    assert browser.post(address, act="burn", group="form", name="file").status_code == 404


def asked(browser: Browser, address: str, **given: Any) -> TestResponse:
    headers = {"X-CSRFToken": browser.token()}
    return browser.send("POST", f"/studio/{KEY}/draft/{address}", json=given, headers=headers)


def drawn(browser: Browser, form: Any, **how: Any) -> Any:
    answer = asked(browser, "preview", content=form, **how)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_every_form_of_a_process_can_be_looked_at(
    app: Flask, session: Session, designer: Actor
) -> None:
    key = "registration"
    versions.publish(session, key, versions.read_folder(ROOT, key), "")
    made = content(session, drafts.begin_from(session, designer, key))
    browser = Browser(app, session).sign_in("designer")
    headers = {"X-CSRFToken": browser.token()}
    for form in [*made["forms"].values(), *made["records"].values()]:
        given = {"content": form, "fill": "sample", "locale": "en"}
        answer = browser.send("POST", f"/studio/{key}/draft/preview", json=given, headers=headers)
        assert answer.status_code == 200, (form["key"], answer.text)
        assert answer.get_json()["findings"] == []
        assert escape(form["title"]["en"]) in answer.get_json()["html"]


def test_the_preview_goes_on_with_what_was_typed(
    session: Session, draft: Draft, browser: Browser
) -> None:
    form = content(session, draft)["forms"]["file"]
    first = drawn(browser, form, locale="zh")
    assert "被投诉人姓名" in first["html"]
    again = drawn(browser, form, posted=[["subject", "body"]], data=first["data"])
    assert again["data"]["subject"] == "body"
    assert 'value="body" checked' in again["html"]
    english = drawn(browser, form, data=again["data"], locale="en")
    assert '<html lang="en"' in english["html"]
    assert english["data"] == again["data"]


def test_the_preview_keeps_nothing(session: Session, draft: Draft, browser: Browser) -> None:
    before = content(session, draft)
    form = {**before["forms"]["file"], "title": {"zh": "别的", "en": "Other"}}
    assert "别的" in drawn(browser, form)["html"]
    assert content(session, draft) == before


ODD: list[Any] = [
    {},
    {"pages": 5, "outcomes": "x", "schema": []},
    {"key": "file", "pages": [{"fields": [{"name": 5, "widget": {}}]}]},
    {"key": "file", "pages": [{"key": "a", "fields": [{"name": "a", "widget": "records"}]}]},
    {"key": "file", "amends": "file"},
    {"key": "file", "title": "<script>alert(1)</script>", "pages": [{"title": {"zh": "<b>"}}]},
]


@pytest.mark.parametrize("form", ODD)
def test_whatever_was_typed_the_preview_answers(browser: Browser, form: Any) -> None:
    answer = asked(browser, "preview", content=form)
    assert answer.status_code in {200, 422}
    if answer.status_code == 200:
        assert "<script" not in answer.get_json()["html"]
    assert asked(browser, "preview", content=[form]).status_code == 422


def test_findings_stand_at_the_field(session: Session, draft: Draft, browser: Browser) -> None:
    form = content(session, draft)["forms"]["file"]
    form["pages"][0]["fields"][1]["visible_if"] = "nobody"
    told = drawn(browser, form)["findings"]
    assert [one["place"] for one in told] == ["subject"]
    assert "nobody" in told[0]["message"]


def test_the_builder_learns_what_is_known_and_what_is_wrong(browser: Browser) -> None:
    found = browser.get(f"/studio/{KEY}/draft/variables?element=decide").get_json()["variables"]
    finding = next(one for one in found if one["name"] == "finding")
    assert finding["type"] == "text"
    assert {"value": "founded", "label": "投诉属实"} in finding["values"]
    assert finding["always"] is False
    text = 'finding == "found"'
    answer = asked(browser, "condition", text=text, element="decide").get_json()
    assert (answer["ok"], answer["severity"], answer["at"]) == (True, "warning", [11, 18])
    known = [{"name": "days", "type": "number", "label": "天数", "values": []}]
    assert asked(browser, "condition", text="days > 3", known=known).get_json()["ok"]
    answer = asked(browser, "condition", text="finding", known=known).get_json()
    assert (answer["ok"], answer["severity"]) == (False, "error")


def test_a_new_key_of_a_question_goes_into_the_rest_of_the_draft(
    session: Session, draft: Draft, designer: Actor, browser: Browser
) -> None:
    names = {"group": "form", "name": "decide", "before": "told", "after": "answer"}
    assert asked(browser, "fields", **names).status_code == 409  # the form still has the old one
    form = content(session, draft)["forms"]["decide"]
    renamed = json.loads(json.dumps(form).replace('"told"', '"answer"'))
    revision = drafts.revision_of(session, draft, "form:decide")
    drafts.save(session, designer, draft, "form:decide", renamed, revision)
    assert asked(browser, "fields", **names).get_json()["parts"] == ["设置"]
    assert "{decide.answer}" in str(content(session, draft)["service"]["letters"])
    assert "{decide.told}" not in str(content(session, draft)["service"]["letters"])
    assert audited(session)[-1] == "draft.field_renamed"
    assert asked(browser, "fields", **names).get_json()["parts"] == []
    assert asked(browser, "fields", **{**names, "group": "table"}).status_code == 404


def test_who_may_only_look_sees_the_editor_and_changes_nothing(
    app: Flask, session: Session, draft: Draft
) -> None:
    make_designer(session, "looker", "publish")
    browser = Browser(app, session).sign_in("looker")
    assert browser.get(f"/studio/{KEY}/draft/forms/file").status_code == 200
    assert 'data-edit="no"' in browser.get(f"/studio/{KEY}/draft/forms/file").text
    assert browser.post(f"/studio/{KEY}/draft/forms", act="copy", group="form").status_code == 403
    assert "新建表单" not in browser.get(f"/studio/{KEY}/draft/forms").text
