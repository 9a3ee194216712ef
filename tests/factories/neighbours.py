"""Two certification bodies side by side, with their people and their belongings.

The first body's applicant owns one of everything that has an id. The second body's people,
and people who hold no part in those cases, are the strangers who must not reach any of it.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO

from sqlalchemy import select

from certflow.accounts.models import (
    ApiToken,
    Branch,
    LoginSession,
    Organisation,
    Person,
    User,
)
from certflow.accounts.operations import grant_role
from certflow.accounts.organisations import add_branch
from certflow.accounts.permissions import set_permissions
from certflow.accounts.roles import ORGANISATION_ROLES, PERMISSIONS, ROLES
from certflow.accounts.sign_in import sign_in, switch_role
from certflow.accounts.tokens import Wanted, issue_api_token, issue_for_organisation, issue_own
from certflow.cases import operations
from certflow.cases.group_models import GroupFiling
from certflow.cases.models import Case, CaseLetter, HumanTask, ProcessVersion
from certflow.core import clock, files
from certflow.core.actor import SYSTEM, Actor
from certflow.core.db import Session
from certflow.core.files import StoredFile
from certflow.core.incidents import Incident, raise_incident
from certflow.core.text import Text
from certflow.demo import records
from certflow.demo.story import Cast, Story
from certflow.notifications.announcements import Told, write
from certflow.notifications.models import Announcement, Notice, Webhook
from certflow.notifications.webhooks import EVENTS, new_webhook
from certflow.payments.models import Order, Refund, Voucher
from certflow.payments.operations import submit_voucher
from certflow.payments.queries import order_of_case
from certflow.personnel.models import Certificate, CreditEntry, ProfileRecord
from certflow.personnel.operations import add_credit_entry
from certflow.personnel.tasks import make_certificate_pdf
from factories import exams, people
from factories.actors import actor, make_person, make_user
from factories.cast import make_expert, make_story

SCOPES = ("cases:read", "cases:write", "certificates:read")
MARKER = "马可标记"
"""The name of the first body's applicant: it must stand on no stranger's page."""


@dataclass
class Neighbours:
    """Who lives here and what belongs to the first body's applicant, as addresses name it.

    `owned` maps the name of a part of an address ("case_id") to the ids that belong to the
    first applicant; `strangers` and `owners` give one actor a role; `numbers` are case numbers.
    """

    owner: Actor
    strangers: dict[str, Actor] = field(default_factory=dict)
    owners: dict[str, Actor] = field(default_factory=dict)
    owned: dict[str, list[object]] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    check_code: str = ""


def settle(session: Session) -> Neighbours:
    """Make everybody, walk the first applicant's cases to every kind of place."""
    story = make_story(session)
    _mark(session, story.cast.applicant)
    stories = [_with_experts(story), _paid_by_body(story), _unpaid(story), _finished(story)]
    draft = operations.start_case(session, story.cast.applicant, "registration")
    _incident(session, stories[0].case)
    _letter(session, stories[-1].case)
    _filed_for_many(session, story.cast.staff)
    _credit_entry(session, story.cast.applicant)
    _branch_and_news(session, story.cast)
    home = Neighbours(owner=story.cast.applicant)
    home.owners = _owners(session, story)
    home.strangers = _strangers(session)
    _programs(session, home.owners)
    cases = [one.case_id for one in stories]
    home.numbers = [str(one.case.number) for one in stories]
    bearer(session, story.cast.applicant)
    token(session, story.cast.applicant)
    home.owned = _belongings(session, story.cast.applicant, [*cases, draft.id])
    _exam(session, home.strangers)
    home.check_code = session.scalars(select(Certificate.check_code)).first() or ""
    session.flush()
    return home


def bearer(session: Session, who: Actor) -> str:
    """Issue an API token with every scope and return it."""
    at = clock.now()
    _row, raw = issue_api_token(
        session, who.user_id or 0, who.role, SCOPES, at, expires_at=at + timedelta(days=1)
    )
    return raw


