"""The people of a trial: one or two for each role, two bodies, experts, two applicants (H5).

All are invented. What they own beyond an account (records, certificates) the domains give them
through `registry.belonging`.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from stdnum.cn.ric import calc_check_digit

from certflow.accounts.models import Organisation, User
from certflow.accounts.operations import NewPerson, create_person, grant_role
from certflow.accounts.organisations import PENDING
from certflow.accounts.queries import get_user, grants_of, person_of_user
from certflow.accounts.roles import ORGANISATION_ROLES, ROLES
from certflow.cases import registry
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.files import StoredFile
from certflow.core.text import Text

NEWCOMER: Final = "newcomer"
HOLDER: Final = "holder"
INTERN: Final = "intern"
STAFF: Final = "body"
NEW_BODY: Final = "new_body"
LOGIN: Final = "trial"
JOINING: Final = "body_pending"
STARTERS: Final[dict[str, tuple[str, Text]]] = {
    NEWCOMER: ("applicant", Text("申请人，资料齐全，还没有证书", "Applicant, no certificate yet")),
    HOLDER: ("applicant", Text("申请人，已持有证书", "Applicant who holds a certificate")),
    INTERN: ("applicant", Text("申请人，实习审核员", "Applicant who is an intern auditor")),
    STAFF: ("body_staff", Text("机构工作人员", "Staff of a body")),
    NEW_BODY: (JOINING, Text("正在申请入驻的机构", "A body that is signing up")),
}
"""Who can start a service in a trial: the word for them, their role, what they are called."""

APPLICANTS: Final = tuple(word for word, (role, _name) in STARTERS.items() if role == "applicant")

NO_STARTER = Text(
    "试用里没有发起人“{word}”，请重新选择由谁发起。",
    "There is no “{word}” among the people of a trial. Choose again who starts.",
)
_EXPERTS = 4
_PAIRS = ("甲", "乙")
_BODIES = (("试用认证一部", "Trial Body One"), ("试用认证二部", "Trial Body Two"))
_HOLDS = {NEWCOMER: "", HOLDER: "formal", INTERN: "intern"}
"""The grade in which each applicant holds certificates."""
_SINGLE = frozenset({"applicant", "expert", "teacher", *ORGANISATION_ROLES})
_OF_A_BODY = ORGANISATION_ROLES - {JOINING}


def settle(session: Session, at: datetime) -> None:
    """Make everybody, in an empty world."""
    bodies = [_organisation(session, "certification_body", zh, en, at) for zh, en in _BODIES]
    for role in ROLES.values():
        if role.key in _SINGLE:
            continue
        for number, word in enumerate(_PAIRS, start=1):
            user = _user(session, f"{role.key}{number}", f"{role.title.zh}{word}", at)
            grant_role(session, user.id, role.key, at)
    for number, body in enumerate(bodies, start=1):
        user = _user(session, f"{STAFF}{number}", f"机构经办{_PAIRS[number - 1]}", at)
        for key in sorted(_OF_A_BODY):
            _grant_for(session, user, key, body, at)
    joining = _user(session, NEW_BODY, "机构经办丙", at)
    waiting = _organisation(session, PENDING, "试用入驻申请", "Trial Applicant Body", at)
    _grant_for(session, joining, JOINING, waiting, at)
    for number in range(_EXPERTS):
        name = f"评价专家{'甲乙丙丁'[number]}"
        _person(session, f"expert{number + 1}", name, 20 + number, bodies[1], at, "expert")
    for number, (word, holds) in enumerate(_HOLDS.items(), start=1):
        _applicant(session, word, f"申请人{'甲乙丙'[number - 1]}", number, bodies[0], at, holds)


def starter(session: Session, word: str) -> Actor:
    """Return who starts a service, by a word of STARTERS.

    Raises:
        NotFound: there is nobody of that word.

    """
    role, _name = called(word)
    logins = (f"{LOGIN}.{word}", f"{LOGIN}.{word}1")
    user = session.scalars(select(User).where(User.login_name.in_(logins))).one_or_none()
    if user is None:
        raise NotFound(NO_STARTER.filled(word=word))
    return actor_of(session, user.id, role)


def called(word: str) -> tuple[str, Text]:
    """Return the role of who starts, and what they are called: a word of STARTERS, or a role."""
    if word in STARTERS:
        return STARTERS[word]
    return word, ROLES[word].title if word in ROLES else Text.read(word)


def starters(roles: Iterable[str]) -> list[str]:
    """Return the words for all who can start a service that these roles may start."""
    found = {word: role for word, (role, _name) in STARTERS.items()}
    known = [word for word, role in found.items() if role in set(roles)]
    alone = [role for role in roles if role not in {*found.values(), *ORGANISATION_ROLES}]
    if STAFF not in known and _OF_A_BODY & set(roles):
        known.append(STAFF)
    return [*known, *(role for role in alone if role in ROLES)]


def actor_of(session: Session, user_id: int, role: str) -> Actor:
    """Return somebody of the trial at work in one of their roles.

    Who acts for an organisation does so in the role held there.
    """
    user, grants = get_user(session, user_id), grants_of(session, user_id)
    person = person_of_user(session, user_id)
    if user is None:
        raise NotFound
    if role in ORGANISATION_ROLES and role not in grants:
        role = next((one for one in grants if one in ORGANISATION_ROLES), role)
    return Actor(
        user_id=user_id,
        name=user.name,
        role=role,
        organisation_id=grants.get(role),
        person_id=person.id if person else None,
        roles=frozenset(grants),
    )


def sample_file(session: Session, owner_id: int, name: str, file_id: str = "") -> str:
    """Put a sample file into the world: a row only, no bytes; the same again is the same file."""
    digest = hashlib.sha256(f"{owner_id}/{name}".encode())
    file_id = file_id or base64.b32encode(digest.digest()[:16]).decode().rstrip("=").lower()
    if session.get(StoredFile, file_id) is None:
        session.add(
            StoredFile(
                id=file_id,
                owner_id=owner_id,
                name=name,
                media_type="application/pdf",
                size=1024,
                sha256=digest.hexdigest(),
                created_at=clock.now(),
            )
        )
        session.flush()
    return file_id


def other_than(session: Session, user_id: int) -> int:
    """Return the user of the applicant who is not this one: who a case is also about."""
    logins = [f"{LOGIN}.{word}" for word in (HOLDER, NEWCOMER)]
    both = session.scalars(select(User).where(User.login_name.in_(logins)))
    others = {one.login_name: one.id for one in both if one.id != user_id}
    return next(others[login] for login in logins if login in others)


def _organisation(
    session: Session, kind: str, name: str, name_en: str, at: datetime
) -> Organisation:
    body = Organisation(kind=kind, name=name, name_en=name_en, created_at=at)
    session.add(body)
    session.flush()
    return body


def _user(session: Session, login: str, name: str, at: datetime) -> User:
    user = User(
        login_name=f"{LOGIN}.{login}",
        password_hash="!",  # noqa: S106 - nobody can sign in with it
        name=name,
        email=f"{LOGIN}.{login}@example.org",
        email_confirmed_at=at,
        created_at=at,
    )
    session.add(user)
    session.flush()
    return user


def _grant_for(session: Session, user: User, role: str, body: Organisation, at: datetime) -> None:
    grant_role(session, user.id, role, at, organisation_id=body.id)


def _applicant(
    session: Session,
    word: str,
    name: str,
    number: int,
    body: Organisation,
    at: datetime,
    holds: str,
) -> None:
    user, person_id = _person(session, word, name, number, body, at, "applicant")
    invented = registry.Invented(
        user_id=user.id,
        person_id=person_id,
        organisation_id=body.id,
        organisation=body.name,
        holds=holds,
        file=lambda name: sample_file(session, user.id, name),
    )
    for give in registry.belongings.values():
        give(session, invented)


def _person(
    session: Session,
    login: str,
    name: str,
    number: int,
    body: Organisation,
    at: datetime,
    role: str,
) -> tuple[User, int]:
    user = _user(session, login, name, at)
    grant_role(session, user.id, role, at)
    new = NewPerson(
        name=name,
        pinyin=f"TRIAL {chr(ord('A') + number)}",
        document_type="resident_id",
        document_number=_document(number),
        phone=f"1390000{number:04d}",
        highest_degree="bachelor",
        organisation_id=body.id,
    )
    return user, create_person(session, new, at, user_id=user.id).id


def _document(number: int) -> str:
    """Return an invented resident ID number of a region that exists nowhere."""
    begun = f"999999{date(1988, number % 12 + 1, number % 28 + 1):%Y%m%d}{number:03d}"
    return begun + str(calc_check_digit(begun))
