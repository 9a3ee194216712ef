"""Every main page, in both languages, wide and narrow: no violation of WCAG 2.2 AA that axe sees."""

from pathlib import Path

import pytest

from browser.conftest import Meet
from browser.pages import Person
from browser.rooms import Rooms

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = {
    "": [
        "/login",
        "/login?entry=organisation",
        "/sign-up",
        "/recover",
        "/recover/password",
        "/recover/phone",
        "/developer/messages",
        "/organisations/sign-up",
        "/announcements",
        "/verify",
        "/v/{check_code}",
        "/v/unknown",
        "/nowhere",
    ],
    "lin.zhixia": [
        "/home",
        "/services",
        "/services?q=没有的事",
        "/my/cases",
        "/my/certificates",
        "/my/certificates/{certificate}",
        "/my/profile",
        "/road",
        "/my/profile/new/audit",
        "/my/data",
        "/my/payments",
        "/my/exams",
        "/credit",
        "/notices",
        "/password",
        "/account",
        "/account/phone",
        "/account/logins",
        "/account/tokens",
        "/account/second-factor",
        "/cases/{mending}",
        "/cases/{mending}?tab=application",
        "/cases/{mending}?tab=opinions",
        "/cases/{mending}?tab=files",
        "/cases/{mending}?tab=messages",
        "/cases/{registered}",
        "/cases/{registered}/print",
        "/cases/{registered}/check",
        "/cases/{mending}/withdraw",
        "/tasks/{choose}",
        "/tasks/{apply}",
        "/tasks/{apply}?page=audit",
        "/tasks/{apply}?page=declaration",
        "/tasks/{apply}/confirm",
        "/tasks/{correct}",
        "/tasks/{correct}?page=audit",
        "/orders/{order}",
    ],
    "liu.guanlan": [
        "/office/inbox",
        "/office/inbox?view=all",
        "/tasks/{pre_review}",
        "/office/orders",
        "/office/people",
        "/office/people/due",
        "/office/filing",
        "/office/filing/new/annual_confirmation",
    ],
    "shen.shiguang": ["/tasks/{evaluate}"],
    "gu.nanqiao": [
        "/office/inbox?view=group",
        "/office/cases",
        "/office/credit?q=林",
        "/search",
        "/announcements/manage",
        "/announcements/new",
        "/office/credit/1",
        "/office/statistics",
        "/office/statistics?service=registration&months=12",
        "/tasks/{accept}",
        "/tasks/{assign_experts}",
        "/tasks/{assign_experts}/reassign",
        "/tasks/{conclude}",
        "/cases/{mending}",
    ],
    "song.qingyuan": ["/tasks/{approve}"],
    "wen.yuanshan": ["/office/vouchers"],
    "qin.shuhuai": ["/office/exams", "/office/exams/1", "/office/exams/1/entries"],
    "he.zhuqing": ["/office/inbox?view=group"],
    "pei.mingde": [
        "/admin",
        "/studio",
        "/studio/new",
        "/studio/registration",
        "/studio/registration/draft",
        "/studio/registration/trials",
        "/studio/registration/scenarios",
        "/studio/registration/release",
        "/studio/registration/versions",
        "/studio/registration/versions/1",
        "/studio/registration/running",
        "/studio/registration/migrations",
        "/studio/registration/replays",
        "/studio/cases/{mending}",
        "/admin/working-days",
        "/admin/tasks",
    ],
    "admin": [
        "/admin",
        "/admin/audit",
        "/admin/imports",
        "/admin/imports/people",
        "/admin/organisations",
        "/admin/organisations/1",
        "/admin/tokens",
        "/webhooks",
        "/admin/permissions",
        "/admin/second-factors",
    ],
}


def violations(person: Person) -> list[str]:
    """Run axe on the page and say what it finds, each with the element it stands at."""
    if not person.page.evaluate("typeof axe !== 'undefined'"):
        person.page.evaluate(AXE.read_text())
    person.page.evaluate("document.getAnimations().forEach(one => one.finish())")
    found = person.page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})",
        RULES,
    )
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth + 1 ? [] :
    [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 3)
        .map((one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 60)}`)"""


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_main_page_violates_the_rules(
    meet: Meet, rooms: Rooms, locale: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, looked = {}, 0
    for login, paths in PAGES.items():
        person = meet(login, locale=locale)
        if login:
            person.open("/login")
            person.act_as("expert" if login == "shen.shiguang" else "")
        with person.refused(404):
            for path in paths:
                person.open(path.format(**rooms.ids))
                for width in (1280, 390):
                    person.page.set_viewport_size({"width": width, "height": 900})
                    looked += 1
                    wrong = violations(person)
                    wrong += [f"too wide: {one}" for one in person.page.evaluate(TOO_WIDE)]
                    if wrong:
                        found[f"{login} {path} {width} {locale}"] = wrong
        person.leave()
    with capsys.disabled():
        print(f"\naccessibility: {looked} looks at pages in {locale}, {len(found)} with violations")
    assert found == {}


def test_a_violation_would_be_seen(meet: Meet) -> None:
    visitor = meet().open("/login")
    visitor.page.evaluate("document.querySelector('label[for=name]').remove()")
    assert violations(visitor) != []
