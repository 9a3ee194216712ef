"""Who may see which cases and do which tasks: the one place that decides it (design §6)."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from certflow.accounts.models import RoleGrant
from certflow.accounts.roles import FILING_ROLES, ORGANISATION_ROLES
from certflow.cases.models import Case, CaseLink, CaseParty, HumanTask, ProcessVersion
from certflow.cases.registry import PARTY
from certflow.core.actor import Actor

READS_ALL = frozenset(
    {
        "reviewer",
        "approver",
        "complaints_office",
        "finance",
        "regulator",
        "process_admin",
        "system_admin",
    }
)
OFFICES = frozenset({"exam_office", "training_office"})
"""Offices of the association that see the cases in which they have or had a task."""

HANDLERS = frozenset({"reviewer", "approver", "complaints_office"})
"""Who of the association deals with complaints and so knows who complained (D4)."""

ADMINISTRATORS = frozenset({"process_admin", "system_admin"})


def visible(actor: Actor, case_id: int | None = None) -> ColumnElement[bool]:
    """Return the condition that a case is one the actor may see in the present role.

    Whoever stands on the other side of a case (part "party") never sees it, whatever the role.
    Who asks about one case says so: SQLite would list all those of an organisation first.
    """
    if actor.role == "applicant":
        return _of_person(actor)
    if actor.role in ORGANISATION_ROLES:
        return _of_organisation(actor, case_id)
    if actor.role == "expert":
        mine = select(HumanTask.case_id).where(
            HumanTask.assignee_id == actor.user_id,
            HumanTask.role == "expert",
            HumanTask.blind.is_(False),
        )
        stood_back = mine.where(HumanTask.outcome == "decline")
        return and_(Case.id.in_(mine), Case.id.not_in(stood_back), _not_against(actor))
    if actor.role in READS_ALL:
        return and_(Case.state != "draft", _not_against(actor))
    if actor.role in OFFICES:
        role = literal(actor.role, literal_execute=True)  # in the open: the index is partial
        theirs = select(HumanTask.case_id).where(HumanTask.role == role)
        return and_(Case.state != "draft", Case.id.in_(theirs), _not_against(actor))
    return false()


def _of_person(actor: Actor) -> ColumnElement[bool]:
    """One's own cases, and those that an organisation filed for one (part "concerned")."""
    own = and_(Case.applicant_id == actor.user_id, Case.applicant_organisation_id.is_(None))
    for_me = select(CaseParty.case_id).where(
        CaseParty.user_id == actor.user_id, CaseParty.part == "concerned"
    )
    ours = union_all(select(Case.id).where(own), for_me)
    seen = or_(Case.state != "draft", Case.applicant_id == actor.user_id)
    return and_(Case.id.in_(ours), seen)


def _of_organisation(actor: Actor, case_id: int | None) -> ColumnElement[bool]:
    """What an organisation may see, as far as it is not against the actor."""
    return and_(_its_cases(actor.organisation_id, case_id), _not_against(actor))


def _its_cases(mine: int | None, case_id: int | None) -> ColumnElement[bool]:
    """Cases of the organisation's people, those it filed, and those it once had a task in."""
    one: ColumnElement[bool] = true()
    its_part: ColumnElement[bool] = true()
    if case_id is not None:
        one, its_part = Case.id == case_id, CaseParty.case_id == case_id
    took_part = select(CaseParty.case_id).where(
        CaseParty.organisation_id == mine, CaseParty.part == "body", its_part
    )
    ours = union_all(
        select(Case.id).where(Case.organisation_id == mine, one),
        select(Case.id).where(Case.applicant_organisation_id == mine, one),
        took_part,
    )
    seen = or_(Case.state != "draft", Case.applicant_organisation_id == mine)
    return and_(Case.id.in_(ours), seen)


def visible_to_programs(organisation_id: int | None, case_id: int) -> ColumnElement[bool]:
    """Return the condition that an organisation's programs may be told of a case (webhooks).

    What an administrator of it would see, but nothing of a case that is against the organisation
    or against anybody who acts for it: a program cannot tell who reads along. Without an
    organisation it is the association, which is told of every case that was submitted.
    """
    if organisation_id is None:
        return Case.state != "draft"
    acting = select(RoleGrant.user_id).where(RoleGrant.organisation_id == organisation_id)
    theirs = or_(CaseParty.organisation_id == organisation_id, CaseParty.user_id.in_(acting))
    opposed = select(CaseParty.case_id).where(CaseParty.part == "party", theirs)
    return and_(_its_cases(organisation_id, case_id), Case.id.not_in(opposed))


