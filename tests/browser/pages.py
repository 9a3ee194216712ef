"""People at their browsers: what they click and what they read, by the names of the pages."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, Response

from certflow.accounts.models import User
from certflow.background import round_of_work
from certflow.core import clock
from certflow.core.db import db
from certflow.demo.people import PASSWORD

SHOTS = Path(__file__).parents[2] / "docs" / "screenshots"
WIDE, PHONE = 1280, 390
NO_DOCK = ".cf-dock { display: none }"
"""The phone's bar stays at the window's foot: in a picture of a whole page it would cut it."""
REFUSED = re.compile(r"status of (\d+)")


@dataclass
class Site:
    """A running installation. `work` does the background work, `later` moves the clock."""

    app: Flask
    base_url: str
    gateway_url: str
    folder: Path

    def work(self) -> None:
        """Do background work until there is none left."""
        with self.app.app_context():
            while round_of_work():
                pass

    def name(self, login: str) -> str:
        """Return the name of the person with this login."""
        with self.app.app_context():
            return db.session.query(User).filter_by(login_name=login).one().name

    def later(self, **span: float) -> None:
        """Move the clock on and do what has become due."""
        clock.move(timedelta(**span))
        self.work()


def tick(box: Locator, *, on: bool = True) -> None:
    """Tick a radio button or a checkbox by its label, as people do; look whether it took."""
    label = box.locator("xpath=ancestor::label[1]")
    place = label if label.count() else box
    for _ in range(3):  # a card that unfolds may move the label away under the pointer
        if box.is_checked() == on:
            return
        place.click()
    assert box.is_checked() == on


class Person:
    """Somebody in a browser of their own, who signs in when asked to."""

    def __init__(self, site: Site, context: BrowserContext, login: str, locale: str) -> None:
        self.site, self.context, self.login, self.locale = site, context, login, locale
        self._heard: list[tuple[str, str]] = []
        self._answers: list[tuple[int, str]] = []
        self._expected: set[tuple[int, str]] = set()
        self._overlooked: list[str] = []
        self.page = self._new_page()
        if locale == "en":
            self.speak("en")

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._heard.append((page.url, str(error))))
        page.on("requestfailed", self._miss)
        page.on("response", self._watch)
        return page

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self._heard.append((message.location.get("url") or self.page.url, message.text))

    def _miss(self, request: Any) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # a download, or a page that was left
            self._heard.append((request.url, request.failure))

    def _watch(self, response: Response) -> None:
        self._answers.append((response.status, response.url))
        if response.status >= 500:
            self._heard.append((response.url, str(response.status)))

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """Expect answers with this status, which the browser's console calls errors."""
        before = len(self._answers)
        yield
        self.page.wait_for_load_state()
        self._expected.update(one for one in self._answers[before:] if one[0] == status)

    @property
    def faults(self) -> list[str]:
        """Errors that nobody expected; the console may tell of an answer long after it came."""
        return [
            f"{self.login} {url}: {text}" for url, text in self._heard if not self._known(url, text)
        ]

    def _known(self, url: str, text: str) -> bool:
        if any(words in text for words in self._overlooked):
            return True
        refused = REFUSED.search(text)
        return refused is not None and (int(refused.group(1)), url) in self._expected

    def overlook(self, words: str) -> None:
        """Take no errors with these words for faults: the test itself causes them."""
        self._overlooked.append(words)

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()

    def open(self, address: str) -> "Person":
        """Open an address of the site; sign in where that is asked for."""
        self.page.goto(address if address.startswith("http") else self.site.base_url + address)
        if urlsplit(self.page.url).path == "/login" and self.login:
            self.sign_in()
        return self

    def sign_in(self, password: str = PASSWORD) -> None:
        """Fill the login page."""
        self.page.fill("#name", self.login)
        self.page.fill("#password", password)
        self.follow("main button:not([type=button])")

    def speak(self, locale: str) -> None:
        """Choose a language with the button on the page."""
        self.page.goto(f"{self.site.base_url}/verify")
        if self.page.locator("html").get_attribute("lang") != locale:
            self.follow(f'button[name=locale][value="{locale}"]')

    def act_as(self, role: str) -> "Person":
        """Go on in another of one's roles."""
        switch = self.page.locator(f'button[name=role][value="{role}"]')
        if role and switch.count():
            self.page.locator("details[data-menu] summary.cf-who").click()
            self.follow(switch)
        return self

    def follow(self, target: str | Locator) -> "Person":
        """Click what leads to another page; that page is there afterwards."""
        place = self.page.locator(target) if isinstance(target, str) else target
        with self.page.expect_navigation():
            place.first.click()
        return self

    def notice(self, words: str) -> "Person":
        """Open the newest unread notice that says these words, and go where it leads."""
        self.open("/notices")
        return self.follow(self.page.locator(".cf-notice-open", has_text=words))

    def letter(self, words: str) -> str:
        """Open the newest unread notice that brings a letter, and return the file's name."""
        self.open("/notices")
        with self.page.expect_download() as got:
            self.page.locator(".cf-notice-open", has_text=words).first.click()
        return str(got.value.suggested_filename)

    def claim(self, number: str) -> "Person":
        """Find a case in the group's inbox, claim it and open it."""
        self.open(f"/office/inbox?view=group&q={number}")
        self.follow(f'tr:has-text("{number}") [data-claim]')
        return self.take(number)

    def take(self, number: str) -> "Person":
        """Open one's own task of a case from the inbox."""
        self.open(f"/office/inbox?view=mine&q={number}")
        return self.follow(f'tr:has-text("{number}") a.cf-button')

    def choose(self, name: str, *values: str) -> None:
        """Tick radios or checkboxes of a field by their values."""
        for value in values:
            tick(self.page.locator(f'input[name="{name}"][value="{value}"]'))

    def select(self, name: str, value: str) -> None:
        self.page.locator(f'select[name="{name}"]').select_option(value)

    def write(self, name: str, words: str) -> None:
        self.page.locator(f'[name="{name}"]:visible').first.fill(words)

    def press(self, name: str, value: str) -> None:
        """Press a form's visible button by name and value; the next page is there afterwards."""
        self.follow(f'button.cf-button[name="{name}"][value="{value}"]:visible')

    def finish(self, outcome: str) -> None:
        """Press the button of an outcome."""
        self.press("_outcome", outcome)

    def go_on(self) -> None:
        """Press the button that leads to the form's next page."""
        self.press("_go", "next")

    def pick(self, kind: str) -> None:
        """Pick every record of a kind from the profile library."""
        section = self.page.locator(f'[data-records="{kind}"]')
        section.locator("[data-library] summary").click()
        boxes = self.page.locator(f'input[name="_picked.{kind}"]:not([disabled])')
        for number in range(boxes.count()):
            tick(boxes.nth(number))
        self.follow(f'button[name="_pick"][value="{kind}"]:visible')

    def add(self, kind: str) -> Locator:
        """Add a record of a kind and return its card."""
        section = self.page.locator(f'[data-records="{kind}"]')
        section.locator("[data-add]").click()
        return section.locator("[data-list] > [data-record]").last

    def attach(self, place: Locator, path: Path) -> None:
        """Upload a file into the upload of a card and wait until it is kept."""
        place.locator('input[type="file"]').set_input_files(path)
        place.locator('[data-files] input[type="hidden"]').first.wait_for(state="attached")

    def judge(self, verdict: str = "pass") -> None:
        """Give every record the same verdict."""
        for record in self.page.locator("[data-review-item]").all():
            if not record.evaluate("one => one.open"):
                record.locator("summary").first.click()
            tick(record.locator(f'input[value="{verdict}"][type="radio"]').first)

    def fail(self, heading: str, code: str = "", remark: str = "") -> None:
        """Fail the record with this heading, with a non-conformity or words."""
        record = self.page.locator("[data-review-item]", has_text=heading).first
        tick(record.locator('input[value="fail"][type="radio"]'))
        if code:
            tick(record.locator(f'[data-nonconformity] input[value="{code}"]'))
        if remark:
            record.locator("textarea").fill(remark)

    def fold(self, heading: str) -> None:
        """Close every judged record but the one with this heading."""
        for record in self.page.locator("[data-review-item]").all():
            if heading not in record.inner_text() and record.evaluate("one => one.open"):
                record.locator("summary").first.click()

    @property
    def text(self) -> str:
        """What the page says."""
        return self.page.inner_text("body")

    @property
    def task_id(self) -> str:
        """The number of the task in the address."""
        found = re.search(r"/tasks/(\d+)", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def shoot(self, name: str, *, phone: bool = False) -> None:
        """Keep a picture of the page in docs/screenshots, when that is asked for."""
        if not os.environ.get("CERTFLOW_SCREENSHOTS"):
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        for width in (WIDE, PHONE) if phone else (WIDE,):
            self.page.set_viewport_size({"width": width, "height": 900 if width == WIDE else 844})
            self.page.wait_for_timeout(400)
            self.page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True, style=NO_DOCK)
        self.page.set_viewport_size({"width": WIDE, "height": 900})
