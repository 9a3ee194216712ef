"""Every page, in both languages, wide and narrow: no violation of WCAG 2.2 AA that axe sees."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from browser.conftest import Meet
from browser.every_page import NOT_FOUND, PAGES
from browser.pages import PHONE, WIDE, Person, Site
from browser.rooms import Rooms
from browser.visiting import arrive, visit

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FIND = """rules => axe.run(document, {
    runOnly: {type: 'tag', values: rules}, resultTypes: ['violations'],
    preload: false, selectors: false})"""
"""What no rule of ours needs costs half of the time: style sheets read again, paths to elements."""


def violations(person: Person) -> list[str]:
    """Run axe on the page and say what it finds, each with the element it stands at."""
    if not person.page.evaluate("typeof axe !== 'undefined'"):
        person.page.evaluate(AXE.read_text())
    person.page.evaluate("document.getAnimations().forEach(one => one.finish())")
    found = person.page.evaluate(FIND, RULES)
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


def looks(person: Person, path: str) -> Iterator[tuple[int, list[str]]]:
    """Open a page and look at it wide and narrow; give the width and what is wrong."""
    person.page.set_viewport_size({"width": WIDE, "height": 900})
    answer = person.page.goto(person.site.base_url + path)
    assert answer
    if answer.status != (404 if path in NOT_FOUND else 200):
        yield WIDE, [f"answered {answer.status}"]
    if urlsplit(person.page.url).path != path.partition("?")[0]:
        yield WIDE, [f"led to {person.page.url}"]
    for width in (WIDE, PHONE):
        person.page.set_viewport_size({"width": width, "height": 900})
        yield (
            width,
            violations(person) + [f"too wide: {one}" for one in person.page.evaluate(TOO_WIDE)],
        )


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_page_violates_the_rules(
    meet: Meet, site: Site, rooms: Rooms, locale: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms.renew(site)
    person, found, looked = meet(locale=locale), {}, 0
    person.context.add_init_script(path=AXE)  # read once, where each page would read it again
    person.overlook("sandboxed and the 'allow-scripts'")  # the form's preview lets no script in
    for (login, role), paths in PAGES.items():
        arrive(person, site, login, role) if login else visit(person, site)
        with person.refused(404):
            for path in paths:
                for width, wrong in looks(person, path.format(**rooms.ids)):
                    looked += 1
                    if wrong:
                        found[f"{role} {path} {width} {locale}"] = wrong
    with capsys.disabled():
        print(f"\naccessibility: {looked} looks at pages in {locale}, {len(found)} with violations")
    assert not found, "\n".join(f"{where}: {wrong}" for where, wrong in found.items())


def test_a_violation_would_be_seen(meet: Meet) -> None:
    visitor = meet().open("/login")
    visitor.page.evaluate("document.querySelector('label[for=name]').remove()")
    assert violations(visitor) != []
