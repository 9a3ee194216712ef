"""Nobody needs a mouse: the main ways are walked with the keys alone, and the focus is always seen."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from browser.conftest import Meet
from browser.pages import Person
from browser.rooms import Rooms
from browser.story import FIRST_BODY
from certflow.demo.people import PASSWORD

APPLICANT, EXPERT = "user120", "shen.shiguang"
MOST = 150
SEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return "";  // the browser's own bar has the keys
  const ringed = (place) => {
    const style = getComputedStyle(place);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const shown = [one, one.closest("label, .cf-option, .cf-drop, .cf-verdict__part")].find((place) => place && ringed(place));
  if (!shown) return `no ring: ${one.outerHTML.slice(0, 160)}`;
  const box = shown.getBoundingClientRect();
  const at = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + box.width * x, box.top + box.height * y]));
  const free = at.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (shown.contains(top) || top.contains(shown));
  });
  return free ? "" : `out of sight: ${one.outerHTML.slice(0, 160)}`;
}"""


class Keys:
    """Somebody's keyboard. Every step of the Tab key is looked at: one has to see where one is."""

    def __init__(self, person: Person) -> None:
        self.page, self.at = person.page, person.page.keyboard
        self.page.emulate_media(reduced_motion="reduce")  # what scrolls slowly is not there yet

    def reach(self, target: str | Locator) -> Locator:
        """Press Tab until the target has the focus."""
        wanted = self.page.locator(target) if isinstance(target, str) else target
        wanted = wanted.first
        for _ in range(MOST):
            if self.on(wanted):
                return wanted
            self.at.press("Tab")
            assert self.page.evaluate(SEEN) == "", self.page.url
        raise AssertionError(f"{target} is out of reach on {self.page.url}")

    def on(self, target: Locator) -> bool:
        """Whether something has the focus."""
        return bool(target.evaluate("one => one === document.activeElement"))

    def press(self, target: str | Locator, key: str = "Enter") -> None:
        """Reach something and press a key on it."""
        self.reach(target)
        self.at.press(key)

    def follow(self, target: str | Locator) -> None:
        """Reach a link or a button that leads to another page, and press it."""
        self.reach(target)
        with self.page.expect_navigation():
            self.at.press("Enter")

    def type(self, target: str, words: str) -> None:
        self.reach(target)
        self.at.insert_text(words)

    def choose(self, name: str, value: str) -> None:
        """Choose one circle of several: Tab leads to the group, the arrows through it."""
        group = self.page.locator(f'input[name="{name}"]')
        self.press(group, "Space")
        for _ in range(group.count()):
            if self.page.locator(f'input[name="{name}"][value="{value}"]').is_checked():
                return
            self.at.press("ArrowDown")
        raise AssertionError(f"{name} has no {value}")

    def select(self, name: str, value: str) -> None:
        """Go down a list until it shows the value."""
        field = self.reach(f'select[name="{name}"]')
        for _ in range(MOST):
            if field.input_value() == value:
                return
            self.at.press("ArrowDown")
        raise AssertionError(f"{name} has no {value}")


def test_an_application_is_begun_without_a_mouse(meet: Meet, paper: Path) -> None:
    person = meet()
    person.page.goto(f"{person.site.base_url}/login")
    keys = Keys(person)
    skip_to_the_text(keys)
    keys.type("#name", APPLICANT)
    keys.type("#password", PASSWORD)
    with person.page.expect_navigation():
        keys.at.press("Enter")
    open_and_leave_the_menu(keys)
    keys.follow('.cf-nav a[href="/services"]')
    keys.follow('form[action="/services/registration/start"] button')
    keys.select("field", "QMS")
    keys.choose("mode", "first_intern")
    keys.follow('button[name="_go"][value="next"]:visible')
    keys.press('input[name="specialities"]', "Space")
    keys.select("organisation", FIRST_BODY)
    keys.choose("payer", "person")
    keys.follow('button[name="_outcome"]:visible')
    keys.follow(".cf-actions a.cf-button--main")
    pick_a_record(keys, "education")
    upload(keys, paper)
    keys.follow('button[name="_save"]:visible')
    expect(person.page.locator("[data-autosave-state]")).to_contain_text("已保存")


