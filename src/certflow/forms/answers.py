"""From what a browser posts to checked answers, and back to errors at their fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from certflow.core.text import Text
from certflow.forms import messages
from certflow.forms.parts import Choices, Field, FormDefinition, Option
from certflow.forms.review import OPINION, drafted_opinion, review_field, targets
from certflow.forms.schema import Answers, load, rows_of, visible

__all__ = ["Option", "Validated", "merge", "parse_post", "validate"]

_LISTS = {"list": list, "records": list, "review": dict}


@dataclass(frozen=True)
class Validated:
    """Checked answers: `data` is typed JSON, `errors` has a sentence for each wrong path."""

    data: dict[str, Any]
    errors: dict[str, Text] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.errors


def parse_post(form: FormDefinition, items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Read the fields of a posted page into nested raw answers; strings stay as they were typed.

    `items` are the name/value pairs in their order (`request.form.items(multi=True)`). Names the
    form does not know are left out (the page has its own: token, version). `_has` marks groups
    that post nothing when empty: boxes, files, records.
    """
    data: dict[str, Any] = {}
    for name, value in items:
        if name == "_has":
            _touch(form, data, value)
        elif not name.startswith("_"):
            _put(form, data, name, value)
    return data


def merge(form: FormDefinition, draft: Answers, posted: Answers) -> dict[str, Any]:
    """Return the draft with what was posted; a record that posted less keeps its other values."""
    merged = dict(draft)
    for name, value in posted.items():
        known = form.answered.get(name)
        if known is not None and known.kind == "records":
            before = {row["id"]: row for row in rows_of(draft.get(name))}
            merged[name] = [{**before.get(row["id"], {}), **row} for row in rows_of(value)]
        elif known is not None and known.kind == "review":
            merged[name] = {**_mapping(draft.get(name)), **_mapping(value)}
        else:
            merged[name] = value
    return merged


def validate(
    form: FormDefinition,
    data: Answers,
    outcome: str | None = None,
    page: str | None = None,
    choices: Choices | None = None,
    reviewed: Answers | None = None,
) -> Validated:
    """Check answers: all of them, or those of one page.

    `outcome` adds what it requires. `choices` are the options given at run time by source name; a
    value that is not among them is refused. `reviewed` are the answers of the form that this one
    reviews: then a required review must judge each of its records (C5).
    """
    data = _with_opinion(form, data, reviewed) if outcome else data
    chosen = form.outcome(outcome) if outcome else None
    needed = chosen.requires if chosen else ()
    shown_page = form.page(page) if page else None
    loaded, tree = load(form, data, page=shown_page, needed=needed, outcome=outcome or "")
    errors = flatten(tree)
    if outcome and chosen is None and form.outcomes:
        errors["_outcome"] = messages.NO_OUTCOME
    errors = {**_refused(form, loaded, data, choices or {}), **errors}
    names = set(visible(form, data)) & (
        {each.name for each in shown_page.fields} if shown_page else set(form.fields)
    )
    errors = {**_unjudged(form, loaded, reviewed, names, needed), **errors}
    return Validated(loaded, _in_order(form, errors))


def flatten(tree: object, path: str = "") -> dict[str, Text]:
    """Turn marshmallow's tree of messages into one sentence a path ("audit/r1/onsite_days")."""
    if isinstance(tree, Text):
        return {path: tree}
    if isinstance(tree, Mapping):
        flat: dict[str, Text] = {}
        for key, value in tree.items():
            inner = path if key == "_schema" else f"{path}/{key}".lstrip("/")
            flat |= {k: v for k, v in flatten(value, inner).items() if k not in flat}
        return flat
    first = next(iter(tree), None) if isinstance(tree, list) else None
    return {path: first if isinstance(first, Text) else Text.read(first or tree)}


def record_options(form: FormDefinition, source: str, data: Answers) -> list[Option] | None:
    """Return the options of a source "records:audit": the records already in these answers."""
    kind, _, name = source.partition(":")
    known = form.fields.get(name)
    if kind != "records" or known is None or known.record is None:
        return None
    heading = known.record.heading
    rows = rows_of(data.get(name))
    return [Option(str(row["id"]), Text.read(row.get(heading) or row["id"])) for row in rows]


def _touch(form: FormDefinition, data: dict[str, Any], name: str) -> None:
    parts = name.split(".", 2)
    known = form.answered.get(parts[0])
    if known is None:
        return
    if len(parts) == 1:
        data.setdefault(
            known.name, False if known.kind == "boolean" else _LISTS.get(known.kind, str)()
        )
    elif known.record is not None:
        row = _row(data, known.name, parts[1])
        inner = known.record.answered.get(parts[2]) if len(parts) > 2 else None  # noqa: PLR2004 (field.record.field)
        if inner is not None:
            row.setdefault(inner.name, False if inner.kind == "boolean" else [])


