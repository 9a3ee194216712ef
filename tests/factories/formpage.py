"""A form as a browser sends it: every control of the page, and the button that was pressed."""

from typing import Any

from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from factories.browser import Browser

TEXT_TYPES = {"checkbox", "radio", "file", "submit", "button"}


class FormPage:
    """One page with its form; `fields` are what would be sent, to be changed like by typing."""

    def __init__(self, browser: Browser, text: str, action: str = "") -> None:
        self.browser = browser
        self.text = text
        self.root = html.fromstring(text)
        found = self.root.xpath(
            f'//form[contains(@action, "{action}") and .//*[@name="csrf_token"]]'
        )
        self.form = next(one for one in found if one.get("id") == "cf-form" or action)
        self.action = str(self.form.get("action"))
        self.fields = MultiDict(_sent(self.form))

    def put(self, **values: Any) -> "FormPage":
        """Type into fields; a list is a group of boxes, None leaves the field out."""
        return self.set(values)

    def set(self, values: dict[str, Any]) -> "FormPage":
        for name, value in values.items():
            self.fields.poplist(name)
            if value is not None:
                self.fields.setlist(name, value if isinstance(value, list) else [value])
        return self

    def names(self, ending: str) -> list[str]:
        return [name for name in self.fields if name.endswith(ending)]

    def press(self, name: str, value: str) -> TestResponse:
        """Send the form by one of its buttons."""
        data = MultiDict(list(self.fields.items(multi=True)))
        data.add(name, value)
        return self.browser.send("POST", self.action, data=data)


def _sent(form: Any) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for control in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]"):
        if control.xpath("ancestor::template") or control.get("disabled") is not None:
            continue
        pairs += _values(control)
    return pairs


def _values(control: Any) -> list[tuple[str, str]]:
    name = str(control.get("name"))
    if control.tag == "textarea":
        return [(name, control.text or "")]
    if control.tag == "select":
        chosen = control.xpath("./option[@selected]/@value") or control.xpath("./option[1]/@value")
        return [(name, str(chosen[0]))]
    kind = control.get("type", "text")
    if kind in {"checkbox", "radio"}:
        return [(name, control.get("value", "on"))] if control.get("checked") is not None else []
    return [] if kind in TEXT_TYPES else [(name, control.get("value", ""))]


def open_form(browser: Browser, address: str) -> FormPage:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    return FormPage(browser, answer.text)


def follow(browser: Browser, answer: TestResponse) -> FormPage:
    """Open the page that an answer leads to."""
    assert answer.status_code == 303, answer.text
    return open_form(browser, answer.location.partition("#")[0])
