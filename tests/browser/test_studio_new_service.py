"""A wholly new service goes live from the browser, without a line of code; a person files it (H7)."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from browser.conftest import Meet
from browser.pages import Person, Site
from browser.test_studio_diagram import Drawing

DESIGNER, APPROVER, APPLICANT, STAFF = "pei.mingde", "tang.yusheng", "user204", "gu.nanqiao"
KEY, TITLE = "hall_rental", "会议厅租用"
STUDIO = f"/studio/{KEY}"
DRAFT = f"{STUDIO}/draft"
STEPS = (
    ("接着：查决策表", "确定收费档次"),
    ("接着：系统自动办理", "开出缴费单"),
    ("接着：等待消息", "等待缴费"),
    ("接着：系统自动办理", "开始计时"),
)


def test_a_new_service_goes_live_and_a_person_files_it_at_once(
    meet: Meet, site: Site, paper: Path
) -> None:
    designer = meet(DESIGNER)
    begin(designer)
    write_the_form(designer)
    write_the_table(designer)
    set_limit_and_fee(designer)
    describe_the_steps(designer)
    try_it_out(designer)
    publish(designer, meet(APPROVER))
    applicant, staff = meet(APPLICANT), meet(STAFF)
    number = file_it(applicant, paper)
    pay(site, applicant)
    decide(staff, number)
    assert f"{number}：您的申请已通过" in applicant.open("/notices").text


def saved(page: Page) -> None:
    """Wait until all is kept: first what was just done has to be noticed."""
    state = page.locator("[data-draft-state]").first
    expect(state).to_have_attribute("data-draft-state", re.compile("dirty|saving"))
    expect(state).to_have_attribute("data-draft-state", "saved", timeout=10_000)


def drawing(person: Person) -> Drawing:
    editor = Drawing(person.open(DRAFT))
    editor.page.get_by_role("button", name="看全图").click()
    return editor


def begin(person: Person) -> None:
    """Draw the middle of the process between filing and deciding."""
    person.open("/studio").follow(person.page.get_by_role("link", name="新建流程"))
    page = person.page
    for label, words in (("中文名称", TITLE), ("英文名称", "Hall rental"), ("代号", KEY)):
        page.get_by_label(label).fill(words)
    person.follow(page.get_by_role("button", name="新建并开始设计"))
    editor = Drawing(person)
    editor.select("file_to_review").pad("删除")
    editor.select("file")
    for way, name in STEPS:
        editor.pad(way)
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(editor.field("中文名称")).to_have_value(name)
    page.get_by_role("button", name="看全图").click()
    move_under(editor, "协会审核", "开始计时")
    pick(editor, "开始计时")
    editor.connect("协会审核")
    saved(page)
    page.reload()
    Drawing(person)
    expect(page.locator(".djs-connection")).to_have_count(9)  # each line is there again


def move_under(editor: Drawing, name: str, target: str) -> None:
    """Select with the lasso what follows from a step on; drag it below another one."""
    page = editor.page
    first, above = box(editor.element(name)), box(editor.element(target))
    pool = box(page.locator(f'[data-element-id="{KEY}_pool"]').first)
    page.get_by_role("button", name="框选").click()
    page.mouse.move(first["x"] - 12, first["y"] - 12)
    page.mouse.down()
    page.mouse.move(first["x"] + 50, first["y"] + 20, steps=3)
    corner = (first["x"] + 0.4 * pool["width"], pool["y"] + pool["height"] - 6)
    page.mouse.move(*corner, steps=5)
    page.mouse.up()
    expect(editor.panel).to_contain_text("已选")
    height = first["y"] + first["height"] - 6
    page.mouse.move(first["x"] + first["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(first["x"] + first["width"] / 2 + 30, height, steps=3)
    page.mouse.move(above["x"] + above["width"] / 2, height, steps=6)
    page.mouse.up()
    saved(page)  # the click that ends the drag is swallowed; the next one must not be
    page.get_by_role("button", name="看全图").click()


def box(place: Locator) -> dict[str, float]:
    found = place.first.bounding_box()
    assert found is not None
    return dict(found)


def leave(editor: Drawing) -> None:
    """Click where nothing is drawn: what was selected no longer lies over its neighbours."""
    canvas = box(editor.page.locator("[data-canvas]"))
    editor.page.mouse.click(canvas["x"] + 400, canvas["y"] + canvas["height"] - 30)
    expect(editor.panel.get_by_role("heading", name=TITLE)).to_be_visible()


def pick(editor: Drawing, name: str) -> None:
    leave(editor)
    editor.element(name).first.click(force=True)
    expect(editor.panel.get_by_role("heading", name=name)).to_be_visible()


def type_in(editor: Drawing, label: str, words: str) -> None:
    """Write as people do: the panel hears of it when one goes on to the next field."""
    editor.field(label).click()
    editor.page.keyboard.press("ControlOrMeta+A")
    editor.page.keyboard.type(words)
    editor.page.keyboard.press("Tab")
    expect(editor.field(label)).to_have_value(words)


def choose(place: Locator, label: str) -> None:
    place.focus()
    place.select_option(label=label)


def write_the_form(person: Person) -> None:
    """A number, a file, a repeating group of its own kind; the process is told the number."""
    page = person.open(f"{DRAFT}/forms").page
    person.follow(page.get_by_role("link", name="编辑填写申请"))
    page.locator("[data-form-editor][data-ready]").wait_for()
    panel = page.get_by_role("region", name="设置", exact=True)
    for kind, zh, en in (
        ("数字", "参加人数", "Number of people"),
        ("上传文件", "活动方案", "Plan of the event"),
        ("可重复的一组", "主讲人", "Speakers"),
    ):
        add(page, kind, zh, en)
        if kind != "可重复的一组":
            panel.get_by_label("必须填写").check()
    panel.get_by_text("都不合适，新建一种").click()
    expect(panel.get_by_role("group", name="叫什么").get_by_label("中文")).to_have_value("主讲人")
    panel.get_by_role("button", name="新建并选用").click()
    link = panel.get_by_role("link", name="编辑每条要填的问题")
    expect(link).to_be_visible()
    page.get_by_role("button", name="告诉流程").click()
    panel.get_by_role("button", name="再告诉流程一项").click()
    choose(panel.get_by_label("哪个回答"), "参加人数")
    expect(panel.get_by_label("在流程里叫")).to_have_value("number_of_people")
    page.get_by_role("navigation", name="表单的结构").get_by_role(
        "button", name=re.compile("^主讲人")
    ).click()
    saved(page)
    person.follow(link)
    page.locator("[data-form-editor][data-ready]").wait_for()
    words = panel.get_by_role("group", name="问题", exact=True)
    words.get_by_label("中文").fill("姓名")
    words.get_by_label("英文").fill("Name")
    saved(page)


def add(page: Page, kind: str, zh: str, en: str) -> None:
    page.get_by_role("button", name="添加问题").last.click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{kind}")).click()
    words = page.get_by_role("group", name="问题", exact=True)
    words.get_by_label("中文").fill(zh)
    words.get_by_label("英文").fill(en)


def write_the_table(person: Person) -> None:
    page = person.open(f"{DRAFT}/tables").page
    page.get_by_label("名称", exact=True).fill("收费档次")
    page.get_by_label("编号").fill("fee_level")
    person.follow(page.get_by_role("button", name="新建并打开"))
    page.locator("th.input-cell").first.dblclick()
    head = page.locator(".context-menu")
    head.get_by_label("条件名称").fill("参加人数")
    head.get_by_label("条件表达式").click()
    page.keyboard.type("number_of_people")
    head.get_by_label("类型").select_option(label="数字")
    page.keyboard.press("Escape")
    for row, cells in enumerate((("<= 50", '"small"'), ("> 50", '"large"'))):
        if row:
            page.get_by_title("添加规则").click()
        for column, text in enumerate(cells):
            page.locator(f'[data-coords="{row}:{column}"] [contenteditable]').first.click()
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type(text)
    expect(page.get_by_text("没有遗漏：每种情况都有一行适用")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-draft-state=saved]")).to_be_visible(timeout=10_000)
    editor = drawing(person)
    pick(editor, "确定收费档次")
    type_in(editor, "英文名称", "Which fee")
    choose(editor.field("决策表"), "收费档次（fee_level）")
    type_in(editor, "结果变量", "level")
    saved(page)


def set_limit_and_fee(person: Person) -> None:
    page = person.open(f"{DRAFT}/settings").page
    part = page.get_by_role("navigation", name="设置的各部分")
    part.get_by_role("link", name="收费").click()
    page.get_by_role("button", name="设置收费").click()
    choose(page.get_by_label("按什么区分金额"), "收费档次：result（level.result）")
    for level, yuan in (("small", "200"), ("large", "500")):
        page.get_by_role("button", name=f"填写“{level}”").click()
        page.get_by_label(level, exact=True).fill(yuan)
    part.get_by_role("link", name="时限与提醒").click()
    page.get_by_role("button", name="设置办理时限").click()
    page.get_by_label("多少天").fill("5")
    choose(page.get_by_label("从何时起算"), "到账")
    page.get_by_label("添加时限").fill("review")
    page.get_by_role("button", name="添加时限").click()
    one = page.locator("details", has=page.get_by_label("提前几天提醒")).last
    one.get_by_label("中文").first.fill("审核时限")
    one.get_by_label("英文").first.fill("Review")
    saved(page)


def describe_the_steps(person: Person) -> None:
    """Until each step says what it does, the findings say what is missing."""
    editor = drawing(person)
    page = editor.page
    pick(editor, "开出缴费单")
    type_in(editor, "英文名称", "Make out the bill")
    choose(editor.field("操作"), "开出缴费单")
    choose(editor.field("收费项目"), TITLE)
    pick(editor, "等待缴费")
    choose(editor.field("等待的消息"), "已到账")
    type_in(editor, "英文名称", "Waiting for the payment")
    type_in(editor, "中文说明", "请缴纳租金，到账后协会开始审核。")
    type_in(editor, "英文说明", "Please pay the rent.")
    pick(editor, "开始计时")
    type_in(editor, "英文名称", "Start the clock")
    choose(editor.field("操作"), "开始计时")
    expect(editor.panel.get_by_text("还没有填“时限”")).to_be_visible(timeout=10_000)
    choose(editor.field("时限"), "审核时限")
    type_in(editor, "长度", "5")
    choose(editor.field("单位"), "工作日")
    pick(editor, "协会审核")
    choose(editor.field("计入的时限"), "审核时限")
    saved(page)
    expect(page.locator("[data-findings-count]")).to_contain_text("没有问题", timeout=10_000)
    person.shoot("studio-diagram")


def try_it_out(person: Person) -> None:
    page = person.open(f"{STUDIO}/trials").page
    person.follow(page.get_by_role("button", name="开始试运行"))
    for button in ("提交申请", "模拟缴费到账", "通过"):
        person.follow(page.get_by_role("button", name=button, exact=True))
    assert "已办结：通过" in person.text
    person.write("title", "缴费后通过")
    person.follow(page.get_by_role("button", name="存为测试"))
    assert "4 步都按预期走" in person.text


def publish(designer: Person, approver: Person) -> None:
    page = designer.open(f"{STUDIO}/release").page
    assert "1 项全部通过" in designer.text
    page.get_by_label("这次改了什么，为什么").fill("会员单位可以在线租用会议厅。")
    designer.follow(page.get_by_role("button", name="提出发布"))
    approver.open("/studio")
    approver.follow('section:has-text("等您决定") a:has-text("去审批")')
    approver.follow('button:has-text("批准并发布")')
    assert "第 1 版" in approver.text


def file_it(applicant: Person, paper: Path) -> str:
    page = applicant.open("/services").page
    card = page.locator(f'form[action="/services/{KEY}/start"]')
    applicant.follow(card.get_by_role("button", name="在线办理"))
    page.get_by_label("申请事项").fill("举办一天的审核员培训")
    page.get_by_label("参加人数").fill("120")
    applicant.attach(page.locator("main"), paper)
    applicant.add("speakers").get_by_label("姓名").fill("林讲师")
    for _ in range(2):  # looked over once more
        applicant.finish("submit")
    assert (
        "请缴纳租金，到账后协会开始审核。" in applicant.text
    )  # said at the stage, by its own name
    assert "等待缴费" in applicant.text
    found = re.search(r"\b\d{14}\b", applicant.text)
    assert found, applicant.text
    return found.group(0)


def pay(site: Site, applicant: Person) -> None:
    """More than fifty people: the decision table says the larger fee."""
    applicant.open("/home").follow('a:has-text("去缴费")')
    assert "500.00" in applicant.text
    applicant.choose("kind", "personal")
    applicant.write("email", "lin@example.org")
    applicant.follow('button:has-text("保存发票信息")')
    applicant.follow('form[action$="/pay"] button')
    applicant.follow("button.primary")
    applicant.follow("a.button.primary")
    site.work()
    assert "缴费成功" in applicant.text


def decide(staff: Person, number: str) -> None:
    staff.claim(number)
    assert "林讲师" in staff.text
    assert "审核时限" in staff.text
    staff.finish("accept")
    assert "通过" in staff.text
