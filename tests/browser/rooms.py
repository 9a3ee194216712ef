"""Cases in every stage, so that every page has something to show."""

from dataclasses import dataclass, replace

from browser import desks, workshop
from browser.pages import Site
from certflow.accounts.models import Person, RoleGrant, User
from certflow.cases import assignment, operations
from certflow.cases.models import HumanTask
from certflow.cases.queries import tasks_of
from certflow.core.actor import Actor
from certflow.core.db import Session, transaction
from certflow.demo import people, records
from certflow.demo.story import Cast, Story
from certflow.payments.queries import order_of_case
from certflow.personnel.models import Certificate
from certflow.personnel.tasks import make_certificate_pdf

OTHERS = {
    "body_admin": "body05",
    "exam_office": "qin.shuhuai",
    "process_admin": "pei.mingde",
    "system_admin": "admin",
}
"""Who acts beside those of the story, by role."""


@dataclass
class Rooms:
    """The ids of what stands in every stage, by the name of the stage or of the element."""

    ids: dict[str, object]

    @classmethod
    def furnish(cls, site: Site) -> "Rooms":
        """Walk one case of lin.zhixia to every place; let the right people hold the tasks."""
        with site.app.app_context(), transaction() as session:
            cast = _cast(session)
            ids = _walk(session, cast)
            people = {role: _actor(session, login, role) for role, login in OTHERS.items()}
            ids |= desks.furnish(session, cast, people, str(ids["paid_by_voucher"]))
            ids |= workshop.furnish(session, people["process_admin"], cast.applicant, cast.reviewer)
        site.work()
        return cls(ids)

    def renew(self, site: Site) -> None:
        """Begin the studio's drafts again, which every test finds given up."""
        with site.app.app_context(), transaction() as session:
            login, role = OTHERS["process_admin"], "process_admin"
            workshop.renew(session, _actor(session, login, role))


def _cast(session: Session) -> Cast:
    applicant = _actor(session, "lin.zhixia", "applicant")
    user_id, person_id = applicant.user_id or 0, applicant.person_id or 0
    records.fill_library(session, person_id, user_id, "QMS", body=people.BODIES[0][0])
    records.pass_exams(session, person_id, "QMS")
    return Cast(
        applicant=applicant,
        staff=_actor(session, "liu.guanlan", "body_staff"),
        reviewer=_actor(session, "gu.nanqiao", "reviewer"),
        approver=_actor(session, "song.qingyuan", "approver"),
        experts=(_actor(session, "shen.shiguang", "expert"), _actor(session, "user003", "expert")),
    )


def _actor(session: Session, login: str, role: str) -> Actor:
    user = session.query(User).filter_by(login_name=login).one()
    person = session.query(Person).filter_by(user_id=user.id).one_or_none()
    grant = session.query(RoleGrant).filter_by(user_id=user.id, role=role).one()
    body = grant.organisation_id or (person.organisation_id if person else None)
    return Actor(user.id, user.name, role, body, person.id if person else None)


def _walk(session: Session, cast: Cast) -> dict[str, object]:
    def story() -> Story:
        return Story(session, cast).begin()

    ids: dict[str, object] = {}

    def stop(at: Story, element: str, who: Actor) -> None:
        theirs = (None, who.user_id)  # of two experts' tasks either may come first
        waiting = [one for one in tasks_of(session, at.case_id) if one.element == element]
        task = next(one for one in waiting if one.assignee_id in theirs)
        if task.assignee_id is None:
            assignment.claim(session, replace(who, roles=frozenset({who.role})), task.id)
        ids[element] = task.id

    stop(story(), "choose", cast.applicant)
    filling = story().choose()
    ids["filling"] = filling.case_id
    stop(filling, "apply", cast.applicant)
    draft = records.application(session, cast.applicant.person_id or 0, "QMS")
    operations.save_draft(session, cast.applicant, int(str(ids["apply"])), draft, "audit")
    stop(story().choose().apply(), "pre_review", cast.staff)
    applied = story().choose().apply()
    ids["unclaimed"] = applied.tasks("pre_review")[0].id
    done = session.query(HumanTask).filter_by(case_id=applied.case_id, element="apply").one()
    ids["applied"] = done.id
    for name in ("order", "paid_by_voucher"):
        order = order_of_case(session, story().choose().apply().pre_review().case_id)
        ids[name] = order.number if order else ""
    stop(story().choose().apply().pre_review().pay(), "accept", cast.reviewer)
    accepted = story().choose().apply().pre_review().pay().accept()
    stop(accepted, "assign_experts", cast.reviewer)
    stop(_assigned(story()), "evaluate", cast.experts[0])
    stop(_failed(story()), "conclude", cast.reviewer)
    mending = _failed(story()).conclude("correct")
    ids["mending"] = mending.case_id
    stop(mending, "correct", cast.applicant)
    stop(_assigned(story()).evaluate().conclude(), "approve", cast.approver)
    registered = _assigned(story()).evaluate().conclude().approve()
    certificate = session.query(Certificate).filter_by(case_id=registered.case_id).one()
    make_certificate_pdf(session, {"certificate_id": certificate.id})
    return ids | {
        "registered": registered.case_id,
        "certificate": certificate.id,
        "check_code": certificate.check_code,
    }


def _assigned(story: Story) -> Story:
    return story.choose().apply().pre_review().pay().accept().assign()


def _failed(story: Story) -> Story:
    _assigned(story)
    return story.evaluate([f"audit/{story.application['audit'][0]['id']}"])
