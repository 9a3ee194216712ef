"""Filing a service for many at once: who can be filed for, the shared answers, the result (D1).

A service whose service.json has `group_filing` can be filed so: {"form": the form that all share,
"exceptions": its fields that may differ from one to the next}. Its `subjects` are who or what it
can be filed for; what each is about goes into the first form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from certflow.cases import versions
from certflow.cases.group_models import GroupFiling, GroupFilingRow
from certflow.cases.models import Case
from certflow.cases.subjects import Subject, filer_of
from certflow.cases.subjects import subjects_of as found_of
from certflow.cases.versions import Loaded
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.outbox import enqueue_all
from certflow.core.text import Text
from certflow.forms.answers import validate
from certflow.forms.parts import Field, FormDefinition

MOST = 300
KIND = "group_filing_row"
NOBODY = Text("请至少选一位。", "Choose at least one.")
TOO_MANY = Text(
    "一次最多为 {most} 人提交，请分几次。", "At most {most} can be filed at once; make it several."
)
MEND = Text(
    "还有 {count} 处需要修改，还没有提交。", "{count} places need mending; nothing was filed yet."
)
GONE = Text("这批已经提交，不能再改。", "This was filed already and cannot be changed.")

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far a filing has come."""

    total: int
    filed: int
    refused: int

    @property
    def done(self) -> int:
        """How many rows have a result."""
        return self.filed + self.refused

    @property
    def finished(self) -> bool:
        """Whether nothing is waiting any more."""
        return self.done == self.total


def group_services(session: Session, actor: Actor) -> list[Loaded]:
    """Return the services that the actor may file for many."""
    return [
        one
        for one in versions.services(session)
        if one.settings.get("group_filing") and actor.role in one.settings["start_roles"]
    ]


def group_service(session: Session, actor: Actor, key: str) -> Loaded:
    """Return one of them; raise NotFound when there is none of this key for the actor."""
    found = [one for one in group_services(session, actor) if one.bundle.key == key]
    if not found or actor.organisation_id is None:
        raise NotFound
    return found[0]


def subjects_of(session: Session, actor: Actor, service: str) -> Sequence[Subject]:
    """Return whom the actor's organisation may file a service for, and why not others."""
    group_service(session, actor, service)
    return found_of(session, service, filer_of(actor))


def prepare(session: Session, actor: Actor, service: str, values: Iterable[str]) -> GroupFiling:
    """Begin a filing for the subjects chosen; those that cannot be filed for are left out.

    Raises:
        Invalid: when nobody is left, or there are too many.

    """
    wanted = set(values)
    chosen = [
        one
        for one in subjects_of(session, actor, service)
        if one.value in wanted and one.blocked is None
    ]
    if not chosen or len(chosen) > MOST:
        text = TOO_MANY.filled(most=MOST) if chosen else NOBODY
        raise Invalid(text, {"subject": text})
    filing = GroupFiling(
        service=service,
        organisation_id=actor.organisation_id,
        actor_id=actor.user_id,
        role=actor.role,
        answers={},
        created_at=clock.now(),
    )
    session.add(filing)
    session.flush()
    session.add_all(
        GroupFilingRow(
            filing_id=filing.id,
            position=position,
            subject=one.value,
            name=one.name,
            about=one.label.as_json(),
            answers={},
        )
        for position, one in enumerate(chosen, start=1)
    )
    session.flush()
    return filing