def token(session: Session, who: Actor) -> str:
    """Sign somebody in and return the token of their login, in the role they act in."""
    user = session.get_one(User, who.user_id)
    admission = sign_in(session, user.login_name, people.PASSWORD, clock.now(), "127.0.0.1")
    if admission is None:
        raise LookupError(user.login_name)
    switch_role(session, admission.login_session.id, who.role)
    return admission.token


def _mark(session: Session, applicant: Actor) -> None:
    session.get_one(User, applicant.user_id).name = MARKER
    session.get_one(Person, applicant.person_id).name = MARKER


def _finished(story: Story) -> Story:
    done = replace(story).begin().choose().apply().pre_review().pay().accept().assign()
    done.evaluate().conclude().approve()
    certificate = done.session.scalars(select(Certificate)).one()
    make_certificate_pdf(done.session, {"certificate_id": certificate.id})
    return done


def _with_experts(story: Story) -> Story:
    other = replace(story).begin()
    return other.choose().apply().pre_review().pay().accept().assign()


def _paid_by_body(story: Story) -> Story:
    waiting = replace(story, payer="organisation")
    waiting.begin().choose().apply().pre_review()
    order = order_of_case(story.session, waiting.case_id)
    assert order is not None
    proof = files.store(
        story.session, BytesIO(records.proof()), "转账凭证.pdf", story.cast.staff.user_id
    )
    submit_voucher(story.session, order.id, proof.id, "已转账", clock.now(), story.cast.staff)
    return waiting


def _unpaid(story: Story) -> Story:
    return replace(story).begin().choose().apply().pre_review()


def _incident(session: Session, case: Case) -> None:
    subject = f"case/{case.id}"
    raise_incident(session, "case.timer", "it failed", subject=subject, case_id=case.id)


def _letter(session: Session, case: Case) -> None:
    words = Text(f"{MARKER}：决定", f"{MARKER}: the decision").as_json()
    content = {"title": words, "recipient": words, "number": case.number, "paragraphs": [words]}
    letter = CaseLetter(
        case_id=case.id, letter="result", to="applicant", content=content, at=clock.now()
    )
    session.add(letter)
    session.flush()


def _filed_for_many(session: Session, staff: Actor) -> None:
    session.add(
        GroupFiling(
            service="annual_confirmation",
            organisation_id=staff.organisation_id,
            actor_id=staff.user_id,
            role=staff.role,
            answers={},
            created_at=clock.now(),
        )
    )


def _credit_entry(session: Session, applicant: Actor) -> None:
    text = Text(f"{MARKER}：警示", f"{MARKER}: warning")
    add_credit_entry(session, applicant.person_id or 0, "warning", text, clock.today())


def _branch_and_news(session: Session, cast: Cast) -> None:
    """A colleague and a branch of the first body, and an announcement that only staff may read."""
    body = session.get_one(Organisation, cast.staff.organisation_id)
    make_user(session, "own.colleague", "body_staff", body)
    told = {"branch_name": f"{MARKER}分公司", "branch_address": "示例路 1 号"}
    add_branch(session, cast.staff.organisation_id or 0, told, clock.now(), cast.staff)
    words = Text(f"{MARKER}：内部公告", f"{MARKER}: for staff")
    news = Told(title=words, body=words, audience="staff", starts_on=clock.today())
    write(session, cast.reviewer, news, (), clock.now())


def _programs(session: Session, owners: dict[str, Actor]) -> None:
    """Tokens of the applicant's and of the first body's programs, and where these are told."""
    wanted, at = Wanted(MARKER, SCOPES, "30"), clock.now()
    issue_own(session, owners["applicant"], wanted, at)
    issue_for_organisation(session, owners["body_admin"], wanted, at)
    told = {"name": MARKER, "url": "http://127.0.0.1:9/", "events": tuple(EVENTS)}
    new_webhook(session, owners["body_admin"], told)


