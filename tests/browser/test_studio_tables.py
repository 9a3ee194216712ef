"""An administrator mends a decision table, sets a fee and a time limit, takes the process along (H2, H4, H9)."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Meet
from browser.pages import Person, Site
from certflow.accounts.models import User
from certflow.cases import versions
from certflow.core.actor import Actor
from certflow.core.db import db, transaction, writing
from certflow.studio import drafts
from factories.cast import ROOT

DESIGNER, KEY = "pei.mingde", "transfer"
ADDRESS = f"/studio/{KEY}/draft"


@pytest.fixture
def draft(site: Site) -> None:
    """A draft to work on."""
    with site.app.app_context(), writing(), transaction() as session:
        versions.publish(session, KEY, versions.read_folder(ROOT, KEY), "随安装包发布")
        user = session.query(User).filter_by(login_name=DESIGNER).one()
        drafts.begin_from(session, Actor(user.id, user.name, "process_admin"), KEY)


def content(site: Site, key: str = KEY) -> dict[str, Any]:
    """What the draft holds now."""
    with site.app.app_context():
        session = db.session()
        return drafts.content_of(session, drafts.the_draft(session, key))


def saved(page: Page) -> None:
    expect(page.locator("[data-draft-state=saved]")).to_be_visible(timeout=10_000)


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f'[data-coords="{row - 1}:{column - 1}"] [contenteditable]').first


def write(page: Page, row: int, column: int, text: str) -> None:
    cell(page, row, column).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)


def background(place: Locator) -> str:
    return str(place.evaluate("one => getComputedStyle(one.closest('td')).backgroundColor"))


def begin_table(person: Person) -> Page:
    page = person.open(f"{ADDRESS}/tables").page
    page.get_by_label("名称", exact=True).fill("减免")
    page.get_by_label("编号").fill("reduction")
    person.follow(page.get_by_role("button", name="新建并打开"))
    expect(page.get_by_role("heading", name="减免")).to_be_visible()
    return page


def test_a_table_is_written_tried_and_its_gap_closed(site: Site, meet: Meet, draft: None) -> None:
    person = meet(DESIGNER)
    page = begin_table(person)
    cells = page.locator("[data-cells]")
    expect(cells).to_contain_text("条件列还没有填变量")

    page.locator("th.input-cell").first.dblclick()
    dialog = page.locator(".context-menu")
    dialog.get_by_label("条件名称").fill("年龄")
    dialog.get_by_label("条件表达式").click()
    page.keyboard.type("age")
    dialog.get_by_label("类型", exact=True).select_option("数字")
    person.shoot("studio-table-head")
    page.keyboard.press("Escape")

    write(page, 1, 1, "< 18 岁")
    expect(cells).to_contain_text("第 1 行“年龄”列")
    lit = background(cell(page, 1, 1))
    expect(page.get_by_text("先改好标出的单元格")).to_be_visible()
    write(page, 1, 1, "< 18")
    expect(cells).to_contain_text("每一格都读得懂")
    assert background(cell(page, 1, 1)) != lit
    write(page, 1, 2, '"减半"')

    gap = page.locator("[data-survey] li", has_text="没有规则适用：年龄 = 18")
    expect(gap).to_be_visible()
    gap.get_by_role("button", name="加为测试行").click()
    row = page.locator("[data-test]").first
    expect(row.get_by_text("没有命中")).to_be_visible()
    plain = background(cell(page, 1, 1))
    row.get_by_label("年龄").fill("12")
    expect(row.get_by_role("button", name="第 1 行")).to_be_visible()
    expect(row.get_by_text("减半")).to_be_visible()
    assert background(cell(page, 1, 1)) != plain
    row.get_by_role("button", name="记为预期").click()
    expect(row.get_by_text("与预期一致")).to_be_visible()
    person.shoot("studio-table", phone=True)
    saved(page)

    page.reload()
    expect(page.locator("[data-test]").first.get_by_text("与预期一致")).to_be_visible()
    write(page, 1, 2, '"全免"')
    expect(page.locator("[data-test]").first.get_by_text("预期是")).to_be_visible()
    saved(page)
    assert "certflow:tests" in content(site)["tables"]["reduction"]
    assert person.faults == []


def test_every_shipped_table_opens_and_is_left_as_it_was(
    site: Site, meet: Meet, draft: None
) -> None:
    before = content(site)
    person = meet(DESIGNER)
    page = person.open(f"{ADDRESS}/tables/conditions").page
    expect(page.get_by_text("每一格都读得懂")).to_be_visible()
    expect(page.locator("td.rule-index")).to_have_count(4)
    page.get_by_role("link", name="全部决策表").click()
    expect(page.get_by_role("link", name="转换条件")).to_be_visible()
    assert content(site) == before
    assert person.faults == []


def settings(person: Person) -> None:
    """Set a fee and another time limit; a wrong amount is said at its field."""
    page = person.open(f"{ADDRESS}/settings").page
    index = page.get_by_role("navigation", name="设置的各部分")
    index.get_by_role("link", name="收费").click()
    page.get_by_role("button", name="设置收费").click()
    page.get_by_label("添加金额").fill("all")
    page.get_by_role("button", name="添加金额").click()
    amount = page.get_by_label("all", exact=True)
    amount.fill("12,5")
    said = page.locator("[data-settings]").get_by_text("金额须在 0 到 1,000,000 元之间")
    expect(said).to_be_visible(timeout=10_000)
    expect(index.get_by_role("link", name="收费")).to_contain_text("1 处")
    amount.fill("120.50")
    expect(said).to_be_hidden(timeout=10_000)
    index.get_by_role("link", name="时限与提醒").click()
    page.get_by_label("多少天").fill("15")
    saved(page)
    person.shoot("studio-settings", phone=True)


def test_a_fee_and_a_time_limit_go_along_to_another_key(
    site: Site, meet: Meet, draft: None, tmp_path: Path
) -> None:
    person = meet(DESIGNER)
    settings(person)
    service = content(site)["service"]
    assert service["fee"]["amounts"] == {"all": 12050}
    assert service["time_limit"]["length"] == 15

    page = person.open(f"{ADDRESS}/imported").page
    with page.expect_download() as got:
        page.get_by_role("link", name="导出草稿").click()
    file = tmp_path / got.value.suggested_filename
    got.value.save_as(file)

    page = person.open("/studio/import").page
    page.get_by_label("文件").set_input_files(file)
    with person.refused(409):
        person.follow(page.get_by_role("button", name="导入为草稿"))
        expect(page.get_by_text("已有草稿").first).to_be_visible()
    page.get_by_label("文件").set_input_files(file)
    page.get_by_label("代号").fill("moving")
    person.follow(page.get_by_role("button", name="导入为草稿"))
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()
    person.shoot("studio-imported")
    moved = content(site, "moving")
    assert moved["service"] == {
        **service,
        "key": "moving",
        "names": {
            name.replace("transfer_pool", "moving_pool"): title
            for name, title in service["names"].items()
        },
    }
    assert person.faults == []
