"""The buttons inside a form, all of them plain submits: they work without JavaScript."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from certflow.forms.parts import FormDefinition


@dataclass(frozen=True)
class Command:
    """What was pressed. `page` is the page that was shown; `go` is next, back or a page's key.

    `add` and `pick` name a records field, `remove` a path ("audit/r1", "files/<id>",
    "audit/r1/files/<id>"), `picked` the library records ticked for `pick`, `outcome` the result.
    """

    page: str = ""
    go: str = ""
    add: str = ""
    remove: str = ""
    pick: str = ""
    picked: tuple[str, ...] = ()
    outcome: str = ""
    save: bool = False


def read_command(items: Iterable[tuple[str, str]]) -> Command:
    """Read the pressed button from the posted pairs."""
    pairs = list(items)
    given = dict(pairs)
    pick = given.get("_pick", "")
    return Command(
        page=given.get("_page", ""),
        go=given.get("_go", "").removeprefix("page:"),
        add=given.get("_add", ""),
        remove=given.get("_remove", ""),
        pick=pick,
        picked=tuple(value for name, value in pairs if name == f"_picked.{pick}"),
        outcome=given.get("_outcome", ""),
        save="_save" in given,
    )


def new_record_id() -> str:
    """Return an id for a new record; it never changes afterwards."""
    return uuid4().hex[:12]


def add_records(
    form: FormDefinition,
    data: Mapping[str, Any],
    name: str,
    rows: Sequence[Mapping[str, Any]] = ({},),
) -> dict[str, Any]:
    """Return the answers with records added to the field `name`: an empty one, or library records.

    A library record brings its fields and `source`, its id in the library; one that is already
    there is not added again.
    """
    field = form.answered.get(name)
    if field is None or field.record is None:
        return dict(data)
    present = list(data.get(name) or [])
    sources = {row.get("source") for row in present} - {None}
    known = {*field.record.answered, "source"}
    fresh = [
        {**{key: value for key, value in row.items() if key in known}, "id": new_record_id()}
        for row in rows
        if row.get("source") not in sources
    ]
    return {**data, name: [*present, *fresh]}


def remove(form: FormDefinition, data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the answers without a record ("audit/r1") or a file ("files/<id>")."""
    name, _, rest = path.partition("/")
    field = form.answered.get(name)
    value = data.get(name)
    if field is None or not isinstance(value, list):
        return dict(data)
    if field.record is None:
        return {**data, name: [each for each in value if each != rest]}
    identity, _, inner = rest.partition("/")
    if not inner:
        return {**data, name: [row for row in value if row["id"] != identity]}
    record = field.record
    return {
        **data,
        name: [remove(record, row, inner) if row["id"] == identity else row for row in value],
    }
