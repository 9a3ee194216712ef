"""How records of the profile library are shown and read from a form (catalogue A9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from certflow.cases.evidence import FOREIGN, files_in, readable_files
from certflow.cases.versions import record_forms
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.forms.answers import merge, parse_post, validate
from certflow.forms.commands import read_command, remove
from certflow.forms.definition import FormDefinition
from certflow.forms.display import Reader
from certflow.forms.parts import Option
from certflow.forms.shown import ReadonlyView
from certflow.forms.view import Scene, form_view, readonly_view, referenced_files
from certflow.personnel.fields import specialities_of
from certflow.personnel.queries import records_of
from certflow.web.edge import locale
from certflow.web.files import infos, store_upload

ORDER = ("education", "employment", "professional_employment", "audit", "cpd", "witness")
Data = Mapping[str, Any]


@dataclass(frozen=True)
class ShownRecord:
    """A record as its card shows it; `verified` ones are locked."""

    id: int
    heading: str
    summary: str
    verified: bool
    view: ReadonlyView


@dataclass(frozen=True)
class Posted:
    """What came back with a record's form: the answers, and a sentence a field that is wrong.

    `stays`: a button inside the form was pressed, so the page is shown again.
    """

    data: dict[str, Any]
    errors: Mapping[str, Text]
    stays: bool


def kinds(session: Session) -> dict[str, FormDefinition]:
    """Return the kinds of records by key, in the order of a career."""
    forms = record_forms(session)
    known = [kind for kind in ORDER if kind in forms]
    return {kind: forms[kind] for kind in [*known, *sorted(set(forms) - set(known))]}


def kind_of(session: Session, kind: str) -> FormDefinition:
    """Return one kind of record.

    Raises:
        NotFound: when there is no such kind.

    """
    form = record_forms(session).get(kind)
    if form is None:
        raise NotFound
    return form


def shown(
    session: Session, actor: Actor, form: FormDefinition, records: Iterable[Any]
) -> list[ShownRecord]:
    """Return records of one kind for reading."""
    listed = list(records)
    named = [file_id for one in listed for file_id in referenced_files(form, one.data)]
    reader = Reader(locale(), choices(session, actor, form), infos(session, actor, named))
    return [_shown(reader, form, one) for one in listed]


def _shown(reader: Reader, form: FormDefinition, record: Any) -> ShownRecord:
    heading = reader.heading_of(form, record.data) or reader.say(form.title)
    summary = reader.summary_of(form, record.data)
    view = readonly_view(form, record.data, reader)
    return ShownRecord(record.id, heading, summary, record.verified, view)


def choices(session: Session, actor: Actor, form: FormDefinition) -> dict[str, list[Option]]:
    """Return what a record's form offers to choose from: specialities, other records of mine."""
    offered: dict[str, list[Option]] = {}
    for source in form.sources:
        kind = source.removeprefix("records:")
        if kind != source:
            offered[source] = _own_records(session, actor, kind)
        elif source == "specialities":
            offered[source] = [Option(key, text) for key, text in specialities_of("").items()]
    return offered


def _own_records(session: Session, actor: Actor, kind: str) -> list[Option]:
    form = kind_of(session, kind)
    heading = form.heading
    rows = records_of(session, actor.person_id or 0, kind)
    return [
        Option(str(row.id), Text.read(f"{row.data.get(heading, '')} {_day(row.data)}".strip()))
        for row in rows
    ]


def _day(data: Data) -> str:
    return str(data.get("started_on") or data.get("held_on") or "")


def page(
    session: Session,
    actor: Actor,
    form: FormDefinition,
    data: Data,
    *,
    errors: Mapping[str, Text] | None = None,
    new: bool,
) -> str:
    """Draw the form of a record with what is in it."""
    scene = Scene(
        locale=locale(),
        choices=choices(session, actor, form),
        files=infos(session, actor, referenced_files(form, data)),
        errors=errors or {},
    )
    view = form_view(form, data, scene=scene)
    return render_template("portal/record.html", view=view, form=form, kind=form.key, new=new)


def posted(session: Session, actor: Actor, form: FormDefinition, before: Data) -> Posted:
    """Read a posted record; files that came with it are stored, whatever else is wrong.

    Names of files that are not the actor's own are refused.
    """
    items = list(request.form.items(multi=True))
    refused: dict[str, Text] = {}
    for name in request.files:
        if request.files[name].filename:
            try:
                items.append((name, store_upload(session, actor, name).id))
            except Invalid as error:
                refused[name] = error.message
    keep_changes()
    data = merge(form, before, parse_post(form, items))
    command = read_command(items)
    if command.remove:
        return Posted(remove(form, data, command.remove), refused, stays=True)
    result = validate(form, data, choices=choices(session, actor, form))
    errors = {**_foreign(session, actor, form, data), **result.errors, **refused}
    return Posted(dict(data) if errors else dict(result.data), errors, stays=bool(errors))


def _foreign(session: Session, actor: Actor, form: FormDefinition, data: Data) -> dict[str, Text]:
    named = dict(files_in(form, data))
    found = readable_files(session, actor, named)
    own = {file_id for file_id, file in found.items() if file.owner_id == actor.user_id}
    return {path: FOREIGN for file_id, path in named.items() if file_id not in own}
