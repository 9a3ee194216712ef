"""Nobody judges their own case, nor one they stand too near to (catalogue B10)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from certflow.accounts.models import RoleGrant
from certflow.accounts.queries import (
    Member,
    holder_ids,
    holders_of,
    members,
    organisations,
    person_of_user,
)
from certflow.cases import registry
from certflow.cases.described import described
from certflow.cases.models import Answer, CaseParty, HumanTask
from certflow.cases.notices import role_of
from certflow.cases.parties import concerned
from certflow.cases.registry import Choice, Step, check, choice
from certflow.cases.scope import OFFICES, READS_ALL
from certflow.cases.versions import loaded
from certflow.core.incidents import raise_incident
from certflow.core.text import Text
from certflow.forms.parts import FormDefinition

OWN = Text("是申请人本人，需要回避", "is the applicant and has to stand back")
SAME_BODY = Text(
    "与申请人同属一家机构，需要回避",
    "belongs to the applicant's own body and has to stand back",
)
FILED_FOR = Text("业务是为其本人办理的，需要回避", "is whom it was filed for and has to stand back")
OTHER_PARTY = Text("是本案的另一方，需要回避", "is the other party and has to stand back")
DECLINED = Text("已对本件申请回避", "has declined this case")
READS_CASE = Text(
    "还担任能看到本案的其他角色，不能匿名评阅",
    "also holds a role that can read this case and cannot judge it blind",
)
NOBODY_LEFT = Text(
    "“{name}”没有可以指派的人：所有人都需要回避。",
    "Nobody can be assigned at “{name}”: everybody has to stand back.",
)
NOBODY_THERE = Text("“{name}”没有能办理的人。", "Nobody can deal with “{name}”.")

Reason = Callable[[int, int | None], Text | None]


@choice("experts")
@described(
    Text("评价专家", "Experts"),
    Text(
        "需要回避的专家不能选，并写明原因。",
        "Those in conflict cannot be chosen, and the reason stands there.",
    ),
)
def experts(step: Step) -> list[Choice]:
    """Offer every expert; one in conflict stands there with the reason."""
    return offered(step, "expert")


@choice("members")
@described(
    Text("某个角色的人员", "Who holds a role"),
    Text(
        "在冒号后写明角色，如 members:approver。", "Name the role after a colon: members:approver."
    ),
)
def holders(step: Step) -> list[Choice]:
    """Offer who holds a role (source `members:<role>`), as far as nothing stands against it."""
    return offered(step, str(step.memo["source"]))


def offered(step: Step, role: str) -> list[Choice]:
    """Return the holders of a role as choices, looked up once a transition."""
    known: dict[str, list[Choice]] = step.memo.setdefault("offered", {})
    if role not in known:
        reason, bodies = against(step, role), _bodies(step)
        found = members(step.session, role)
        people = [one.user_id for one in found]
        busy, notes = _workload(step, role, people), _credentials(step, role, people)
        known[role] = [
            _choice(one, reason, bodies, _note(busy.get(one.user_id, 0), notes.get(one.user_id)))
            for one in found
        ]
    return known[role]


@check("cases.experts_without_conflict")
@described(
    Text("专家无需回避", "The experts have no conflict"),
    Text(
        "字段 experts 里的人没有利害关系。", "Nobody chosen in the field experts has to stand back."
    ),
)
def without_conflict(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Refuse experts who would judge their own case or that of their own body."""
    return refused(experts(step), "experts", data)


def refused(choices: Sequence[Choice], field: str, data: Mapping[str, Any]) -> dict[str, Text]:
    """Return why somebody chosen in a field of people cannot be, by field."""
    by_value = {one.value: one for one in choices}
    chosen = data.get(field) or []
    for value in chosen if isinstance(chosen, list) else [chosen]:
        found = by_value.get(str(value))
        if found is not None and found.blocked is not None:
            who, why = found.label, found.blocked
            return {field: Text(f"{who.zh}：{why.zh}", f"{who.en}: {why.en}")}
    return {}


def conflict(step: Step, user_id: int, role: str = "") -> Text | None:
    """Return why somebody may not judge a case; None when nothing stands against it."""
    person = person_of_user(step.session, user_id)
    return against(step, role)(user_id, person.organisation_id if person else None)


def barred(step: Step, task: HumanTask) -> Text | None:
    """Return in a sentence why the actor may not decide this case (service.json `concludes`)."""
    why = _barred(step, task).get(step.actor.user_id or 0)
    return Text(f"您{why.zh}。", f"This is not for somebody who {why.en}.") if why else None


def _barred(step: Step, task: HumanTask) -> Mapping[int, Text]:
    """Return who has to stand back from a task, when it is one that decides."""
    if task.element not in step.settings.get("concludes", ()):
        return {}
    named = registry.stand_backs.get(step.case.service)
    filed_for = concerned(step.session, step.case.id) if step.case.applicant_organisation_id else ()
    return {**dict.fromkeys(filed_for, FILED_FOR), **(named(step) if named is not None else {})}


