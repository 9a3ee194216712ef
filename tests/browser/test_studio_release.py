"""A draft on its way into force, in real browsers: refused, mended, approved, compared, taken back (H3)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Meet
from browser.pages import Person, Site
from certflow.cases import versions
from certflow.core.db import db, transaction, writing
from certflow.studio import drafts
from factories.cast import publish_shipped

AUTHOR, APPROVER, KEY = "pei.mingde", "tang.yusheng", "feedback"
STUDIO = f"/studio/{KEY}"


@pytest.fixture
def process(site: Site) -> None:
    with site.app.app_context(), writing(), transaction() as session:
        publish_shipped(session, KEY)


def in_force(site: Site) -> int:
    with site.app.app_context():
        return versions.active(db.session(), KEY).number


def drawing(page: Page) -> Page:
    page.locator("[data-canvas][data-drawn=yes]").wait_for()
    return page


@contextmanager
def kept(author: Person) -> Iterator[None]:
    """Do something in the drawing and wait until it is saved."""
    before = revision(author.site)
    yield
    for _ in range(100):
        if revision(author.site) > before:
            break
        author.page.wait_for_timeout(100)
    else:
        raise AssertionError("the drawing was not saved")
    expect(author.page.locator("[data-draft-state]")).to_have_attribute("data-draft-state", "saved")


def revision(site: Site) -> int:
    """Return how often the draft's diagram was saved."""
    with site.app.app_context():
        session = db.session()
        return drafts.part(session, drafts.the_draft(session, KEY), "bpmn").revision


def click_on(page: Page, element: str) -> None:
    page.locator(f'[data-element-id="{element}"] > .djs-hit').first.click(force=True)


def test_a_broken_draft_is_mended_published_compared_and_taken_back(
    meet: Meet, site: Site, process: None
) -> None:
    first = in_force(site)
    author = meet(AUTHOR).open("/studio").open(STUDIO)
    author.follow('button:has-text("开始草稿")')
    break_it(author)
    mend_it(author)
    author.open(f"{STUDIO}/release")
    author.write("note", "环节改称“答复意见”，申请人更容易明白")
    author.follow('button:has-text("提出发布")')
    assert "要由另一位有审批权限的管理员审批" in author.text
    assert in_force(site) == first
    approve_it(meet(APPROVER), author)
    assert in_force(site) == first + 1
    look_at_the_difference(author)
    take_it_back(author, first)
    assert in_force(site) == first + 2
    with site.app.app_context():
        elements = versions.active(db.session(), KEY).definition.elements
        assert elements["answer"].name == "答复反馈"


def panel(author: Person) -> Locator:
    return author.page.get_by_role("complementary", name="设置")


def form_of_the_step(author: Person) -> Locator:
    return panel(author).get_by_label(re.compile("表单$")).first


def break_it(author: Person) -> None:
    """A step loses its form: publishing is refused, the finding leads to the lit element."""
    page = drawing(author.page)
    click_on(page, "answer")
    with kept(author):
        form_of_the_step(author).select_option("")
    author.open(f"{STUDIO}/release")
    findings = page.locator("#findings")
    expect(findings.get_by_text("这个任务没有选表单")).to_be_visible()
    assert page.get_by_role("button", name="提出发布").count() == 0
    author.shoot("studio-release-findings", phone=True)
    author.follow(findings.get_by_role("link", name=re.compile("答复反馈.*没有选表单")))
    drawing(page)
    expect(page.locator('g.djs-element.cf-wrong[data-element-id="answer"]')).to_be_attached()
    expect(panel(author)).to_contain_text("这个任务没有选表单")


def mend_it(author: Person) -> None:
    """The step is selected: give it its form and a better name; the findings say all is well."""
    with kept(author):
        form_of_the_step(author).select_option("answer")
    with kept(author):
        panel(author).get_by_label("中文名称", exact=True).fill("答复意见")
    count = author.page.locator("[data-findings-count]")
    expect(count).to_contain_text("没有问题", timeout=8_000)


def approve_it(approver: Person, author: Person) -> None:
    """Nobody approves their own request: somebody else finds it waiting, decides and publishes."""
    assert author.page.get_by_role("button", name="批准").count() == 0
    approver.open("/studio")
    approver.follow('section:has-text("等您决定") a:has-text("去审批")')
    assert "申请人更容易明白" in approver.text
    approver.follow('button:has-text("批准并发布")')
    author.notice("审批通过")


def look_at_the_difference(author: Person) -> None:
    page = author.open(f"{STUDIO}/versions").page
    assert "裴明德 提出" in author.text
    assert "唐雨声 批准" in author.text
    author.follow('a:has-text("与前一版的差异")')
    page.locator("[data-difference][data-drawn]").wait_for()
    after = page.locator('[data-side="after"]')
    expect(
        after.locator('.djs-element.cf-differs-changed[data-element-id="answer"]')
    ).to_be_attached()
    expect(after.locator(".cf-differs--changed").first).to_be_visible()
    changes = page.locator(".cf-card", has=page.get_by_role("heading", name="改动清单"))
    row = changes.locator('[data-place="answer"]')
    expect(row.locator("del")).to_have_text("答复反馈")
    expect(row.locator("ins")).to_have_text("答复意见")
    author.shoot("studio-difference")
    page.get_by_role("button", name="左右并排").click()
    expect(page.locator('[data-side="before"] .djs-container')).to_be_visible()
    row.get_by_role("button", name="在图上看").click()
    shown = page.locator('[data-side="before"] [data-element-id="answer"].cf-lit')
    expect(shown).to_be_in_viewport()


def take_it_back(author: Person, number: int) -> None:
    """One click, but never without a reason."""
    page, button = author.open(f"{STUDIO}/versions").page, f"回退到第 {number} 版"
    page.locator(f"#v{number} summary").click()
    with author.refused(422):
        author.follow(f'#v{number} button:has-text("{button}")')
    assert "请写明原因" in author.text
    author.write("reason", "新名称和通知里的不一致")
    author.follow(f'#v{number} button:has-text("{button}")')
    assert f"{button}：新名称和通知里的不一致" in author.text
    author.shoot("studio-versions", phone=True)
