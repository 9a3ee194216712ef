"""The forms of a draft: the list, one form or record kind in its editor (catalogue H2)."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import AppError, Conflict, Invalid, NotFound
from certflow.core.text import Text
from certflow.forms.reading import WIDGETS
from certflow.studio import drafts, forms
from certflow.studio.form_offers import offers
from certflow.studio.places import Places
from certflow.web.edge import locale
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame

_EDITORS = {"form": "studio.form", "record": "studio.record"}


@blueprint.get("/<key>/draft/forms", endpoint="forms")
@allow(LOOK)
def forms_of(key: str) -> Any:
    """List the draft's forms and record kinds; with `part`, open that one at `place`."""
    group, _, name = request.args.get("part", "").partition(":")
    if group in _EDITORS and name:
        return redirect(_editor(key, group, name, place=request.args.get("place")))
    return _list(key)


def _list(key: str, error: AppError | None = None) -> str:
    session = db.session()
    draft = drafts.open_draft(session, key)
    content = drafts.content_of(session, draft) if draft else None
    shown = forms.listed(content) if content is not None else []
    return render_template(
        "studio/forms.html",
        forms=[one for one in shown if one.group == "form"],
        records=[one for one in shown if one.group == "record"],
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        given=request.form,
        editor=_editor,
        **frame(key, "studio.forms"),
    )


@blueprint.post("/<key>/draft/forms")
@allow(EDIT)
def change_forms(key: str) -> Response | tuple[str, int]:
    """Add, copy, rename or remove (`act`) a form or record kind."""
    change = _CHANGES.get(request.form.get("act", ""))
    if change is None or request.form.get("group") not in _EDITORS:
        raise NotFound
    try:
        return change(key)
    except (Invalid, Conflict) as error:
        return _list(key, error), error.status


def _add(key: str) -> Response:
    given = request.form
    title = Text(given.get("title_zh", ""), given.get("title_en", ""))
    session, group = db.session(), given["group"]
    draft = drafts.the_draft(session, key)
    name = forms.add(session, current_actor(), draft, group, title, given.get("name", ""))
    return redirect(_editor(key, group, name), 303)


def _copy(key: str) -> Response:
    session, group = db.session(), request.form["group"]
    draft = drafts.the_draft(session, key)
    name = forms.copy(session, current_actor(), draft, group, request.form.get("name", ""))
    return redirect(_editor(key, group, name), 303)


def _rename(key: str) -> Response:
    session, group, name = db.session(), request.form["group"], request.form.get("name", "")
    fresh, draft = request.form.get("fresh", ""), drafts.the_draft(session, key)
    changed = forms.rename(session, current_actor(), draft, group, name, fresh)
    said = gettext(
        "代号已改为 %(name)s，同时改了 %(count)s 处用到它的地方",
        name=fresh.strip(),
        count=len(changed),
    )
    flash(said, "passed")
    return redirect(url_for("studio.forms", key=key), 303)


def _remove(key: str) -> Response:
    session, group, name = db.session(), request.form["group"], request.form.get("name", "")
    forms.remove(session, current_actor(), drafts.the_draft(session, key), group, name)
    flash(gettext("已从草稿移除，已发布的版本不受影响"), "passed")
    return redirect(url_for("studio.forms", key=key), 303)


_CHANGES = {"add": _add, "copy": _copy, "rename": _rename, "remove": _remove}


@blueprint.post("/<key>/draft/records")
@allow(EDIT)
def make_record(key: str) -> dict[str, Any]:
    """Add a record kind for a question of the form that is being edited."""
    given = request.get_json(silent=True)
    title = given.get("title") if isinstance(given, dict) else None
    said = title if isinstance(title, dict) else {}
    words = Text(str(said.get("zh", "")), str(said.get("en", "")))
    session = db.session()
    draft = drafts.the_draft(session, key)
    name = forms.add(session, current_actor(), draft, "record", words)
    return {"name": name, "content": drafts.part(session, draft, f"record:{name}").content}


@blueprint.post("/<key>/draft/fields")
@allow(EDIT)
def rename_field(key: str) -> dict[str, Any]:
    """Let the rest of the draft know a question by its new key; tell which parts were changed."""
    given = request.get_json(silent=True)
    names = [
        str(given.get(one, "")) if isinstance(given, dict) else ""
        for one in ("group", "name", "before", "after")
    ]
    if names[0] not in _EDITORS:
        raise NotFound
    session = db.session()
    draft, owner = drafts.the_draft(session, key), (names[0], names[1])
    changed = forms.rename_field(session, current_actor(), draft, owner, names[2], names[3])
    places = Places(drafts.content_of(session, draft))
    return {"parts": [places.part(one).of(locale()) for one in changed]}


@blueprint.get("/<key>/draft/forms/<name>")
@allow(LOOK)
def form(key: str, name: str) -> str:
    """Show the editor of a form."""
    return _edit(key, "form", name)


@blueprint.get("/<key>/draft/records/<name>")
@allow(LOOK)
def record(key: str, name: str) -> str:
    """Show the editor of a record kind."""
    return _edit(key, "record", name)


def _edit(key: str, group: str, name: str) -> str:
    session = db.session()
    draft = drafts.the_draft(session, key)
    part = drafts.part(session, draft, f"{group}:{name}")
    content = drafts.content_of(session, draft)
    say = locale()
    about = {
        "key": key,
        "group": group,
        "name": name,
        "part": part.part,
        "locale": say,
        "preview": url_for("studio.preview_form", key=key),
        "make": url_for("studio.make_record", key=key),
        "rename": url_for("studio.rename_field", key=key),
        "records": url_for("studio.record", key=key, name="NAME"),
        "kinds": content["records"],
        "forms": {one: form for one, form in content["forms"].items() if one != name},
        "widgets": {widget: list(kinds) for widget, kinds in WIDGETS.items()},
        "offers": {
            what: [one.as_json(say) for one in listed] for what, listed in offers(key).items()
        },
    }
    title = Text.read(part.content.get("title") or name)
    return render_template(
        "studio/form.html", about=about, title=title, **frame(key, "studio.forms")
    )


def _editor(key: str, group: str, name: str, place: str | None = None) -> str:
    part = f"{group}:{name}" if place else None
    return url_for(_EDITORS[group], key=key, name=name, part=part, place=place or None)
