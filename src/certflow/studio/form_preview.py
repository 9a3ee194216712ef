"""A form as its author sees it while it is made: read as far as it can be, with made-up answers (H2)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from certflow.core import clock
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.forms.amend import Remark
from certflow.forms.answers import merge, parse_post, validate
from certflow.forms.definition import draft_form
from certflow.forms.display import FileInfo
from certflow.forms.generate import sample
from certflow.forms.parts import FormDefinition, Option
from certflow.forms.reading import FormFinding
from certflow.forms.scene import Scene

Fill = Literal["empty", "sample", "wrong"]
_OFFERED: Final = tuple(
    Option(str(number), Text(f"示例选项 {sign}", f"Sample option {sign}"))
    for number, sign in enumerate("ABC", start=1)
)
UNREADABLE: Final = Text(
    "这张表单的内容读不出来。请撤销上一步，或在高级设置里改正。",
    "This form cannot be read. Undo the last step, or mend it in the advanced settings.",
)
_MADE_UP_FILE: Final = re.compile(r"file\d{4}")
_FILE: Final = Text("示例文件.pdf", "sample.pdf")
_MARKED: Final = Text("示例意见：请补充说明。", "Sample remark: please say more.")


@dataclass(frozen=True)
class Wish:
    """How the author wants to see it: `posted` is what they typed on the page shown before."""

    locale: str
    fill: Fill
    data: Mapping[str, Any]
    posted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Preview:
    """What there is to draw, and what is wrong with the definition."""

    form: FormDefinition
    data: dict[str, Any]
    scene: Scene
    findings: tuple[FormFinding, ...]


def preview(content: Mapping[str, Any], form_json: Mapping[str, Any], wish: Wish) -> Preview:
    """Return a form that may have mistakes with answers and surroundings; nothing is kept.

    `content` is the draft's, for the records and other forms that it refers to.

    Raises:
        Invalid: it is no form at all.

    """
    form, findings = _read(content, form_json)
    sources = (one for one in form.sources if not one.startswith("records:"))
    choices = dict.fromkeys(sources, _OFFERED)
    today = clock.today()
    reviewed = sample(form.reviews, choices=choices, today=today) if form.reviews else None
    data = _answers(form, wish, choices, reviewed)
    errors = {}
    if wish.fill == "wrong":
        outcome = form.outcomes[0].key if form.outcomes else None
        errors = validate(form, data, outcome, reviewed=reviewed).errors
    scene = Scene(
        locale=wish.locale,
        choices=choices,
        files=dict(_files([data, reviewed], wish.locale)),
        errors=errors,
        reviewed=reviewed,
        flags=_flags(form, data, wish.locale),
    )
    return Preview(form, data, scene, tuple(findings))


def _read(
    content: Mapping[str, Any], form_json: Mapping[str, Any]
) -> tuple[FormDefinition, list[FormFinding]]:
    try:
        return draft_form(form_json, content["records"], content["forms"])
    except (AttributeError, TypeError, ValueError, KeyError, RecursionError) as error:
        raise Invalid(UNREADABLE) from error


def _answers(
    form: FormDefinition,
    wish: Wish,
    choices: Mapping[str, Any],
    reviewed: Mapping[str, Any] | None,
) -> dict[str, Any]:
    typed = parse_post(form, wish.posted)
    before = {name: value for name, value in wish.data.items() if name in form.answered}
    if wish.posted or before:
        return merge(form, before, typed)
    usual = {name: one.default for name, one in form.answered.items() if one.default is not None}
    if wish.fill == "sample" or form.amends is not None:
        made = sample(form, choices=choices, reviewed=reviewed, today=clock.today())
        return {**usual, **made}
    return usual


def _files(part: Any, locale: str) -> Iterator[tuple[str, FileInfo]]:
    """Return a name for every file that the made-up answers mention; there is nothing to open."""
    if isinstance(part, str) and _MADE_UP_FILE.fullmatch(part):
        yield part, FileInfo(part, _FILE.of(locale), "")
    inner = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
    for one in inner:
        yield from _files(one, locale)


def _flags(form: FormDefinition, data: Mapping[str, Any], locale: str) -> dict[str, list[Remark]]:
    """Return a sample remark on the first record or field that a corrective round would open."""
    if form.amends is None or form.editable == "all":
        return {}
    for name, field in form.amends.answered.items():
        rows = data.get(name)
        if field.kind == "records" and isinstance(rows, list) and rows:
            return {f"{name}/{rows[0]['id']}": [Remark(_MARKED.of(locale))]}
    first = next(iter(form.amends.answered), "")
    return {first: [Remark(_MARKED.of(locale))]} if first else {}
