"""What a posted form page says: the answers so far, the files, the button (forms/commands.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import request

from certflow.cases.worksheet import Worksheet, picked_rows
from certflow.core.access import current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid
from certflow.core.files import store
from certflow.core.text import Text
from certflow.forms.amend import amend
from certflow.forms.answers import merge, parse_post
from certflow.forms.commands import Command, add_records, read_command, remove
from certflow.personnel.queries import records_of


@dataclass(frozen=True)
class Posted:
    """A posted page: the whole draft with it, the button pressed, files that were refused."""

    data: dict[str, Any]
    command: Command
    refused: Mapping[str, Text] = field(default_factory=dict)


def read_post(sheet: Worksheet) -> Posted:
    """Merge what was posted into the draft; files are stored, refused ones named at their field."""
    items, refused = [*request.form.items(multi=True)], {}
    for name, file in request.files.items(multi=True):
        if not file.filename:
            continue
        try:
            file.stream.seek(0)  # the edge repeats a request whose step failed
            content = BytesIO(file.stream.read())
            stored = store(db.session(), content, file.filename, current_actor().user_id)
            items.append((name, stored.id))
        except Invalid as error:
            refused[name.replace(".", "/")] = error.message
    data = merge(sheet.form, sheet.data, parse_post(sheet.form, items))
    return Posted(allowed(sheet, data), read_command(items), refused)


def allowed(sheet: Worksheet, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the draft with only those changes that this round allows."""
    if sheet.form.amends is None:
        return dict(data)
    return amend(sheet.form, sheet.previous, data, sheet.flags)


def arranged(sheet: Worksheet, posted: Posted) -> dict[str, Any] | None:
    """Return the draft after adding, picking or removing records; None for other buttons."""
    command, form, data = posted.command, sheet.form, posted.data
    if command.add:
        return allowed(sheet, add_records(form, data, command.add))
    if command.remove:
        return allowed(sheet, remove(form, data, command.remove))
    if command.pick:
        person_id = current_actor().person_id
        records = records_of(db.session(), person_id) if person_id else []
        rows = picked_rows(form, command.pick, command.picked, records, data)
        return allowed(sheet, add_records(form, data, command.pick, rows))
    return None


def touched_list(command: Command) -> str:
    """Return the name of the list that a button changed, for the anchor to come back to."""
    return command.add or command.pick or command.remove.partition("/")[0]