def _owners(session: Session, story: Story) -> dict[str, Actor]:
    cast = story.cast
    body = session.get_one(Organisation, cast.staff.organisation_id)
    admin = make_user(session, "own.admin", "body_admin", body)
    return {
        "applicant": cast.applicant,
        "body_staff": cast.staff,
        "body_admin": actor(admin, "body_admin", body),
        "expert": cast.experts[0],
        "reviewer": cast.reviewer,
        "approver": cast.approver,
    }


def _strangers(session: Session) -> dict[str, Actor]:
    """Return one person a role who has no part in anything; the body's are of another body.

    Beside them, one for each permission, by "role:permission".
    """
    body = people.body(session, "南屿样例检验有限公司")
    found: dict[str, Actor] = {}
    for role, permissions in PERMISSIONS.items():
        for permission in permissions:
            user = make_user(session, f"stranger.{role}.{permission}", role)
            set_permissions(session, SYSTEM, user.id, role, [permission])
            found[f"{role}:{permission}"] = actor(user, role)
    for number, role in enumerate(ROLES):
        login = f"stranger.{role}"
        if role == "expert":
            found[role] = make_expert(session, login, 60 + number, body)
            continue
        user = make_user(session, login, role, body if role in ORGANISATION_ROLES else None)
        person = make_person(session, user, 60 + number, body) if role == "applicant" else None
        found[role] = actor(user, role, body if role in ORGANISATION_ROLES else None, person)
    applicant = found["applicant"]
    records.fill_library(
        session, applicant.person_id or 0, applicant.user_id or 0, "QMS", body=body.name
    )
    grant_role(session, applicant.user_id or 0, "applicant", clock.now())
    return found


def _exam(session: Session, strangers: dict[str, Actor]) -> None:
    """Let somebody sit an exam, and the exam office check a file of results."""
    office, candidate = strangers["exam_office"], strangers["applicant"]
    exam = exams.make_exam(session, office)
    exams.let_sit(session, exam, {"": (candidate.person_id or 0, (exams.QMS,))})
    exams.check(session, exam, office, ["202602000009", "无名", "QMS基础", 60, ""])


def _belongings(session: Session, owner: Actor, case_ids: list[int]) -> dict[str, list[object]]:
    """Return every id that belongs to the owner or to their cases, by the name addresses give it."""

    def ids(column: object, *where: object) -> list[object]:
        return list(session.scalars(select(column).where(*where).order_by(column)))  # type: ignore[call-overload]

    orders = ids(Order.id)
    return {
        "case_id": list(case_ids),
        "task_id": ids(HumanTask.id, HumanTask.case_id.in_(case_ids)),
        "file_id": ids(StoredFile.id, StoredFile.owner_id == owner.user_id) + ids(Voucher.file_id),
        "number": ids(Order.number),
        "order_id": orders,
        "voucher_id": ids(Voucher.id),
        "refund_id": ids(Refund.id) or [1],
        "certificate_id": ids(Certificate.id),
        "notice_id": ids(Notice.id, Notice.user_id == owner.user_id),
        "record_id": ids(ProfileRecord.id, ProfileRecord.person_id == owner.person_id),
        "incident_id": ids(Incident.id),
        "letter_id": ids(CaseLetter.id, CaseLetter.case_id.in_(case_ids)),
        "filing_id": ids(GroupFiling.id),
        "person_id": [owner.person_id],
        "entry_id": ids(CreditEntry.id, CreditEntry.person_id == owner.person_id),
        "version_id": ids(ProcessVersion.id),
        "token_id": ids(ApiToken.id),
        "my_token_id": ids(ApiToken.id, ApiToken.user_id == owner.user_id, ApiToken.name == MARKER),
        "body_token_id": ids(ApiToken.id, ApiToken.organisation_id.is_not(None)),
        "webhook_id": ids(Webhook.id),
        "user_id": ids(User.id, User.login_name == "own.colleague"),
        "branch_id": ids(Branch.id),
        "announcement_id": ids(Announcement.id),
        "login_id": ids(LoginSession.id, LoginSession.user_id == owner.user_id),
    }
