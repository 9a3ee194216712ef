"""An administrator makes a form in the browser: questions, a condition, an order, a look at a phone (H2)."""

import re
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from browser.conftest import Meet
from browser.pages import Person, Site
from browser.test_accessibility import violations
from certflow.accounts.models import User
from certflow.cases import versions
from certflow.core.actor import Actor
from certflow.core.db import db, transaction, writing
from certflow.studio import drafts

DESIGNER, KEY = "pei.mingde", "registration"
ADDRESS = f"/studio/{KEY}/draft/forms"


@pytest.fixture
def draft(site: Site) -> None:
    """A draft to work on."""
    with site.app.app_context(), writing(), transaction() as session:
        user = session.query(User).filter_by(login_name=DESIGNER).one()
        drafts.begin_from(session, Actor(user.id, user.name, "process_admin"), KEY)


def content(site: Site) -> dict[str, Any]:
    """What the draft holds now."""
    with site.app.app_context():
        session = db.session()
        return drafts.content_of(session, drafts.the_draft(session, KEY))


class Editor:
    """The form editor as people see it."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page
        self.page.locator("[data-form-editor][data-ready]").wait_for()

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("region", name="设置", exact=True)

    @property
    def preview(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title=表单预览]")

    def question(self, name: str) -> Locator:
        return self.page.get_by_role("navigation", name="表单的结构").get_by_role(
            "button", name=re.compile(f"^{name}")
        )

    def order(self) -> list[str]:
        return self.page.locator("[data-field]").evaluate_all(
            "all => all.map(one => one.dataset.field)"
        )

    def add(self, kind: str, zh: str, en: str) -> None:
        """Add a question of a kind and write it in both languages."""
        self.page.get_by_role("button", name="添加问题").last.click()
        self.page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{kind}")).click()
        words = self.panel.get_by_role("group", name="问题", exact=True)
        words.get_by_label("中文").fill(zh)
        words.get_by_label("英文").fill(en)

    def saved(self) -> None:
        expect(self.page.locator("[data-draft-state=saved]")).to_be_visible(timeout=10_000)


def new_form(person: Person) -> Editor:
    person.open(ADDRESS)
    page = person.page
    page.get_by_text("新建表单", exact=True).click()
    form = page.locator("form", has=page.get_by_role("button", name="新建并开始编辑")).first
    form.get_by_label("中文名称").fill("场地使用申请")
    form.get_by_label("英文名称").fill("Application for a room")
    person.follow(form.get_by_role("button", name="新建并开始编辑"))
    assert page.url.endswith("/application_for_a_room")
    return Editor(person)


def drag(page: Page, name: str, over: str) -> None:
    """Put a question above another one."""
    target = page.locator(f'[data-field="{over}"]')
    page.locator(f'[data-field="{name}"]').drag_to(target, target_position={"x": 60, "y": 3})


def test_a_form_is_made_tried_and_kept(meet: Meet, site: Site, draft: None) -> None:
    person = meet(DESIGNER)
    editor = new_form(person)
    page, panel = editor.page, editor.panel

    editor.add("是或否", "要搭台吗", "Is a stage needed?")
    editor.add("上传文件", "搭台方案", "Plan of the stage")
    editor.add("可重复的一组", "参加人员", "People attending")
    panel.get_by_text("都不合适，新建一种").click()
    panel.get_by_role("button", name="新建并选用").click()
    expect(panel.get_by_text("每条要填：第一个问题")).to_be_visible()
    assert editor.order() == ["question_1", "is_a_stage_needed", "plan_of_the_stage", "records"]

    # The file is asked for only when there is a stage: wrong as text, right as rows.
    editor.question("搭台方案").click()
    panel.locator("summary", has_text="什么时候显示").click()
    condition = panel.get_by_role("group", name="什么时候显示")
    condition.get_by_role("button", name="用文字写").click()
    condition.get_by_label("条件的文字").fill("is_a_stage_neded")
    expect(condition.get_by_role("status")).to_contain_text("是不是“is_a_stage_needed”")
    expect(panel.locator(".cf-fe-wrongs")).to_contain_text("is_a_stage_neded")
    expect(editor.question("搭台方案").get_by_label("有要改的地方")).to_be_visible()
    condition.get_by_label("条件的文字").fill("")
    condition.get_by_role("button", name="逐条选择").click()
    condition.get_by_role("button", name="添加条件").click()
    condition.get_by_label("看哪一项").select_option("is_a_stage_needed")
    expect(condition.get_by_role("status")).to_contain_text("条件写对了")
    expect(page.get_by_text("共 4 个问题，都填好了")).to_be_visible()

    # It looks as it will on a phone, in both languages, and answers what is typed.
    page.get_by_label("手机", exact=True).check()
    frame, preview = page.locator("iframe[title=表单预览]"), editor.preview
    assert frame.evaluate("one => one.contentWindow.innerWidth") == 390
    expect(preview.get_by_text("搭台方案")).to_be_hidden()
    expect(page.get_by_text("这个问题现在没有显示")).to_be_visible()
    preview.get_by_label("是", exact=True).check()
    expect(preview.get_by_text("搭台方案")).to_be_visible()
    preview.get_by_role("button", name="添加一条").click()
    expect(preview.get_by_label("第一个问题").nth(1)).to_be_visible()
    page.get_by_role("radio", name="English").check()
    expect(preview.get_by_text("Plan of the stage")).to_be_visible()
    preview.get_by_text("Is a stage needed?").click()
    expect(panel.get_by_label("中文").first).to_have_value("要搭台吗")

    person.shoot("studio-form")
    assert violations(person) == []

    # Order: dragged, then by keyboard; taken back, and done again.
    drag(page, "people_attending", "is_a_stage_needed")
    assert editor.order() == [
        "question_1",
        "people_attending",
        "is_a_stage_needed",
        "plan_of_the_stage",
    ]
    editor.question("参加人员").press("Alt+ArrowUp")
    assert editor.order() == [
        "people_attending",
        "question_1",
        "is_a_stage_needed",
        "plan_of_the_stage",
    ]
    expect(page.get_by_role("navigation", name="表单的结构").get_by_role("status")).to_have_text(
        "“参加人员”移到第 1 个，共 4 个"
    )
    page.keyboard.press("Control+z")
    assert editor.order() == [
        "question_1",
        "people_attending",
        "is_a_stage_needed",
        "plan_of_the_stage",
    ]
    page.get_by_role("button", name="重做").click()
    assert editor.order()[0] == "people_attending"

    # A key that cannot be says so where it stands; one that can goes everywhere.
    editor.question("要搭台吗").click()
    key = panel.get_by_label("代号")
    key.fill("question_1")
    key.blur()
    expect(panel.get_by_text("已经有叫这个代号的")).to_be_visible()
    key.fill("stage")
    panel.get_by_label("必须填写").check()  # straight on, without leaving the field first
    expect(editor.question("要搭台吗")).to_have_attribute("aria-current", "true")
    editor.saved()

    made = content(site)
    form = made["forms"]["application_for_a_room"]
    fields = {one["name"]: one for one in form["pages"][0]["fields"]}
    assert list(fields) == ["people_attending", "question_1", "stage", "plan_of_the_stage"]
    assert form["schema"]["required"] == ["question_1", "stage"]
    assert fields["plan_of_the_stage"]["visible_if"] == "stage"
    assert fields["plan_of_the_stage"]["label"] == {"zh": "搭台方案", "en": "Plan of the stage"}
    kind = made["records"][fields["people_attending"]["records"]]
    assert kind["title"] == {"zh": "参加人员", "en": "People attending"}
    versions.build(KEY, made)
    person.open(f"{ADDRESS}?part=form:application_for_a_room&place=plan_of_the_stage")
    expect(Editor(person).question("搭台方案")).to_have_attribute("aria-current", "true")
    a_new_key_goes_into_the_rest(person, site)


def judged(site: Site) -> str:
    """What the body judges first."""
    fields = content(site)["forms"]["pre_review"]["pages"][0]["fields"]
    return str(next(one for one in fields if one["widget"] == "review")["targets"][0])


def a_new_key_goes_into_the_rest(person: Person, site: Site) -> None:
    """Forms that judge a question know it by its new key; undo takes the old one back there too."""
    editor = Editor(person.open(f"{ADDRESS}/apply"))
    editor.question("教育经历").click()
    editor.panel.get_by_label("代号").fill("studies")
    editor.panel.get_by_label("代号").press("Enter")
    expect(person.page.get_by_text("用到它的地方一起改了")).to_be_visible(timeout=10_000)
    assert judged(site) == "studies"
    person.page.get_by_role("button", name="撤销").click()
    expect(person.page.get_by_text("用到它的地方一起改了")).to_have_count(2, timeout=10_000)
    assert judged(site) == "education"


def test_a_form_that_is_used_cannot_go(meet: Meet, site: Site, draft: None) -> None:
    person = meet(DESIGNER, width=390).open(ADDRESS)
    page = person.page
    page.get_by_label("更多：受理审查").click()
    expect(page.get_by_text("还在使用，不能移除").first).to_be_visible()
    assert violations(person) == []
    page.get_by_label("更多：批准").click()
    menu = page.locator("[data-more][open]")
    menu.get_by_label("代号").fill("approval")
    person.follow(menu.get_by_role("button", name="更名"))
    expect(page.get_by_text("代号已改为 approval")).to_be_visible()
    made = content(site)
    assert 'name="form" value="approval"' in made["bpmn"]
    assert "approve_outcome ==" in made["bpmn"]  # the form decides this name itself
    versions.build(KEY, made)
