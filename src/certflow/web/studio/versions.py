"""All versions of a process: look at one, compare any two, go back to one (catalogue H3)."""

from collections.abc import Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from certflow.cases import versions as published
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.text import Text
from certflow.studio import history, rolling_back
from certflow.studio.difference import difference as differences
from certflow.studio.history import VersionEntry
from certflow.studio.places import Places
from certflow.studio.reading import names_of, readable
from certflow.web.edge import locale
from certflow.web.studio.area import LOOK, PUBLISH, blueprint, frame


@blueprint.get("/<key>/versions")
@allow(LOOK)
def versions(key: str) -> str:
    """List every version, the newest first."""
    return _list(key)


@blueprint.get("/<key>/versions/<int:number>")
@allow(LOOK)
def version(key: str, number: int) -> str:
    """Show one version: its diagram, forms, tables and settings, to read only."""
    session = db.session()
    entry = history.version(session, key, number)
    content = history.content_of(session, key, str(number))
    loaded = published.loaded(session, entry.id)
    return render_template(
        "studio/version.html",
        entry=entry,
        warnings=loaded.definition.warnings,
        name_of=loaded.name_of,
        reading=readable(content),
        names=names_of(content, locale()),
        **frame(key, "studio.versions"),
    )


@blueprint.get("/<key>/drawing.bpmn")
@allow(LOOK)
def diagram(key: str) -> Response:
    """Return a diagram as BPMN 2.0 XML: of the draft, a version, or a request to publish."""
    content = history.content_of(db.session(), key, request.args.get("of", ""))
    return Response(content["bpmn"], content_type="application/xml; charset=utf-8")


@blueprint.get("/<key>/difference")
@allow(LOOK)
def difference(key: str) -> str:
    """Show what differs between two versions, or a version and the draft: drawn and in words."""
    session = db.session()
    context = frame(key, "studio.versions")
    entries = history.history(session, key)
    sides = _sides(context["process"].draft_id, entries)
    if not sides:
        raise NotFound
    after = request.args.get("to") or next(iter(sides))
    before = request.args.get("from") or _before(after, entries)
    old, new = (history.content_of(session, key, one) for one in (before, after))
    return render_template(
        "studio/difference.html",
        **context,
        before=before,
        after=after,
        sides={before: _side_name(before), after: _side_name(after)} | sides,
        difference=differences(old, new),
        places=Places(new),
        old_places=Places(old),
        names={"before": names_of(old, locale()), "after": names_of(new, locale())},
    )


@blueprint.post("/<key>/versions/<int:number>/roll-back")
@allow(PUBLISH)
def roll_back(key: str, number: int) -> Answer | tuple[str, int]:
    """Publish an earlier version again, with a reason."""
    session = db.session()
    entry = history.version(session, key, number)
    reason = request.form.get("reason", "")
    try:
        new = rolling_back.roll_back(session, current_actor(), key, entry.id, reason)
    except Invalid as error:
        return _list(key, error.at(""), number), error.status
    said = gettext("已回退：第 %(n)s 版的内容现在是第 %(m)s 版", n=number, m=new.number)
    flash(said, "passed")
    return redirect(url_for("studio.versions", key=key), 303)


def _list(key: str, errors: Mapping[str, Text] | None = None, wrong: int = 0) -> str:
    return render_template(
        "studio/versions.html",
        entries=history.history(db.session(), key),
        errors=errors or {},
        wrong=wrong,
        typed=request.form.get("reason", ""),
        **frame(key, "studio.versions"),
    )


def _sides(draft_id: int | None, entries: list[VersionEntry]) -> dict[str, str]:
    """Return what can be compared, by the word in the address: the draft, then the versions."""
    sides = ["draft"] if draft_id else []
    sides += [str(one.number) for one in entries]
    return {one: _side_name(one) for one in sides}


def _side_name(side: str) -> str:
    if side == "draft":
        return str(gettext("草稿"))
    if side.startswith("request-"):
        return str(gettext("申请发布的内容"))
    return str(gettext("第 %(n)s 版", n=side))


def _before(after: str, entries: list[VersionEntry]) -> str:
    """Return what a side is compared with unless said: the version in force, or the one before."""
    numbers = [one.number for one in entries]
    if after.isdecimal():
        earlier = [one for one in numbers if one < int(after)]
        return str(max(earlier, default=int(after)))
    in_force = next((one.number for one in entries if one.active), None)
    if in_force is None:
        raise NotFound(
            Text("还没有可以对比的版本。", "There is no version yet to compare it with.")
        )
    return str(in_force)
