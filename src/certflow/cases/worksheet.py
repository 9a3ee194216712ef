"""A task with everything its page needs: the form, what it opens with, what was said before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from certflow.cases import queries
from certflow.cases.answering import (
    exhibits_of,
    options_of,
    reviewed_data,
    reviews_since,
    starting_data,
)
from certflow.cases.evidence import readable_files
from certflow.cases.models import Answer, Case, Draft, HumanTask
from certflow.cases.reading import MaskingReader, file_infos
from certflow.cases.registry import Exhibit, Step
from certflow.cases.turn import Turn
from certflow.cases.versions import Loaded, loaded
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.forms.amend import Change, Remark, changes, flagged, verdicts
from certflow.forms.display import FileInfo
from certflow.forms.parts import FormDefinition, Option
from certflow.forms.readonly import referenced_files
from certflow.forms.review import OPINION, review_field
from certflow.forms.scene import Scene
from certflow.forms.shown import LibraryRecord


@dataclass(frozen=True)
class MaskedScene(Scene):
    """A scene that reads answers aloud with people's numbers masked; what one types stays."""

    @cached_property
    def reader(self) -> MaskingReader:
        """What reads values aloud in this language."""
        return MaskingReader(self.locale, self.choices, self.files)


@dataclass(frozen=True)
class Worksheet:
    """One task for one actor.

    `data` is what the form opens with, `previous` the answer it amends, `flags` and `verdicts`
    those of the last round by path, `reviewed` the application under review and `changes` what is
    new in it since it was reviewed last.
    """

    task: HumanTask
    case: Case
    loaded: Loaded
    form: FormDefinition
    data: dict[str, Any]
    draft: Draft | None = None
    previous: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, list[Remark]] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    reviewed: Mapping[str, Any] | None = None
    changes: Sequence[Change] = ()
    exhibits: Sequence[Exhibit] = ()

    @property
    def confirms(self) -> bool:
        """Whether a page to confirm stands before submitting: what an applicant sends in (B2)."""
        submits = self.task.element == self.loaded.settings.get("submit")
        return self.task.role == "applicant" and (submits or self.form.amends is not None)

    def scene(self, locale: str, files: Mapping[str, FileInfo], **more: Any) -> Scene:
        """Return the scene in which the form is drawn."""
        return MaskedScene(
            locale=locale,
            files=files,
            flags=self.flags,
            verdicts=self.verdicts if self.form.amends else {},
            reviewed=self.reviewed,
            changes=self.changes,
            **more,
        )


def open_worksheet(session: Session, actor: Actor, task_id: int, locale: str) -> Worksheet:
    """Read a task for the one who works on it.

    Raises:
        NotFound: when there is no such task for this actor.

    """
    task = queries.get_task(session, actor, task_id)
    version = loaded(session, task.case.version_id)
    form = version.forms[task.form]
    draft = queries.draft_of(session, task.id)
    root = form.amends or form.reviews
    found = queries.answers(session, task.case_id, root.key) if root else []
    judging = form if review_field(form) else None
    reviews = (
        reviews_since(session, task.case_id, version, root.key, locale, judging)
        if root and not task.blind
        else []
    )
    fresh = [] if task.blind else _changes(session, task, actor, form, found, locale)

    def step() -> Step:
        turn = Turn(session, task.case, actor, version)
        turn.restore()
        return turn.step()

    return Worksheet(
        task=task,
        case=task.case,
        loaded=version,
        form=form,
        data=_opened(session, task, form, fresh, step),
        draft=draft,
        previous=dict(found[-1].data) if form.amends and found else {},
        flags=flagged(reviews),
        verdicts=verdicts(reviews),
        reviewed=reviewed_data(session, task.case_id, form),
        changes=fresh,
        exhibits=exhibits_of(step(), form) if form.exhibits else (),
    )


