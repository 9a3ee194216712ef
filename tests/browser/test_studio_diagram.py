"""An administrator draws a process in the browser; a colleague draws at the same time (H1, H2)."""

import re
from typing import Any

from playwright.sync_api import Locator, expect

from browser.conftest import Meet
from browser.pages import Person, Site
from certflow.accounts.models import User
from certflow.core.actor import Actor
from certflow.core.db import db, transaction, writing
from certflow.engine.diagram import Diagram, processes, read
from certflow.engine.xml import parse
from certflow.studio import drafts

DESIGNER, COLLEAGUE, NEW = "pei.mingde", "tang.yusheng", "room_booking"
SOON = 8_000


def drawn(site: Site, key: str) -> tuple[Diagram, dict[str, Any]]:
    """The diagram and the settings as the draft holds them."""
    with site.app.app_context():
        session = db.session()
        content = drafts.content_of(session, drafts.the_draft(session, key))
    root = parse(content["bpmn"].encode())
    return read(root, processes(root)[0]), content["service"]


class Drawing:
    """The diagram's editor as people see it."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page
        self.page.locator("[data-canvas][data-drawn=yes]").wait_for()
        self.panel = self.page.get_by_role("complementary", name=re.compile("设置|Settings"))
        self.saved = self.page.locator("[data-draft-state]")

    def element(self, name: str) -> Locator:
        return self.page.locator(f'g.djs-shape:has(> .djs-visual:has-text("{name}")) > .djs-hit')

    def select(self, element: str) -> "Drawing":
        """Click an element or flow where nothing lies over it."""
        self.page.locator(f'[data-element-id="{element}"] > .djs-hit').first.click(force=True)
        return self

    def pad(self, title: str) -> None:
        self.page.locator(f'.djs-context-pad .entry[title="{title}"]').click()

    def connect(self, name: str) -> None:
        """Draw a flow from what is selected to another element."""
        self.pad("连到另一个环节")
        box = self.element(name).bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 20, box["y"] + 20, steps=6)
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def field(self, label: str) -> Locator:
        return self.panel.get_by_label(label, exact=True)

    def is_saved(self) -> None:
        """Wait until everything is kept."""
        expect(self.saved).to_have_attribute("data-draft-state", "dirty", timeout=SOON)
        expect(self.saved).to_have_attribute("data-draft-state", "saved", timeout=SOON)


def test_a_step_is_drawn_described_and_kept(meet: Meet, site: Site) -> None:
    person = meet(DESIGNER).open("/studio").open("/studio/new")
    for name, words in (("title_zh", "场地使用申请"), ("title_en", "Rooms"), ("key", NEW)):
        person.write(name, words)
    person.follow("main form button.cf-button--main")
    editor = Drawing(person)
    editor.select("file_to_review").pad("删除")
    editor.select("file").pad("接着：人工办理")
    editor.page.keyboard.type("核对材料")
    editor.page.keyboard.press("Enter")
    editor.field("英文名称").fill("Check the papers")
    editor.field("使用的表单").select_option(label="审核申请（review）")
    editor.field("办理时限").fill("3")
    editor.connect("协会审核")
    editor.is_saved()
    diagram, service = drawn(site, NEW)
    step = diagram.elements["check_the_papers"]
    assert (step.name, step.lane, step.form, step.properties["due"]) == (
        "核对材料", "applicant", "review", "3",
    )  # fmt: skip
    assert {"file_to_check_the_papers", "check_the_papers_to_review"} <= set(diagram.flows)
    assert service["stages"]["check_the_papers"]["name"] == {
        "zh": "核对材料", "en": "Check the papers",
    }  # fmt: skip
    assert [one["elements"] for one in service["steps"] if "file" in one["elements"]] == [
        ["file", "check_the_papers"]
    ]
    another_service_is_called(editor, site)
    lane_and_condition(editor, site)


def lane_and_condition(editor: Drawing, site: Site) -> None:
    """Another role for a lane, a condition that is wrong first, one step back."""
    editor.page.locator('[data-element-id="reviewer"] text').first.click(force=True)
    editor.field("由哪个角色办理").select_option("approver")
    editor.is_saved()
    diagram, service = drawn(site, NEW)
    assert diagram.elements["review"].lane == "approver"
    assert "approver" in service["lanes"]
    editor.select("decision_to_refused_label")
    editor.panel.get_by_role("button", name="用文字写").click()
    text = editor.panel.get_by_label("条件的文字")
    text.fill('review_outcome = "accept"')
    expect(editor.panel.get_by_text("两个等号")).to_be_visible()
    text.fill('review_outcome == "accept"')
    expect(editor.panel.get_by_text("条件写对了")).to_be_visible()
    editor.is_saved()
    assert drawn(site, NEW)[0].flows["decision_to_refused"].condition.endswith('"accept"')
    for _ in range(2):
        editor.page.get_by_role("button", name="撤销").click()
    editor.is_saved()
    assert drawn(site, NEW)[0].flows["decision_to_refused"].condition.endswith('"refuse"')
    editor.page.locator("svg[data-element-id]").first.press("Control+f")
    expect(editor.page.locator(".djs-search-input input")).to_be_focused()
    editor.page.keyboard.type("check_the")
    editor.page.keyboard.press("Enter")
    expect(editor.panel.get_by_role("heading", name="核对材料")).to_be_visible()
    without_a_mouse(editor, site)


def without_a_mouse(editor: Drawing, site: Site) -> None:
    """Enter leads to what can be done with a step: another one after it, a flow to a third."""
    keys = editor.page.keyboard
    keys.press("Enter")
    expect(editor.page.get_by_role("button", name="接着：人工办理")).to_be_focused()
    keys.press("Enter")
    expect(editor.page.locator(".djs-direct-editing-content")).to_be_focused()
    keys.type("复核")
    keys.press("Enter")
    expect(editor.panel.get_by_role("heading", name="复核")).to_be_visible()
    keys.press("Enter")
    connect = editor.page.get_by_role("button", name="连到另一个环节")
    expect(connect).to_be_visible()
    connect.focus()
    keys.press("Enter")
    expect(editor.page.locator(".djs-search-input input")).to_be_focused()
    keys.type("decision")
    keys.press("Enter")
    editor.is_saved()
    ends = {(one.source, one.target) for one in drawn(site, NEW)[0].flows.values()}
    assert {("check_the_papers", "step_1"), ("step_1", "decision")} <= ends


def another_service_is_called(editor: Drawing, site: Site) -> None:
    """A step becomes a call of a service in force; a condition is offered how that can end."""
    editor.select("check_the_papers").pad("换成别的")
    editor.page.locator('[data-id="replace-with-call-activity"]').click()
    choose = editor.field("调用的业务")
    expect(choose.locator("option[value=registration]")).to_have_count(1)
    expect(choose.locator(f"option[value={NEW}]")).to_have_count(0)
    choose.select_option("registration")
    editor.is_saved()
    call = drawn(site, NEW)[0].elements["check_the_papers"]
    assert (call.kind, call.called) == ("callActivity", "registration")
    assert call.properties == {"result": "registration"}
    expect(editor.page.locator("[data-findings-count]")).to_contain_text("没有问题", timeout=SOON)


def test_two_people_at_one_diagram_lose_nothing(meet: Meet, site: Site) -> None:
    key = "registration"
    with site.app.app_context(), writing(), transaction() as session:
        user = session.query(User).filter_by(login_name=DESIGNER).one()
        drafts.begin_from(session, Actor(user.id, user.name, "process_admin"), key)
    before = drawn(site, key)[0]
    first = Drawing(meet(DESIGNER).open("/studio").open(f"/studio/{key}/draft"))
    second = Drawing(meet(COLLEAGUE).open("/studio").open(f"/studio/{key}/draft"))
    expect(second.page.get_by_text("还有 1 人正在编辑")).to_be_visible()
    second.select("choose").field("中文名称").fill("选择类型")
    second.is_saved()
    with first.person.refused(409):
        first.select("choose").field("中文名称").fill("选择申请的类型")
        dialog = first.page.get_by_role("dialog", name="“流程图”有两个版本")
        expect(dialog).to_be_visible(timeout=SOON)
    expect(dialog.locator(".djs-container")).to_have_count(2)
    expect(dialog.locator(".cf-differs")).to_have_count(2)
    assert drawn(site, key)[0].elements["choose"].name == "选择类型"
    dialog.get_by_role("button", name="用对方的版本").click()
    expect(first.field("中文名称")).to_have_value("选择类型")
    first.page.get_by_role("button", name="撤销", exact=True).last.click()
    expect(first.field("中文名称")).to_have_value("选择申请的类型")
    expect(first.saved).to_have_attribute("data-draft-state", "saved", timeout=SOON)
    after, service = drawn(site, key)
    assert service["stages"]["choose"]["name"]["zh"] == "选择申请的类型"
    assert after.elements["choose"].name == "选择申请的类型"
    assert after.flows == before.flows
    others = set(before.elements) - {"choose"}
    assert {one: after.elements[one] for one in others} == {
        one: before.elements[one] for one in others
    }
    looked_at_on_a_phone(meet, key)
    read_in_english(meet, site, key)


def read_in_english(meet: Meet, site: Site, key: str) -> None:
    """The canvas speaks English; looking saves nothing, typing changes the English name alone."""
    before = drawn(site, key)
    person = meet(DESIGNER, locale="en").open("/studio")
    editor = Drawing(person.open(f"/studio/{key}/draft"))
    expect(editor.element("Choose your")).to_be_visible()
    expect(editor.element("选择申请的类型")).to_have_count(0)
    assert drawn(site, key) == before
    editor.page.locator('[data-element-id="accept"] > .djs-hit').dblclick(force=True)
    editor.page.keyboard.press("ControlOrMeta+a")
    editor.page.keyboard.type("Formal check")
    editor.page.locator('[data-element-id="choose"] > .djs-hit').click(force=True)
    editor.is_saved()
    expect(editor.element("Formal check")).to_be_visible()
    after = drawn(site, key)
    assert after[0] == before[0]
    assert after[1]["stages"]["accept"]["name"] == {"zh": "受理审查", "en": "Formal check"}


def looked_at_on_a_phone(meet: Meet, key: str) -> None:
    person = meet(DESIGNER, width=390).open("/studio").open(f"/studio/{key}/draft")
    small = Drawing(person)
    expect(small.page.get_by_text("修改请用电脑")).to_be_visible()
    small.select("choose")
    expect(small.field("中文名称")).to_be_visible()
    assert small.field("中文名称").get_attribute("readonly") is not None
