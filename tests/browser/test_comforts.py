"""What the scripts add to a page: the opinion that follows the verdicts, dates that do not break."""

from browser.conftest import Meet
from browser.pages import tick
from browser.rooms import Rooms

BROKEN = r"""() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (const date of node.data.matchAll(/\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?/g)) {
      const range = document.createRange();
      range.setStart(node, date.index);
      range.setEnd(node, date.index + date[0].length);
      const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
      if (new Set(tops).size > 1) found.push(date[0]);
    }
  }
  return found;
}"""


def test_a_verdict_that_turns_back_names_its_nonconformity_again(meet: Meet, rooms: Rooms) -> None:
    expert = meet("shen.shiguang").open("/login").act_as("expert")
    expert.open(f"/tasks/{rooms.ids['evaluate']}")
    opinion = expert.page.locator('textarea[name="opinion"]')
    opinion.fill("总体清楚。")
    record = expert.page.locator("[data-review-item]:has([data-nonconformity])").first
    if not record.evaluate("one => one.open"):
        record.locator("summary").first.click()
    tick(record.locator('input[value="fail"][type="radio"]'))
    code = record.locator("[data-nonconformity] input[type=radio]").first
    tick(code)
    told = opinion.input_value()
    assert code.get_attribute("value") in told
    tick(record.locator('input[value="pass"][type="radio"]'))
    assert opinion.input_value() == "总体清楚。"
    tick(record.locator('input[value="fail"][type="radio"]'))
    assert opinion.input_value() == told


def test_what_is_sent_waits_for_a_save_that_is_under_way(meet: Meet, rooms: Rooms) -> None:
    """Else the save may come last, and bring back what was there before."""
    person = meet("lin.zhixia").open(f"/tasks/{rooms.ids['choose']}")
    address, sent, saves = person.page.url, [], []
    page = person.page
    page.route("**/draft", lambda route: saves.append(route))  # noqa: PLW0108 - must be a function
    page.on("request", lambda one: sent.append(one) if one.method == "POST" else None)
    with page.expect_request("**/draft"):
        person.choose("mode", "first_intern")
    with page.expect_navigation():
        page.click('button[name="_save"]:visible')
        page.wait_for_timeout(300)
        assert [one.url for one in sent if one.url == address] == []
        saves[0].continue_()
    assert [one.url for one in sent if one.url == address] == [address]


def test_no_date_breaks_on_the_narrowest_phone(meet: Meet, rooms: Rooms) -> None:
    person = meet("lin.zhixia", width=320)
    for path in ("/home", "/notices", "/cases/{mending}", "/my/certificates"):
        person.open(path.format(**rooms.ids))
        assert person.page.evaluate(BROKEN) == [], path


def test_the_diagram_can_be_read_and_shown_as_a_whole(meet: Meet, rooms: Rooms) -> None:
    person = meet("lin.zhixia").open(f"/cases/{rooms.ids['mending']}")
    person.page.locator("[data-diagram][data-drawn]").wait_for()
    zoom = "() => document.querySelector('.viewport').getCTM().a"
    assert person.page.evaluate(zoom) >= 0.8
    person.page.locator(".cf-diagram__zoom button").nth(2).click()
    person.page.wait_for_function(f"({zoom})() < 0.8")