def _put(form: FormDefinition, data: dict[str, Any], name: str, value: str) -> None:
    first, *rest = name.split(".", 2)
    known = form.answered.get(first)
    if known is None:
        return
    if known.kind == "records" and len(rest) == 2:  # noqa: PLR2004 (id and field)
        _put_in_row(known, _row(data, first, rest[0]), rest[1], value)
    elif known.kind == "review" and len(rest) == 2 and rest[1] in {"verdict", "code", "remark"}:  # noqa: PLR2004
        data.setdefault(first, {}).setdefault(rest[0], {})[rest[1]] = value
    elif not rest and known.kind not in {"records", "review"}:
        _add(known, data, value)


def _put_in_row(known: Field, row: dict[str, Any], name: str, value: str) -> None:
    inner = known.record.answered.get(name) if known.record else None
    if name == "source" and value:
        row["source"] = value
    elif inner is not None:
        _add(inner, row, value)


def _add(known: Field, data: dict[str, Any], value: str) -> None:
    if known.kind == "list":
        data.setdefault(known.name, [])
        data[known.name] += [value] if value else []
    elif known.kind == "boolean" and known.widget == "checkbox":
        data[known.name] = True
    else:
        data[known.name] = value


def _row(data: dict[str, Any], name: str, identity: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = data.setdefault(name, [])
    for row in rows:
        if row["id"] == identity:
            return row
    rows.append({"id": identity})
    return rows[-1]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _with_opinion(form: FormDefinition, data: Answers, reviewed: Answers | None) -> Answers:
    """Write the failed verdicts into an opinion that was left empty (C5)."""
    if reviewed is None or OPINION not in form.answered or str(data.get(OPINION) or "").strip():
        return data
    drafted = drafted_opinion(form, data, reviewed)
    return {**data, OPINION: drafted} if drafted else data


def _refused(
    form: FormDefinition, loaded: Answers, data: Answers, choices: Choices
) -> dict[str, Text]:
    """Find values that the server did not offer, in fields and in records."""
    errors: dict[str, Text] = {}
    for name, value in loaded.items():
        known = form.answered[name]
        if known.record is None:
            errors |= _refuse(known, value, name, form, data, choices)
            continue
        for row in value:
            for inner in known.record.answered.values():
                path = f"{name}/{row['id']}/{inner.name}"
                errors |= _refuse(inner, row.get(inner.name), path, form, data, choices)
    return errors


def _refuse(
    known: Field, value: Any, path: str, form: FormDefinition, data: Answers, choices: Choices
) -> dict[str, Text]:
    if not known.source or value in (None, "", []):
        return {}
    own = record_options(form, known.source, data)
    offered = {each.value for each in (own if own is not None else choices.get(known.source, ()))}
    given = {str(each) for each in value} if isinstance(value, list) else {str(value)}
    return {} if given <= offered else {path: messages.WRONG_CHOICE}


def _unjudged(
    form: FormDefinition,
    loaded: Answers,
    reviewed: Answers | None,
    names: set[str],
    needed: tuple[str, ...],
) -> dict[str, Text]:
    known = review_field(form)
    if known is None or reviewed is None or known.name not in names:
        return {}
    given = _mapping(loaded.get(known.name))
    keys = [target.key for target in targets(form, reviewed)]
    strange = {f"{known.name}/{key}": messages.UNKNOWN for key in given if key not in keys}
    if not (known.required or known.name in needed):
        return strange
    return strange | {
        f"{known.name}/{key}": messages.NO_VERDICT for key in keys if key not in given
    }


def _in_order(form: FormDefinition, errors: dict[str, Text]) -> dict[str, Text]:
    """Put errors in reading order: fields of the form, its records as they came, their fields."""
    places, rows = list(form.fields), list(dict.fromkeys(_row_of(path) for path in errors))

    def place(path: str) -> tuple[int, int, int]:
        name, _, inner = path.partition("/")
        known = form.fields.get(name)
        within = list(known.record.fields) if known and known.record else []
        last = inner.rpartition("/")[2]
        return (
            places.index(name) if known else len(places),
            rows.index(_row_of(path)),
            within.index(last) if last in within else -1,
        )

    return {path: errors[path] for path in sorted(errors, key=place)}


def _row_of(path: str) -> str:
    return "/".join(path.split("/")[:2])