def _opened(
    session: Session,
    task: HumanTask,
    form: FormDefinition,
    fresh: Sequence[Change],
    step: Callable[[], Step],
) -> dict[str, Any]:
    """Return what the form opens with; what changed since has to be judged anew."""
    data = starting_data(session, task, form, step)
    reviewing = review_field(form)
    if queries.draft_of(session, task.id) is not None or reviewing is None or not data:
        return data
    touched = {"/".join(one.path.split("/")[:2]) for one in fresh}
    kept = {
        key: entry
        for key, entry in (data.get(reviewing.name) or {}).items()
        if key.removeprefix("field/") not in touched
    }
    own = {OPINION, "result"} if touched else {OPINION}
    return {name: value for name, value in data.items() if name not in own} | {reviewing.name: kept}


def _changes(
    session: Session,
    task: HumanTask,
    actor: Actor,
    form: FormDefinition,
    versions: Sequence[Answer],
    locale: str,
) -> list[Change]:
    """Return what differs from the version that was reviewed with this form before."""
    if form.reviews is None or len(versions) <= 1:
        return []
    given = [
        one
        for one in queries.answers(session, task.case_id, form.key)
        if one.task_id != task.id and one.id < versions[-1].id
    ]
    own = [one for one in given if one.actor_id == actor.user_id] or given
    seen = [one for one in versions if own and one.id < own[-1].id]
    if not seen:
        return []
    names = [*referenced_files(form.reviews, seen[-1].data)]
    names += referenced_files(form.reviews, versions[-1].data)
    voice = MaskingReader(locale, {}, file_infos(readable_files(session, actor, names).values()))
    return changes(form.reviews, seen[-1].data, versions[-1].data, voice)


def choices_for(
    session: Session, sheet: Worksheet, actor: Actor, data: Mapping[str, Any]
) -> dict[str, list[Option]]:
    """Return what the form's run-time choices offer, given what is filled in so far."""
    sources = {*sheet.form.sources, *(sheet.form.reviews.sources if sheet.form.reviews else ())}
    if not sources:
        return {}
    turn = Turn(session, sheet.case, actor, sheet.loaded)
    turn.restore()
    known = {name: value for name, value in data.items() if isinstance(value, str) and value}
    step = turn.step({**turn.run.data, **known})
    offered = options_of(step, sheet.form)
    return {**options_of(step, sheet.form.reviews), **offered} if sheet.form.reviews else offered


def files_named(sheet: Worksheet, data: Mapping[str, Any]) -> list[str]:
    """Return the ids of the files that the form and the application under review name."""
    names = referenced_files(sheet.form, data)
    if sheet.form.reviews is not None and sheet.reviewed:
        names += referenced_files(sheet.form.reviews, sheet.reviewed)
    return names


def library_of(
    form: FormDefinition, records: Sequence[Any], locale: str
) -> dict[str, list[LibraryRecord]]:
    """Return the profile library's records as the form offers them, by field name."""
    voice = MaskingReader(locale)
    return {
        name: [
            LibraryRecord(
                str(one.id), voice.heading(known, one.data), voice.summary(known, one.data)
            )
            for one in records
            if one.kind == known.record.key
        ]
        for name, known in form.answered.items()
        if known.record is not None
    }


def picked_rows(
    form: FormDefinition,
    name: str,
    wanted: Sequence[str],
    records: Sequence[Any],
    data: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return library records as rows of the field `name`, in the order of the library.

    A value that names another library record (the audit of a witness report) becomes the id of
    the row that was picked from it, or stays empty when that one was not picked.
    """
    known = form.answered.get(name)
    if known is None or known.record is None:
        return []
    rows = []
    for one in records:
        if one.kind != known.record.key or str(one.id) not in wanted:
            continue
        row = {key: value for key, value in one.data.items() if key in known.record.answered}
        for inner in known.record.answered.values():
            kind, _, other = inner.source.partition(":")
            if kind == "records":
                row[inner.name] = _row_of(data.get(other) or [], str(row.get(inner.name) or ""))
        rows.append({**row, "source": str(one.id)})
    return rows


def _row_of(rows: Sequence[Mapping[str, Any]], source: str) -> str:
    return next((str(row["id"]) for row in rows if str(row.get("source")) == source), "")