def may_name(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor may know whose case it is (`conceals_applicant`, D4).

    An appeal about a complaint would tell as much as the complaint itself.
    """
    if actor.role in HANDLERS:
        return true()
    concealed = ProcessVersion.bundle["service"]["conceals_applicant"].as_boolean()
    versions, other = select(ProcessVersion.id).where(concealed), aliased(Case)
    about = select(CaseLink.case_id).join(other, other.id == CaseLink.other_id)
    about = about.where(other.version_id.in_(versions))
    open_ones = and_(Case.version_id.not_in(versions), Case.id.not_in(about))
    if actor.role in ORGANISATION_ROLES:
        return or_(open_ones, Case.applicant_organisation_id == actor.organisation_id)
    own = and_(Case.applicant_id == actor.user_id, Case.applicant_organisation_id.is_(None))
    return or_(open_ones, own)


def against(user_id: Any) -> Select[int]:
    """Return the query for the cases in which a user stands on the other side (part "party").

    Who acts for an organisation that is the other party stands there in every role.
    """
    acts_for = select(RoleGrant.organisation_id).where(
        RoleGrant.user_id == user_id, RoleGrant.organisation_id.is_not(None)
    )
    who = or_(CaseParty.user_id == user_id, CaseParty.organisation_id.in_(acts_for))
    return select(CaseParty.case_id).where(CaseParty.part == "party", who)


def opponents(case_id: Any) -> Select[int]:
    """Return the query for the users who stand on the other side of a case (see `against`)."""
    theirs = and_(CaseParty.case_id == case_id, CaseParty.part == "party")
    organisations = select(CaseParty.organisation_id).where(theirs)
    acting = RoleGrant.organisation_id.in_(organisations)
    people = select(CaseParty.user_id).where(theirs, CaseParty.user_id.is_not(None))
    both = union(people, select(RoleGrant.user_id).where(acting)).subquery()
    return select(both.c.user_id)


def _not_against(actor: Actor) -> ColumnElement[bool]:
    """The actor does not stand on the other side of the case."""
    return Case.id.not_in(against(actor.user_id))


def own_side(user_id: Any) -> ColumnElement[bool]:
    """Return the condition that a task is not one of a case that is against the user.

    What the other party itself has to do is theirs.
    """
    return or_(HumanTask.role == PARTY, HumanTask.case_id.not_in(against(user_id)))


def filed_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a case was filed by the actor, or by the actor's organisation."""
    if actor.role in ORGANISATION_ROLES:
        return Case.applicant_organisation_id == actor.organisation_id
    return visible(actor)


def is_applicant(actor: Actor, case: Case) -> bool:
    """Whether a case is the actor's own, or the actor acts for the organisation that filed it."""
    if case.applicant_organisation_id is None:
        return case.applicant_id == actor.user_id
    return (
        actor.role in ORGANISATION_ROLES and actor.organisation_id == case.applicant_organisation_id
    )


def pools_of(actor: Actor) -> list[str]:
    """Return the groups for which the actor may claim tasks in the present role.

    An administrator of a body may do its staff's work, not the other way round. Who acts for an
    organisation also does what it files, and what it has to say as the other party of a case.
    """
    roles = {"applicant", "party"} if actor.role in FILING_ROLES else set()
    roles.add(actor.role)
    if actor.role == "body_admin":
        roles.add("body_staff")
    scope = f"@{actor.organisation_id}" if actor.role in ORGANISATION_ROLES else ""
    return [f"{role}{scope}" for role in sorted(roles)]


def has(actor: Actor, task: HumanTask) -> bool:
    """Whether a task is the actor's own to do, in the present role."""
    return task.assignee_id == actor.user_id and task.pool in pools_of(actor)


def whose(actor: Actor) -> str:
    """Tasks of one's own, or of one's group: who has left an organisation left its tasks behind."""
    return "own" if actor.role in {"applicant", "expert"} else "group"


_POOLS = HumanTask.pool.in_(bindparam("pools", expanding=True))
REACH: dict[str, ColumnElement[bool]] = {
    "own": and_(HumanTask.assignee_id == bindparam("user"), _POOLS),
    "group": and_(_POOLS, own_side(bindparam("user"))),
    "anybody": own_side(bindparam("user")),
}


def reachable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a task is one the actor may work on in the present role."""
    ours = HumanTask.pool.in_(pools_of(actor))
    if whose(actor) == "own":
        return and_(HumanTask.assignee_id == actor.user_id, ours)
    return and_(ours, own_side(actor.user_id))