def against(step: Step, role: str = "") -> Reason:
    """Return what tells, of a user and the body they belong to, why they have to stand back.

    Chosen for a role that works blind, nobody may read the case in another one (B10, E10).
    """
    session, case = step.session, step.case
    person = person_of_user(session, case.applicant_id)
    bodies = {case.organisation_id or (person.organisation_id if person else None)}
    bodies |= {case.applicant_organisation_id}
    others = list(session.scalars(_OTHERS, {"case": case.id}))
    declined = set(session.scalars(_DECLINED, {"case": case.id}))
    more = registry.stand_backs.get(case.service)
    named = more(step) if more else {}
    readers = set(session.scalars(_READERS)) if _works_blind(step, role) else set()

    def reason(user_id: int, organisation_id: int | None) -> Text | None:
        if user_id == case.applicant_id:
            return OWN
        if organisation_id is not None and organisation_id in bodies:
            return SAME_BODY
        for one in others:
            theirs = organisation_id is not None and one.organisation_id == organisation_id
            if one.user_id == user_id or theirs:
                return OTHER_PARTY
        if user_id in readers:
            return READS_CASE
        return named.get(user_id) or (DECLINED if user_id in declined else None)

    return reason


def _works_blind(step: Step, role: str) -> bool:
    """Whether a role has a blind task in the service's diagram."""
    elements = loaded(step.session, step.case.version_id).definition.elements.values()
    return any(one.lane == role and one.properties.get("blind") == "true" for one in elements)


_READERS = select(RoleGrant.user_id).where(RoleGrant.role.in_(READS_ALL | OFFICES))
_OTHERS = select(CaseParty).where(CaseParty.case_id == bindparam("case"))
_DECLINED = select(Answer.actor_id).where(
    Answer.case_id == bindparam("case"), Answer.outcome == "decline"
)


def report_nobody(step: Step, task: HumanTask, form: FormDefinition) -> None:
    """Raise an incident when nobody can do a task that was just opened, or be chosen in it."""
    name, wanted = Text.read(task.name), NOBODY_LEFT
    roles = [role for source in form.sources if (role := _role_offered(source)) is not None]
    nobody = any(not _anybody(step, role) for role in roles)
    if not nobody and "@" in task.pool and task.assignee_id is None:
        there = holders_of(role_of(task), int(task.pool.partition("@")[2]))
        nobody, wanted = not holder_ids(step.session, there), NOBODY_THERE
    if task.assignee_id is None and (out := _barred(step, task)):
        able = [one for one in members(step.session, task.role) if one.user_id not in out]
        nobody, wanted = nobody or not able, wanted if nobody else NOBODY_THERE
    if nobody:
        reason = wanted.zh.format(name=name.zh)
        raise_incident(
            step.session, "case.nobody", reason, subject=step.case.chain_key, case_id=step.case.id
        )


def _role_offered(source: str) -> str | None:
    """Return the role whose holders a source of choices offers; None for other choices."""
    if source == "experts":
        return "expert"
    return source.removeprefix("members:") if source.startswith("members:") else None


def _anybody(step: Step, role: str) -> bool:
    """Whether a role has a holder against whom nothing stands."""
    reason = against(step, role)
    return any(reason(one.user_id, _body(one)) is None for one in members(step.session, role))


def _bodies(step: Step) -> dict[int, Text]:
    found = organisations(step.session)
    return {one.id: Text(one.name, one.name_en or one.name) for one in found}


def _workload(step: Step, role: str, user_ids: Sequence[int]) -> dict[int | None, int]:
    """Count the open tasks that people have in a role, so that the work can be shared out."""
    rows = step.session.execute(_IN_HAND, {"people": user_ids, "role": role})
    return {row[0]: row[1] for row in rows}


_IN_HAND = (
    select(HumanTask.assignee_id, func.count())
    .where(
        HumanTask.assignee_id.in_(bindparam("people", expanding=True)),
        HumanTask.state == "open",
        HumanTask.role == bindparam("role"),
    )
    .group_by(HumanTask.assignee_id)
)


def _credentials(step: Step, role: str, user_ids: Sequence[int]) -> Mapping[int, Text]:
    """Return what is known of each holder of a role and helps to choose."""
    told = registry.credentials.get(role)
    return told(step.session, user_ids) if told else {}


def _note(tasks: int, known: Text | None) -> Text:
    zh = f"在办 {tasks} 件" if tasks else "没有在办"
    en = f"{tasks} in hand" if tasks else "nothing in hand"
    return _joined(Text(zh, en), known)


def _joined(first: Text, second: Text | None) -> Text:
    return Text(f"{first.zh}，{second.zh}", f"{first.en}, {second.en}") if second else first


def _body(member: Member) -> int | None:
    return member.body_id or member.organisation_id


def _choice(member: Member, reason: Reason, bodies: Mapping[int, Text], note: Text) -> Choice:
    body_id = _body(member)
    return Choice(
        str(member.user_id),
        Text(member.name, member.name),
        note=_joined(note, bodies.get(body_id or 0)),
        blocked=reason(member.user_id, body_id),
    )
