"""Who forgot the password, or lost the phone, gets back in (catalogue A4, A5).

Whoever knows a name and a document number could take an account over by way of a "lost phone":
so the old phone and the e-mail address are told at once, every login ends, and for a day after
such a change no text message resets the password. Accounts that need a second factor cannot use
this way at all: a system administrator has to know the person.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from certflow.accounts import codes, queries, second_factor, throttle
from certflow.accounts.contact import set_phone
from certflow.accounts.entries import same_name
from certflow.accounts.identity import read_document
from certflow.accounts.models import Person, User
from certflow.accounts.proof_models import VerificationCode
from certflow.accounts.sign_in import revoke, set_password
from certflow.accounts.sign_up import phone_taken
from certflow.accounts.token_ending import revoke_tokens
from certflow.core.actor import Actor
from certflow.core.clock import SHANGHAI
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid
from certflow.core.text import Text

RESET, LOST_PHONE = "reset", "lost_phone"
WAITS = timedelta(days=1)

NO_ACCOUNT = Text(
    "这个手机号还没有账号。请先注册；如果换过手机号，请用“手机号不用了”办理更换。",
    "This phone has no account. Sign up first, or, if your number changed, replace the lost phone.",
)
TOO_NEW = Text(
    "这个手机号更换还不到 24 小时，为了安全暂不能用短信重设密码。请用原密码登录，或明天再试。",
    "This phone replaced another less than 24 hours ago, so no password can be reset with it yet. "
    "Sign in with your password, or try tomorrow.",
)
NO_MATCH = Text(
    "姓名、证件类型和证件号码与登记的不一致，请逐项核对；如仍不行，请联系协会。",
    "Name, type and number of the document are not as registered. Check each of them; if that "
    "does not help, ask the association.",
)
ASK_ADMINISTRATOR = Text(
    "您的账号有工作人员权限，更换手机号须由系统管理员当面核实后办理。",
    "Your account has staff rights: a system administrator has to change its phone.",
)
SAME_PHONE_TAKEN = Text(
    "这个新手机号已用于另一个账号，请换一个手机号。",
    "Another account uses this new phone. Take another number.",
)


def account_of(session: Session, proof: VerificationCode, at: datetime) -> User:
    """Return the account of a proved phone, for a new password.

    Raises:
        Invalid: at "phone": there is none, or the phone is too new.

    """
    index = blind_index("phone", proof.target or "")
    query = select(Person).where(Person.phone_index == index, Person.user_id.is_not(None))
    person = session.scalar(query)
    user = session.get(User, person.user_id) if person else None
    if person is None or user is None or user.disabled_at is not None:
        raise Invalid(NO_ACCOUNT, {"phone": NO_ACCOUNT})
    if person.phone_changed_at and at < person.phone_changed_at + WAITS:
        raise Invalid(TOO_NEW, {"phone": TOO_NEW})
    return user


def reset_password(
    session: Session, proof: VerificationCode, password: str, at: datetime, address: str
) -> User:
    """Set a new password for the account of a proved phone; every login of it ends.

    Wrong passwords from this `address` are forgiven: the phone has told who it is.

    Raises:
        Invalid: at "password", or at "phone".

    """
    user = account_of(session, proof, at)
    set_password(session, user, password, at, Actor(user.id, user.name, "visitor"))
    codes.spend(session, proof, at)
    throttle.count(session, throttle.guess(f"id:{user.id}", address), at, succeeded=True)
    return user


def replace_lost_phone(
    session: Session,
    proof: VerificationCode,
    named: tuple[str, str, str],
    at: datetime,
    address: str,
) -> tuple[User, str | None]:
    """Give an account the proved phone; `named` is name, document type and number.

    Returns the account and the phone it had. Commit after an error too: tries are counted.

    Raises:
        Invalid: at the field that is wrong; without saying which of the three does not fit.
        TooMany: too many tries for this document or from this address.
        Forbidden: the account is one of those that need a second factor.

    """
    name, document_type, number = named
    spelled = read_document(document_type, number, at.astimezone(SHANGHAI).date()).number
    index = queries.document_index(document_type, spelled)
    tried = throttle.guess(f"document:{index}", address, proved=True)
    throttle.check(session, tried, at)
    person = queries.person_by_document(session, document_type, spelled)
    user = session.get(User, person.user_id) if person and person.user_id else None
    fits = person is not None and same_name(person.name, name)
    throttle.count(session, tried, at, succeeded=bool(fits and user))
    if person is None or user is None or not fits or user.disabled_at is not None:
        raise Invalid(NO_MATCH, {"document_number": NO_MATCH})
    held = set(queries.grants_of(session, user.id))
    if held - second_factor.WITHOUT or second_factor.enrolled(session, user.id):
        raise Forbidden(ASK_ADMINISTRATOR)
    before, phone = person.phone, proof.target or ""
    if phone_taken(session, phone):
        raise Invalid(SAME_PHONE_TAKEN, {"phone": SAME_PHONE_TAKEN})
    actor = Actor(user.id, user.name, "visitor", person_id=person.id)
    set_phone(session, person, proof, at, actor, reason="lost phone")
    person.phone_changed_at = at
    revoke(session, user.id, at)
    revoke_tokens(session, user.id, at, actor)
    return user, before
