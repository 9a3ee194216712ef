"""Forms as pages show them: their controls, what can be typed into each, and what is wrong there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import html

TEXTS = frozenset({"text", "area", "email", "tel", "url", "password", "search"})
MOMENTS = frozenset({"date", "time", "datetime-local", "month"})
CHOICES = frozenset({"select", "radio", "boxes", "picks"})
LONGEST = 20_001
EMPTY, BLANK, TOO_LONG, STRANGE, IMPOSSIBLE = "empty", "blank", "too long", "strange", "impossible"
WRONG = {
    "email": "nobody.at.nowhere",
    "tel": "12",
    "url": "nowhere",
    "date": "2026-02-30",
    "time": "25:99",
    "datetime-local": "2026-02-30T09:00",
    "month": "2026-13",
    "number": "x1",
}
"""What is wrong by the kind of a control, whatever it asks for."""
ODD = ("0001-01-01", "9999-12-31", "\u00b2", "NaN", "9" * 400, "\uff11\uff12")
"""What stumbles a careless reader of days and numbers; no page may break over it."""
ONCE = frozenset({"captcha", "captcha_sum", "code"})
"""What is good for one try: typed again rather than kept."""
EXECUTABLE = b"MZ\x90\x00" + b"\0" * 64


@dataclass(frozen=True)
class Control:
    """One thing that a form asks for."""

    name: str
    kind: str
    element: Any
    optional: bool = False
    most: int = 0
    options: tuple[str, ...] = ()

    def wrongs(self) -> Iterator[tuple[str, Any]]:
        """Give what is wrong here, one after the other, with what it is called."""
        if not self.optional:
            yield EMPTY, None if self.kind in CHOICES - {"select"} | {"box", "file"} else ""
        if self.kind in TEXTS:
            if not self.optional and self.kind != "password":
                yield BLANK, " \u3000 "
            yield TOO_LONG, "x" * (self.most + 1 if self.most else LONGEST)
        if self.kind in WRONG:
            yield IMPOSSIBLE, WRONG[self.kind]
        if self.kind in CHOICES - {"picks"}:
            yield STRANGE, "no-such-option"
        if self.kind == "file":
            yield STRANGE, EXECUTABLE


@dataclass
class Form:
    """A form of a page: where it goes, its controls, what would be sent as it stands."""

    action: str
    element: Any
    controls: list[Control] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


def forms_in(root: Any) -> list[Form]:
    """Return the forms of a page that write."""
    forms = []
    for one in root.xpath("//form"):
        if one.get("method", "").lower() == "post":
            forms.append(_form(root, one))
            for button in one.xpath(".//button[@formaction]"):
                forms.append(replace(forms[-1], action=str(button.get("formaction"))))
    return forms


def _form(root: Any, element: Any) -> Form:
    form = Form(str(element.get("action") or ""), element)
    elements = element.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]")
    if element.get("id"):
        elements += root.xpath(f'//*[@form="{element.get("id")}" and @name and not(self::button)]')
    for one in elements:
        if not one.xpath("ancestor::template") and one.get("disabled") is None:
            _take(root, form, one)
    return form


def _take(root: Any, form: Form, one: Any) -> None:
    name, kind = str(one.get("name")), _kind(one)
    if kind in {"radio", "boxes", "box", "picks"}:
        if one.get("checked") is not None:
            form.values.setdefault(name, []).append(one.get("value", "on"))
        if name in {known.name for known in form.controls}:
            return
    elif kind == "select":
        chosen = one.xpath("./option[@selected]/@value") or one.xpath("./option[1]/@value")
        form.values[name] = str(chosen[0]) if chosen else ""
    elif kind == "area":
        form.values[name] = (one.text or "").lstrip("\n")
    elif kind != "file":
        form.values[name] = one.get("value", "")
    if kind != "hidden":
        most = int(one.get("maxlength") or 0)
        options = tuple(str(value) for value in _options(form.element, one, kind) if value)
        form.controls.append(Control(name, kind, one, _is_optional(root, one, kind), most, options))


def _kind(one: Any) -> str:
    if one.tag in {"select", "textarea"}:
        return {"textarea": "area"}.get(one.tag, one.tag)
    kind = str(one.get("type", "text"))
    if kind != "checkbox":
        return kind
    if one.xpath("ancestor::table or ancestor::li"):
        return "picks"
    return "boxes" if one.xpath("ancestor::fieldset") else "box"


def _options(form: Any, one: Any, kind: str) -> list[str]:
    if kind == "select":
        return list(one.xpath("./option/@value"))
    if kind in {"radio", "boxes", "picks", "box"}:
        root = one.getroottree()
        return list(root.xpath(f'//input[@name="{one.get("name")}" and not(@disabled)]/@value'))
    return []


def _is_optional(root: Any, one: Any, kind: str) -> bool:
    """Whether a field may stay empty: what may not is marked nowhere, what may is (look/style.md)."""
    if kind == "box":
        return one.get("aria-required") is None and one.get("required") is None
    if kind == "radio" and root.xpath(f'//input[@name="{one.get("name")}" and @checked]'):
        return True  # a circle that is filled in cannot be emptied
    if kind in {"radio", "boxes"}:
        group = one.xpath("ancestor::fieldset[1]/legend")
        return bool(group) and bool(group[0].xpath('.//*[@class="cf-label__optional"]'))
    if kind == "picks":
        return False
    if kind == "select" and all(one.xpath("./option/@value")):
        return True  # one of them is always chosen
    label = root.xpath(f'//label[@for="{one.get("id")}"]') if one.get("id") else []
    return bool(label) and bool(label[0].xpath('.//*[@class="cf-label__optional"]'))


def standing_at(root: Any, control: Control) -> list[str]:
    """Return the sentences that stand at a field: those that its control or its group names."""
    element = _shown(root, control)
    if element is None:
        return []
    marked = element
    if control.kind in {"radio", "boxes"}:
        groups = element.xpath("ancestor::fieldset[1]")
        marked = groups[0] if groups else element
    elif element.get("aria-invalid") != "true":
        return []
    named = str(marked.get("aria-describedby", "")).split()
    found = [root.get_element_by_id(one, None) for one in named]
    return [
        " ".join(one.text_content().split())
        for one in found
        if one is not None and "cf-error" in str(one.get("class")) and one.text_content().strip()
    ]


def summary_leads_to(root: Any, control: Control) -> bool:
    """Whether the summary has a link that ends at the field or at its group."""
    element = _shown(root, control)
    links = root.xpath("//*[@data-error-summary]//a/@href")
    places = {link.rpartition("#")[2] for link in links}
    if element is None:
        return False
    groups = element.xpath("ancestor-or-self::*/@id")
    return any(
        place in groups and root.get_element_by_id(place, None) is not None for place in places
    )


def _shown(root: Any, control: Control) -> Any:
    """Return the same control on another page: by its id, else by its name."""
    identity = control.element.get("id")
    if identity and root.get_element_by_id(identity, None) is not None:
        return root.get_element_by_id(identity)
    same = root.xpath(f'//*[@name="{control.name}" and not(@type="hidden") and not(self::button)]')
    return same[0] if same else None


def kept(root: Any, control: Control, sent: Any) -> bool:
    """Whether a page still holds what was sent for a field."""
    if control.kind in {"password", "file"} or control.name in ONCE or not str(sent or "").strip():
        return True
    element = _shown(root, control)
    if element is None:
        return False
    if control.kind == "select":
        return sent in element.xpath("./option[@selected]/@value") or sent not in control.options
    if control.kind in {"radio", "boxes", "box", "picks"}:
        checked = root.xpath(f'//input[@name="{control.name}" and @checked]/@value')
        return set(sent if isinstance(sent, list) else [sent]) & set(control.options) <= set(
            checked
        )
    value = element.text or "" if control.kind == "area" else element.get("value", "")
    return bool(value.replace("\r", "").strip() == str(sent).strip())


def page(text: str) -> Any:
    """Read a page."""
    return html.fromstring(text)


CHINESE = re.compile("[\u4e00-\u9fff]")
