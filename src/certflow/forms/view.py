"""From a definition and answers to the view that templates/forms/form.html draws."""

from collections.abc import Mapping
from typing import Any

from certflow.core.text import Text
from certflow.forms.fieldview import FieldPainter
from certflow.forms.parts import FormDefinition, Page
from certflow.forms.readonly import readonly_view, referenced_files
from certflow.forms.review import targets
from certflow.forms.scene import Scene
from certflow.forms.schema import expression_names, holds, rows_of, visible
from certflow.forms.shown import (
    ErrorLink,
    FormView,
    LibraryRecord,
    OutcomeView,
    PageLink,
    ReadonlyView,
)

__all__ = [
    "FormView",
    "LibraryRecord",
    "ReadonlyView",
    "Scene",
    "form_view",
    "readonly_view",
    "referenced_files",
    "step",
]

_ROW = Text("第 {n} 条", "No. {n}")


def form_view(
    form: FormDefinition,
    data: Mapping[str, Any],
    page: str | None = None,
    scene: Scene | None = None,
) -> FormView:
    """Return one page of a form for its template.

    Without `page` it is the first page with an error, else the first with a mark, else the first.
    `data` may be raw (as typed) or typed; both are shown as they are.
    """
    stage = scene or Scene()
    pages = shown_pages(form, data)
    marks = _links(form, data, stage, {path: _remark_text(stage, path) for path in stage.flags})
    errors = _links(form, data, stage, {path: stage.error(path) for path in stage.errors})
    current = _current(pages, page, [*errors, *marks])
    shown = visible(form, data)
    painter = FieldPainter(form, data, stage, stage.permit(form))
    say = stage.reader.say
    return FormView(
        key=form.key,
        title=say(form.title),
        intro=say(form.intro),
        locale=stage.locale,
        page_key=current.key,
        page_title=say(current.title),
        page_intro=say(current.intro),
        fields=tuple(painter.top(each, shown) for each in current.fields),
        pages=_steps(pages, current, errors, marks, stage),
        errors=tuple(_here(errors, current)),
        outcomes=tuple(
            OutcomeView(each.key, say(each.label), each.kind, say(each.note))
            for each in form.outcomes
        ),
        amends=form.amends is not None,
        marked=tuple(_here(marks, current)),
    )


def shown_pages(form: FormDefinition, data: Mapping[str, Any]) -> list[Page]:
    """Return the pages that these answers make visible; the first page always is."""
    values = expression_names(form, data)
    return [
        page
        for number, page in enumerate(form.pages)
        if number == 0 or page.visible_if is None or holds(page.visible_if, values)
    ]


def step(form: FormDefinition, data: Mapping[str, Any], page: str, go: str) -> str:
    """Return the key of the page to show next: `go` is next, back or the key of a page."""
    keys = [each.key for each in shown_pages(form, data)]
    if go in keys:
        return go
    place = keys.index(page) if page in keys else 0
    moved = place + {"next": 1, "back": -1}.get(go, 0)
    return keys[min(max(moved, 0), len(keys) - 1)]


def _current(pages: list[Page], wanted: str | None, links: list[ErrorLink]) -> Page:
    by_key = {page.key: page for page in pages}
    if wanted in by_key and wanted is not None:
        return by_key[wanted]
    marked = {link.page for link in links}
    return next((page for page in pages if page.key in marked), pages[0])


def _steps(
    pages: list[Page], current: Page, errors: list[ErrorLink], marks: list[ErrorLink], scene: Scene
) -> tuple[PageLink, ...]:
    wrong = {link.page for link in errors}
    before = [page.key for page in pages].index(current.key)
    links = []
    for number, page in enumerate(pages):
        state = "done" if number < before else "todo"
        state = "error" if page.key in wrong else state
        state = "current" if page is current else state
        count = sum(link.page == page.key for link in marks)
        links.append(PageLink(page.key, scene.reader.say(page.title), number + 1, state, count))
    return tuple(links)


def _links(
    form: FormDefinition, data: Mapping[str, Any], scene: Scene, sentences: Mapping[str, str]
) -> list[ErrorLink]:
    homes = {field.name: page.key for page in form.pages for field in page.fields}
    return [
        ErrorLink(
            scene.html_id(path),
            homes.get(path.split("/")[0], ""),
            _sentence(form, data, scene, path, text),
            here=False,
        )
        for path, text in sentences.items()
    ]


def _here(links: list[ErrorLink], current: Page) -> list[ErrorLink]:
    return [
        ErrorLink(each.html_id, each.page, each.text, each.page in {current.key, ""})
        for each in links
    ]


def _sentence(
    form: FormDefinition, data: Mapping[str, Any], scene: Scene, path: str, text: str
) -> str:
    """Return the sentence with the place it speaks of: "审核经历 第 3 条：请填写现场天数"."""
    name, _, rest = path.partition("/")
    field = form.fields.get(name)
    if field is None:
        return text
    say = scene.reader.say
    label, colon = say(field.label).rstrip("。."), "：" if scene.locale == "zh" else ": "
    if field.widget == "review" and rest:
        judged = {each.key: each for each in targets(form, scene.reviewed or {})}
        return f"{say(judged[rest].subject)}{colon}{text}" if rest in judged else text
    if field.record is None or not rest:
        return text if label in text else f"{label}{colon}{text}"
    identity, _, inner = rest.partition("/")
    rows = rows_of(data.get(name))
    number = next((n for n, row in enumerate(rows, start=1) if row.get("id") == identity), 0)
    known = field.record.fields.get(inner)
    spoken = say(known.label) if known else ""
    words = text if not spoken or spoken in text else f"{spoken}{colon}{text}"
    return f"{label} {say(_ROW.filled(n=number))}{colon}{words}"


def _remark_text(scene: Scene, path: str) -> str:
    remark = scene.flags[path][0]
    return remark.text or scene.reader.say(remark.label)