def filing_of(session: Session, actor: Actor, filing_id: int, *, lock: bool = False) -> GroupFiling:
    """Return a filing of the actor's organisation; raise NotFound for any other."""
    query = select(GroupFiling).where(
        GroupFiling.id == filing_id, GroupFiling.organisation_id == (actor.organisation_id or 0)
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def filings_of(session: Session, actor: Actor, limit: int = 50) -> list[GroupFiling]:
    """Return what the actor's organisation filed for many, the newest first."""
    mine = GroupFiling.organisation_id == (actor.organisation_id or 0)
    return list(
        session.scalars(
            select(GroupFiling).where(mine).order_by(GroupFiling.id.desc()).limit(limit)
        )
    )


def rows_of(session: Session, filing: GroupFiling) -> list[tuple[GroupFilingRow, str | None]]:
    """Return the rows of a filing in their order, each with the number of its case."""
    query = select(GroupFilingRow, Case.number).outerjoin(Case, Case.id == GroupFilingRow.case_id)
    ordered = query.where(GroupFilingRow.filing_id == filing.id).order_by(GroupFilingRow.position)
    return [(row, number) for row, number in session.execute(ordered)]


def progress_of(session: Session, filings: Iterable[GroupFiling]) -> dict[int, Progress]:
    """Return how far filings have come, by id, in one statement."""
    ids = [one.id for one in filings]
    query = (
        select(GroupFilingRow.filing_id, GroupFilingRow.state, func.count())
        .where(GroupFilingRow.filing_id.in_(ids))
        .group_by(GroupFilingRow.filing_id, GroupFilingRow.state)
    )
    counts: dict[int, dict[str, int]] = {one: {} for one in ids}
    for filing_id, state, count in session.execute(query):
        counts[filing_id][state] = count
    return {
        one: Progress(sum(found.values()), found.get("filed", 0), found.get("refused", 0))
        for one, found in counts.items()
    }


def shared_form(loaded: Loaded) -> FormDefinition:
    """Return the form that all share: without what depends on the single case."""
    return _shared(loaded.forms[loaded.settings["group_filing"]["form"]])


def exceptions(loaded: Loaded) -> list[Field]:
    """Return the fields in which one may differ from the others."""
    form = shared_form(loaded)
    return [form.fields[name] for name in loaded.settings["group_filing"]["exceptions"]]


@lru_cache(maxsize=64)
def _shared(form: FormDefinition) -> FormDefinition:
    pages = tuple(
        replace(page, fields=tuple(one for one in page.fields if _alike(one)))
        for page in form.pages
    )
    kept = {one.name for page in pages for one in page.fields}
    rules = tuple(one for one in form.rules if one.field in kept)
    return replace(
        form, pages=pages, rules=rules, checks=(), decides={}, exhibits=(), starts_from=""
    )


def _alike(field: Field) -> bool:
    """Whether a field can be answered for all: no run-time choices, no records, no files."""
    return not field.source and field.kind != "records" and field.widget not in {"file", "review"}


def keep(
    filing: GroupFiling, rows: Sequence[GroupFilingRow], shared: Answers, own: Answers
) -> None:
    """Keep what was typed so far, right or wrong; `own` is by row id."""
    filing.answers = dict(shared)
    for row in rows:
        row.answers = dict(own.get(str(row.id), {}))


def submit(session: Session, actor: Actor, filing_id: int, shared: Answers, own: Answers) -> None:
    """File it: from now on each row is filed in the background, in a transaction of its own.

    Raises:
        Invalid: with a sentence a field ("remark", or "<row id>/remark" for one of many).
        Conflict: when it was filed before.

    """
    filing = filing_of(session, actor, filing_id, lock=True)
    if filing.submitted_at is not None:
        raise Conflict(GONE)
    loaded = group_service(session, actor, filing.service)
    rows = [row for row, _number in rows_of(session, filing)]
    keep(filing, rows, shared, own)
    form, outcome = shared_form(loaded), shared_form(loaded).outcomes[0].key
    checked = validate(form, shared, outcome)
    errors, kept = dict(checked.errors), dict[GroupFilingRow, dict[str, Any]]()
    for row in rows if not errors else ():
        found = validate(form, {**shared, **row.answers}, outcome)
        names = {one.name for one in exceptions(loaded)}
        kept[row] = {name: value for name, value in found.data.items() if name in row.answers}
        errors |= {
            f"{row.id}/{path if path in names else next(iter(names))}": text
            for path, text in found.errors.items()
        }
    if errors:
        raise Invalid(MEND.filled(count=len(errors)), errors)
    for row, answers in kept.items():
        row.answers = answers
    filing.answers, filing.submitted_at = checked.data, clock.now()
    session.flush()
    _ring(session, rows)


def retry(session: Session, actor: Actor, filing_id: int) -> int:
    """Let what was refused be tried again; return how many."""
    filing = filing_of(session, actor, filing_id, lock=True)
    refused = [row for row, _number in rows_of(session, filing) if row.state == "refused"]
    for row in refused:
        row.state, row.reason, row.done_at, row.attempt = "waiting", None, None, row.attempt + 1
    session.flush()
    _ring(session, refused)
    return len(refused)


def discard(session: Session, actor: Actor, filing_id: int) -> None:
    """Throw away what was prepared and not yet filed."""
    filing = filing_of(session, actor, filing_id, lock=True)
    if filing.submitted_at is not None:
        raise Conflict(GONE)
    for row, _number in rows_of(session, filing):
        session.delete(row)
    session.flush()
    session.delete(filing)
    session.flush()


def _ring(session: Session, rows: Iterable[GroupFilingRow]) -> None:
    effects = {f"{KIND}/{row.id}/{row.attempt}": {"row_id": row.id} for row in rows}
    enqueue_all(session, KIND, effects)
