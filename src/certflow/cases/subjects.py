"""What a service can be filed about: certificates, results, decisions, and why not now.

A process lists them (`subjects`); the rest follows from the list: whether the service can be
started, what its first form offers, that it is still so when it is filed, and for whom an
organisation can file it (`groups.py`). service.json `about` names the field that holds the one chosen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.cases import registry, versions
from certflow.cases.about import open_about
from certflow.cases.models import Case
from certflow.cases.registry import Choice, Step
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import NOTHING, Text, joined
from certflow.forms.review import OPINION

NOT_YOURS = Text(
    "没有找到，请从列表里重新选择。", "This was not found. Choose again from the list."
)
UNDER_WAY = Text(
    "已有一件{title.zh}正在办理，业务号 {numbers}。",
    "{title.en} is already under way: case {numbers}.",
)


MOVED = Text(
    "执业机构已经变更，这份草稿不能提交。请删除它，重新申请。",
    "The practising body has changed, so this draft cannot be submitted. Delete it and apply "
    "again.",
)
LONGEST_ID = 9
"""Digits of an id: more come from nowhere but an address that somebody made up."""


class Filer(NamedTuple):
    """Who files: a user for themselves, or an organisation through a user."""

    user_id: int
    organisation_id: int | None

    @property
    def side(self) -> tuple[int | None, int | None]:
        """The side on which they stand: (user, None) or (None, organisation)."""
        return (None, self.organisation_id) if self.organisation_id else (self.user_id, None)


@dataclass(frozen=True)
class Subject:
    """Something that a service can be filed about; `blocked` says why it cannot be now.

    `ended` says why nothing about it can be granted any more, `name` whose it is in a list of
    many, `organisation_id` to which body a case about it goes. It is found whoever asks; `theirs`
    is whether the filer may file about it.
    """

    value: str
    label: Text
    note: Text | None = None
    blocked: Text | None = None
    ended: Text | None = None
    name: str = ""
    organisation_id: int | None = None
    theirs: bool = True


Source = Callable[[Session, Filer, str], Sequence[Subject]]
Lock = Callable[[Session, int], object]


@dataclass(frozen=True)
class _Listed:
    source: Source
    field: str
    none: Text
    lock: Lock | None


_listed: dict[str, _Listed] = {}


def subjects(
    service: str, field: str, *, none: Text, lock: Lock | None = None
) -> Callable[[Source], Source]:
    """Register what lists the subjects of a service, those to be proposed first at the top.

    The function gets the session, who files and, when only one is asked about, its value; that
    one is listed even when it is no longer offered. `none` says that there is nothing to file
    about, `lock` lets nobody else file about one until the transaction ends.
    """

    def keep(source: Source) -> Source:
        _listed[service] = _Listed(source, field, none, lock)
        registry.admissions[service] = lambda session, actor, given: _why_not(
            session, service, filer_of(actor), given.get(field, "")
        )
        return source

    return keep


def filer_of(actor: Actor) -> Filer:
    """Return who files when an actor does."""
    acts_for = actor.organisation_id if actor.role in ORGANISATION_ROLES else None
    return Filer(actor.user_id or 0, acts_for)


def subjects_of(
    session: Session, service: str, filer: Filer, only: str = "", but: int | None = None
) -> list[Subject]:
    """Return what somebody can file a service about, and why not; `but` is the case that asks."""
    listed = _listed[service]
    found = listed.source(session, filer, only)
    values = [int(one.value) for one in found]
    running = open_about(session, service, listed.field, values, but)
    title = Text.read(versions.active(session, service).settings["title"]) if running else NOTHING
    return [
        replace(one, blocked=UNDER_WAY.filled(title=title, numbers=numbers))
        if (numbers := running.get(int(one.value)))
        else one
        for one in found
    ]


def offered(step: Step) -> list[Choice]:
    """Offer what can be filed about; what was chosen stays, once it was filed nothing else.

    An organisation has hundreds: those that cannot be filed about now are left out for it.
    """
    session, case, filer = step.session, step.case, filer_of_case(step.case)
    few = filer.organisation_id is None
    listed = _listed[case.service]
    chosen = str(case.summary.get(listed.field) or "")
    found = list(listed.source(session, filer, chosen)) if chosen else []
    if case.state == "draft" or not chosen:
        others = subjects_of(session, case.service, filer, but=case.id)
        known = {one.value for one in found}
        found += [one for one in others if (few or not one.blocked) and one.value not in known]
    return [Choice(one.value, _label(one, few=few), one.note, one.blocked) for one in found]


def still_free(
    step: Step, data: Mapping[str, object], _outcome: str, at: str = ""
) -> dict[str, Text]:
    """Refuse to file (with a sentence `at` a field) what by now cannot be: a draft may be old."""
    field = _listed[step.case.service].field
    reason = _refusal(step, str(data.get(field) or step.data[field]))
    return {at or field: reason} if reason else {}


def still_there(
    step: Step, _data: Mapping[str, object], outcome: str, granting: str
) -> dict[str, Text]:
    """Refuse to grant anything about what has ended since it was filed."""
    listed = _listed[step.case.service]
    chosen = str(step.data[listed.field])
    found = (
        listed.source(step.session, filer_of_case(step.case), chosen) if outcome == granting else ()
    )
    ended = next((one.ended for one in found if one.ended is not None), None)
    return {OPINION: ended} if ended else {}


def _refusal(step: Step, chosen: str) -> Text | None:
    """Return what stands against filing about something by now; None when it was filed already."""
    case, listed = step.case, _listed[step.case.service]
    if case.state != "draft":
        return None
    if listed.lock is not None:
        listed.lock(step.session, int(chosen))
    found = subjects_of(step.session, case.service, filer_of_case(case), str(chosen), case.id)
    moved = any(one.organisation_id not in {None, case.organisation_id} for one in found)
    return MOVED if moved else next((_reason(one) for one in found), NOT_YOURS)


def _why_not(session: Session, service: str, filer: Filer, only: str) -> Text | None:
    """Return why nothing (or not this one) can be filed about, and what is next of one's own."""
    listed = _listed[service]
    if only:
        known = only.isdecimal() and len(only) <= LONGEST_ID
        found = subjects_of(session, service, filer, only) if known else []
        return next((_reason(one) for one in found), NOT_YOURS)
    reasons = [_reason(one) for one in subjects_of(session, service, filer)]
    if None in reasons:
        return None
    own = [] if filer.organisation_id else [one for one in reasons[:1] if one is not None]
    return joined([listed.none, *own])


def _label(one: Subject, *, few: bool) -> Text:
    """Return what one is called; among those of many people with the name of its holder."""
    if few or not one.name:
        return one.label
    return Text(f"{one.name}，{one.label.zh}", f"{one.name}, {one.label.en}")


def _reason(one: Subject) -> Text | None:
    return one.blocked if one.theirs else NOT_YOURS


def filer_of_case(case: Case) -> Filer:
    """Return who filed a case."""
    return Filer(case.applicant_id, case.applicant_organisation_id)
