"""An e-mail address is a claim until its owner has confirmed it (A1, A8)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.accounts import codes, confirming, contact, sign_up
from certflow.accounts.entries import SignUp
from certflow.accounts.operations import create_user
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.errors import Invalid
from certflow.core.outbox import OutboxItem
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify
from factories import people
from factories.people import NINE, resident_number

ADDRESS = "new@example.org"
NEW = SignUp(
    name="林新人",
    document_number=resident_number(2),
    email=ADDRESS,
    login_name="lin.new",
    password="heron-8-by-river",
    again="heron-8-by-river",
)


def proved(session, purpose, target, channel, at=NINE):
    ask = codes.Ask(purpose, channel, target, "b", "203.0.113.7")
    code = codes.issue(session, ask, at)
    return codes.prove(session, code.id, ask, codes.digits_of(code), at)


@pytest.fixture
def newcomer(session):
    return sign_up.register(session, proved(session, "sign_up", "13900000001", "sms"), NEW, NINE)


@pytest.fixture
def lin(session):
    user = people.user(session, "lin", "applicant")
    people.person(session, 1, user.id)
    return user


def me(user):
    return Actor(user.id, user.name, "applicant")


def mails(session):
    query = select(OutboxItem.kind).where(OutboxItem.kind.startswith("mail"))
    return list(session.scalars(query))


def tell(session, user):
    notify(session, [user.id], NewNotice(kind="a", role="", text=Text("甲", "A")), NINE)


def test_after_sign_up_a_link_goes_to_the_address_and_nothing_else(session, newcomer):
    tell(session, newcomer)
    assert mails(session) == ["mail.confirmation"]


def test_the_link_confirms_it_and_then_notices_go_there(session, newcomer):
    seal = confirming.seal_of(newcomer, NINE)
    for _ in range(2):
        confirming.confirm(session, newcomer, seal, NINE, me(newcomer))
    tell(session, newcomer)
    assert mails(session) == ["mail.confirmation", "mail"]
    told = [one.action for one in audit.events(session, f"user/{newcomer.id}")]
    assert told.count("email.confirmed") == 1


def test_a_link_is_good_for_a_week(session, newcomer):
    seal = confirming.seal_of(newcomer, NINE)
    with pytest.raises(Invalid):
        confirming.confirm(session, newcomer, seal, NINE + timedelta(days=7), me(newcomer))


def test_a_link_is_good_for_one_account_and_one_address(session, newcomer, lin):
    seal = confirming.seal_of(newcomer, NINE)
    newcomer.email = "another@example.org"
    last = seal.partition(".")[0]
    for user, one in ((newcomer, seal), (lin, seal), (newcomer, f"{last}."), (newcomer, "")):
        with pytest.raises(Invalid):
            confirming.confirm(session, user, one, NINE, me(user))


def test_a_code_to_the_present_address_confirms_it_too(session, newcomer):
    proof = proved(session, contact.EMAIL, ADDRESS, "mail")
    contact.set_email(session, newcomer, proof, NINE, me(newcomer))
    assert (newcomer.email, newcomer.email_confirmed_at) == (ADDRESS, NINE)


def test_who_proves_an_address_takes_it_from_who_only_claimed_it(session, newcomer, lin):
    contact.set_email(session, lin, proved(session, contact.EMAIL, ADDRESS, "mail"), NINE, me(lin))
    assert (lin.email, newcomer.email) == (ADDRESS, None)
    assert audit.events(session, f"user/{newcomer.id}")[-1].action == "email.lost"
    proof = proved(session, contact.EMAIL, ADDRESS, "mail", NINE + codes.PAUSE)
    with pytest.raises(Invalid) as refused:
        contact.set_email(session, newcomer, proof, NINE, me(newcomer))
    assert set(refused.value.fields) == {"email"}


@pytest.mark.parametrize(("waited", "free"), [(6, False), (7, True)])
def test_a_claim_that_nobody_confirms_lapses_with_its_link(session, newcomer, waited, free):
    at = NINE + timedelta(days=waited)
    holder = confirming.holder(session, ADDRESS, at)
    assert (holder is None) == free
    if free:
        other = create_user(session, "owner.two", "heron-8-by-river", "林主", at, email=ADDRESS)
        assert (other.email, newcomer.email) == (ADDRESS, None)