def skip_to_the_text(keys: Keys) -> None:
    keys.press("a.cf-skip")
    assert keys.on(keys.page.locator("main"))


def open_and_leave_the_menu(keys: Keys) -> None:
    """Enter opens the menu, Escape closes it and gives the focus back, leaving it closes it too."""
    summary, sheet = keys.reach("summary.cf-who"), keys.page.locator(".cf-who + .cf-menu__sheet")
    keys.at.press("Enter")
    expect(sheet).to_be_visible()
    keys.at.press("Tab")
    keys.at.press("Escape")
    expect(sheet).to_be_hidden()
    assert keys.on(summary)
    keys.at.press("Enter")
    keys.at.press("Shift+Tab")
    expect(sheet).to_be_hidden()


def pick_a_record(keys: Keys, kind: str) -> None:
    """The choices stand in a dialog: it keeps the focus, and gives it back when it is left."""
    summary = keys.reach(f'[data-records="{kind}"] [data-library] summary')
    keys.at.press("Enter")
    dialog = keys.page.locator("dialog[open]")
    for _ in range(8):
        keys.at.press("Tab")
        inside = "one => one.contains(document.activeElement) || document.activeElement === document.body"
        assert dialog.evaluate(inside)
    keys.at.press("Escape")
    assert keys.on(summary)
    keys.at.press("Enter")
    keys.press(dialog.locator('input[type="checkbox"]:not([disabled])'), "Space")
    keys.follow(dialog.locator('button[name="_pick"]'))


def upload(keys: Keys, paper: Path) -> None:
    """Add a record and hand in a file for it."""
    section = keys.page.locator('[data-records="education"]')
    keys.press(section.locator("[data-add]"))
    card = section.locator("[data-list] > [data-record]").last
    with keys.page.expect_file_chooser() as chooser:
        keys.press(card.locator('input[type="file"]'))
    chooser.value.set_files(paper)
    card.locator('[data-files] input[type="hidden"]').first.wait_for(state="attached")


def test_feedback_is_submitted_and_a_notice_read_without_a_mouse(meet: Meet, rooms: Rooms) -> None:
    keys = Keys(meet("lin.zhixia").open("/services"))
    keys.follow('form[action="/services/opinion/start"] button')
    keys.choose("kind", "suggestion")
    keys.type('[name="place"]', "通知")
    keys.type('[name="matter"]', "希望通知可以按事项分组，方便查找。")
    keys.follow('button[name="_outcome"]:visible')
    assert keys.page.url.endswith("/confirm")
    keys.follow('button[name="_outcome"]:visible')
    assert re.search(r"\b\d{14}\b", keys.page.inner_text("main"))
    keys.follow('a.cf-tool[href="/notices"]')
    keys.follow(keys.page.locator(".cf-notice-open", has_text="已准予注册"))
    assert not keys.page.url.endswith("/notices")


def test_another_role_is_taken_on_a_phone_without_a_mouse(meet: Meet, rooms: Rooms) -> None:
    keys = Keys(meet(EXPERT, width=390).open("/login").act_as("expert"))
    keys.press("summary.cf-who")
    keys.follow('button[name="role"][value="applicant"]')
    keys.press("summary.cf-who")
    keys.follow('button[name="role"][value="expert"]')
    keys.page.goto(f"{keys.page.url.split('/office')[0]}/tasks/{rooms.ids['evaluate']}")
    failed = keys.page.locator('input[value="fail"][type="radio"]:checked')
    before = failed.count()
    keys.reach('[data-review-item][open] input[type="radio"]')
    keys.at.press("2")
    expect(failed).to_have_count(before + 1)
