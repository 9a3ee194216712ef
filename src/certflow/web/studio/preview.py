"""A form as it will look, drawn while it is made: nothing is kept, nothing is sent (catalogue H2)."""

from typing import Any

from flask import render_template, request
from flask_babel import force_locale

from certflow.core.access import allow
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.forms.view import form_view, step
from certflow.studio import drafts
from certflow.studio.form_offers import titles
from certflow.studio.form_preview import UNREADABLE, Fill, Preview, Wish, preview
from certflow.web.edge import locale
from certflow.web.studio.area import LOOK, blueprint

_BABEL = {"zh": "zh_CN", "en": "en"}
_FILLS: dict[str, Fill] = {"empty": "empty", "sample": "sample", "wrong": "wrong"}
_MOST_PAIRS = 5_000


@blueprint.post("/<key>/draft/preview", endpoint="preview_form")
@allow(LOOK)
def preview_form(key: str) -> dict[str, Any]:
    """Draw a form that is not saved yet, with the real templates.

    Sent: `content`, `locale`, `fill` (empty, sample, wrong), `page`, `go`, and what was typed on
    the page shown before: `posted` (pairs) over `data`.
    """
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("content"), dict):
        raise Invalid(UNREADABLE)
    session = db.session()
    content = drafts.content_of(session, drafts.the_draft(session, key))
    language = given.get("locale") if given.get("locale") in _BABEL else locale()
    wish = Wish(
        locale=str(language),
        fill=_FILLS.get(str(given.get("fill")), "empty"),
        data=given["data"] if isinstance(given.get("data"), dict) else {},
        posted=_pairs(given.get("posted")),
    )
    made = preview(content, given["content"], wish)
    page = _page(made, str(given.get("page", "")), str(given.get("go", "")))
    return {
        "html": _drawn(made, page, wish.locale),
        "page": page,
        "data": made.data,
        "findings": [
            {"place": one.field, "message": one.message.of(locale())} for one in made.findings
        ],
    }


def _page(made: Preview, page: str, go: str) -> str:
    if not made.form.pages:
        return ""
    known = made.form.page(page) is not None
    return step(made.form, made.data, page if known else "", go or page)


def _drawn(made: Preview, page: str, language: str) -> str:
    def told(value: object) -> str:
        if isinstance(value, str):
            return value
        return "" if value is None else Text.read(value).of(language)

    view = form_view(made.form, made.data, page or None, made.scene) if made.form.pages else None
    with force_locale(_BABEL[language]):
        return render_template(
            "studio/form_preview.html",
            view=view,
            form=made.form,
            exhibits=titles("exhibits", made.form.exhibits, language),
            locale=language,
            t=told,
            say=made.scene.reader.say,
        )


def _pairs(given: object) -> tuple[tuple[str, str], ...]:
    listed = given if isinstance(given, list) else []
    return tuple(
        (one[0], one[1])
        for one in listed[:_MOST_PAIRS]
        if isinstance(one, list) and len(one) == 2 and all(isinstance(part, str) for part in one)  # noqa: PLR2004 (name and value)
    )
