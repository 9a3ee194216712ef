"""Corrective rounds (整改, catalogue B7 C6): only what was marked may change, and what did change."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certflow.core.text import Text
from certflow.forms.display import Reader
from certflow.forms.parts import Field, FormDefinition
from certflow.forms.review import review_field
from certflow.forms.schema import rows_of

_ITEM = Text("第 {n} 条", "no. {n}")
_ADDED, _REMOVED = Text("新增", "added"), Text("删除", "removed")


@dataclass(frozen=True)
class Review:
    """Submitted answers of a review form: whose they are and when they were given."""

    form: FormDefinition
    answers: Mapping[str, Any]
    author: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Remark:
    """What a reviewer marked (朱批); `fields` are those of a record that may change, empty: all."""

    text: str
    code: str = ""
    label: Text | None = None
    fields: tuple[str, ...] = ()
    author: str = ""
    at: datetime | None = None


Flags = Mapping[str, list[Remark]]


@dataclass(frozen=True)
class Change:
    """One answer that differs from the round before, in words."""

    path: str
    label: str
    before: str
    after: str


def flagged(reviews: Iterable[Review]) -> dict[str, list[Remark]]:
    """Collect the failed verdicts by path: "audit/r1" for a record, "speciality" for a field."""
    found: dict[str, list[Remark]] = {}
    for review in reviews:
        field = review_field(review.form)
        verdicts = review.answers.get(field.name) if field else None
        for key, entry in (verdicts or {}).items():
            if field is not None and entry.get("verdict") == "fail":
                found.setdefault(key.removeprefix("field/"), []).append(
                    _remark(review, field, entry)
                )
    return found


def verdicts(reviews: Iterable[Review]) -> dict[str, str]:
    """Return the verdict on each path; of several reviewers the one who failed it counts."""
    found: dict[str, str] = {}
    for review in reviews:
        field = review_field(review.form)
        given = review.answers.get(field.name) if field else None
        for key, entry in (given or {}).items():
            path = key.removeprefix("field/")
            found[path] = "fail" if found.get(path) == "fail" else str(entry.get("verdict", ""))
    return found


def _remark(review: Review, field: Field, entry: Mapping[str, Any]) -> Remark:
    code = str(entry.get("code", ""))
    picked = field.nonconformity(code)
    return Remark(
        text=str(entry.get("remark", "")),
        code=code,
        label=picked.label if picked else None,
        fields=picked.fields if picked else (),
        author=review.author,
        at=review.at,
    )


@dataclass(frozen=True)
class Permit:
    """Which answers may change in this round."""

    form: FormDefinition
    flags: Flags

    def whole(self, name: str) -> bool:
        """Tell whether a field may change as a whole (for records: be added to and removed from)."""
        if self.form.amends is None or self.form.editable == "all" or name in self.form.own:
            return True
        return name in self.flags or self._follows(self.form, name, set(self.flags))

    def row(self, name: str, identity: str) -> bool:
        """Tell whether something in a record may change."""
        path = f"{name}/{identity}"
        return self.whole(name) or any(
            key == path or key.startswith(f"{path}/") for key in self.flags
        )

    def inside(self, field: Field, identity: str, name: str) -> bool:
        """Tell whether one field of a record may change."""
        path = f"{field.name}/{identity}"
        if self.whole(field.name) or f"{path}/{name}" in self.flags:
            return True
        remarks = self.flags.get(path, [])
        if not remarks or field.record is None:
            return False
        opened = [set(remark.fields) & set(field.record.answered) for remark in remarks]
        if not all(opened):  # a remark that names no field of this record opens all of it
            return True
        marked = set().union(*opened)
        return name in marked or self._follows(field.record, name, marked)

    def _follows(self, form: FormDefinition, name: str, marked: set[str]) -> bool:
        """A field shown because of a marked one must be open too, or it could never be filled."""
        condition = form.fields[name].visible_if if name in form.fields else None
        parents = condition.names() if condition else frozenset()
        return bool(parents & marked) or any(self._follows(form, each, marked) for each in parents)


def amend(
    form: FormDefinition, previous: Mapping[str, Any], submitted: Mapping[str, Any], flags: Flags
) -> dict[str, Any]:
    """Return the previous answers with those submitted changes that this round allows.

    Without `editable: all`, only marked fields and records change; records are neither added nor
    removed unless their list itself was marked. Everything else in `submitted` is left aside, and so
    are previous answers this form does not ask (another amending form's own note).
    """
    permit = Permit(form, flags)
    result: dict[str, Any] = deepcopy({k: v for k, v in previous.items() if k in form.answered})
    for name, field in form.answered.items():
        if name not in submitted:
            continue
        if permit.whole(name):
            result[name] = deepcopy(submitted[name])
        elif field.kind == "records":
            result[name] = _amend_rows(permit, field, result.get(name) or [], submitted[name])
    return result


def _amend_rows(
    permit: Permit, field: Field, rows: list[dict[str, Any]], submitted: object
) -> list[dict[str, Any]]:
    given = {row["id"]: row for row in rows_of(submitted)}
    return [_amend_row(permit, field, row, given.get(row["id"], {})) for row in rows]


def _amend_row(
    permit: Permit, field: Field, row: dict[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    allowed = [
        n
        for n in (field.record.answered if field.record else {})
        if permit.inside(field, row["id"], n)
    ]
    return {**row, **{name: deepcopy(given[name]) for name in allowed if name in given}}


def changes(
    form: FormDefinition,
    previous: Mapping[str, Any],
    current: Mapping[str, Any],
    reader: Reader | None = None,
) -> list[Change]:
    """List what differs between two rounds, in words for the timeline and for the experts."""
    voice = (reader or Reader()).beside(form, previous, current)
    found: list[Change] = []
    for name, field in form.answered.items():
        before, after = previous.get(name), current.get(name)
        if field.kind == "records":
            found += _row_changes(voice, field, before or [], after or [])
        elif _differs(voice, field, before, after):
            found.append(
                Change(
                    name,
                    voice.say(field.label),
                    voice.value(field, before),
                    voice.value(field, after),
                )
            )
    return found


def _differs(voice: Reader, field: Field, before: Any, after: Any) -> bool:
    """Tell whether an answer is another one; a draft's "4" reads like the 4 that was submitted."""
    if (before or None) == (after or None):
        return False
    return field.widget == "file" or voice.value(field, before) != voice.value(field, after)


def _row_changes(
    voice: Reader, field: Field, before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> list[Change]:
    old = {row["id"]: row for row in before}
    found: list[Change] = []
    for number, row in enumerate(after, start=1):
        label = f"{voice.say(field.label)} {voice.say(_ITEM.filled(n=number))}"
        path = f"{field.name}/{row['id']}"
        if row["id"] not in old:
            found.append(
                Change(path, f"{label} {voice.say(_ADDED)}", "", _named(voice, field, row))
            )
            continue
        for name, inner in (field.record.answered if field.record else {}).items():
            was, now = old[row["id"]].get(name), row.get(name)
            if _differs(voice, inner, was, now):
                words = voice.value(inner, was), voice.value(inner, now)
                found.append(Change(f"{path}/{name}", f"{label} {voice.say(inner.label)}", *words))
    kept = {row["id"] for row in after}
    for identity, row in old.items():
        if identity not in kept:
            label = f"{voice.say(field.label)} {voice.say(_REMOVED)}"
            found.append(Change(f"{field.name}/{identity}", label, _named(voice, field, row), ""))
    return found


def _named(voice: Reader, field: Field, row: Mapping[str, Any]) -> str:
    return " ".join(part for part in (voice.heading(field, row), voice.summary(field, row)) if part)
