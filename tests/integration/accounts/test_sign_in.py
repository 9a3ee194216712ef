from datetime import timedelta

import pytest
from sqlalchemy import event, select

from certflow.accounts import bearers, passwords, queries, sign_in, throttle, tokens
from certflow.accounts.models import LoginAttempt, LoginSession
from certflow.accounts.operations import (
    create_user,
    disable,
    grant_role,
    remove_role,
    set_mail_notices,
)
from certflow.core import audit
from certflow.core.actor import SYSTEM
from certflow.core.errors import Forbidden, Invalid, TooMany
from factories import people
from factories.people import NINE, PASSWORD

HOME, ELSEWHERE = "192.0.2.10", "198.51.100.20"
MINUTE = timedelta(minutes=1)


def enter(session, at=NINE, address=HOME, password=PASSWORD, name="lin"):
    return sign_in.sign_in(session, name, password, at, address)


def actor(session, token, at=NINE):
    return queries.actor_of_session(session, token, at)


def test_the_right_password_begins_a_login(session, lin):
    entered = enter(session, name=" LIN ")
    found = actor(session, entered.token)
    assert (found.user_id, found.role, found.roles) == (
        lin.id,
        "applicant",
        {"applicant", "expert"},
    )


def test_the_phone_number_serves_as_a_name(session, lin):
    people.person(session, 1, lin.id)
    assert actor(session, enter(session, name="13800000001").token).person_id is not None


@pytest.mark.parametrize(("name", "password"), [("lin", "crane-8-over-lake"), ("nobody", PASSWORD)])
def test_a_wrong_name_or_password_begins_nothing_and_is_counted(session, lin, name, password):
    assert enter(session, name=name, password=password) is None
    assert session.scalars(select(LoginAttempt.succeeded)).all() == [False]


def test_only_the_hash_of_the_token_is_stored(session, lin):
    entered = enter(session)
    assert entered.token not in str(vars(entered.login_session))
    assert len(entered.login_session.token_hash) == 64


def test_each_login_has_a_token_of_its_own(session, lin):
    assert enter(session).token != enter(session).token


def test_the_actor_is_found_in_one_statement(session, lin):
    token, seen = enter(session).token, []
    session.flush()
    session.expire_all()
    engine = session.get_bind()
    listen = lambda *call: seen.append(call[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listen)
    found = actor(session, token)
    event.remove(engine, "before_cursor_execute", listen)
    assert found is not None
    assert len(seen) == 1


def test_a_login_ends_after_an_hour_without_use(session, lin):
    token = enter(session).token
    assert actor(session, token, NINE + 59 * MINUTE)
    assert actor(session, token, NINE + 60 * MINUTE) is None


def test_use_keeps_a_login_alive_up_to_twelve_hours(session, lin):
    token, at = enter(session).token, NINE
    while at + 50 * MINUTE < NINE + timedelta(hours=12):
        at += 50 * MINUTE
        found = queries.signed_in(session, token, at)
        assert found.touch_due
        sign_in.touch(session, found.login_session_id, at)
        assert not queries.signed_in(session, token, at).touch_due
    assert actor(session, token, NINE + timedelta(hours=12)) is None


def test_a_signed_out_or_unknown_token_is_nobody(session, lin):
    token = enter(session).token
    sign_in.sign_out(session, token, NINE)
    sign_in.sign_out(session, "unknown", NINE)
    assert actor(session, token) is None
    assert actor(session, "unknown") is None


def test_a_switched_role_is_in_use_and_remembered_at_the_next_login(session, lin):
    entered = enter(session)
    sign_in.switch_role(session, entered.login_session.id, "expert")
    assert actor(session, entered.token).role == "expert"
    assert actor(session, enter(session).token).role == "expert"


def test_nobody_switches_to_a_role_not_held(session, lin):
    entered = enter(session)
    with pytest.raises(Forbidden):
        sign_in.switch_role(session, entered.login_session.id, "approver")


def test_a_role_taken_away_is_gone_at_once(session, lin):
    entered = enter(session)
    sign_in.switch_role(session, entered.login_session.id, "expert")
    remove_role(session, lin.id, "expert")
    assert (actor(session, entered.token).role, actor(session, entered.token).roles) == (
        "applicant",
        {"applicant"},
    )
    remove_role(session, lin.id, "applicant")
    assert actor(session, entered.token) is None


def test_an_organisation_role_carries_its_organisation(session, lin, body_id):
    grant_role(session, lin.id, "body_staff", NINE, organisation_id=body_id)
    entered = enter(session)
    assert actor(session, entered.token).organisation_id is None
    sign_in.switch_role(session, entered.login_session.id, "body_staff")
    assert actor(session, entered.token).organisation_id == body_id


def test_a_disabled_account_is_out_at_once_and_stays_out(session, lin):
    token = enter(session).token
    disable(session, lin, NINE, SYSTEM, "test")
    assert actor(session, token) is None
    with pytest.raises(Forbidden):
        enter(session)
    assert enter(session, password="wrong-1-password") is None


def test_an_account_without_a_role_cannot_enter(session):
    create_user(session, "newcomer", PASSWORD, "新人", NINE)
    with pytest.raises(Forbidden):
        enter(session, name="newcomer")


def test_a_new_password_ends_every_login(session, lin):
    token = enter(session).token
    sign_in.set_password(session, lin, "heron-8-by-river", NINE, SYSTEM, initial=True)
    assert actor(session, token) is None
    assert enter(session) is None
    again = enter(session, password="heron-8-by-river")
    assert actor(session, again.token).must_change_password


def test_the_present_password_is_no_new_one(session, lin):
    with pytest.raises(Invalid):
        sign_in.set_password(session, lin, PASSWORD, NINE, SYSTEM)


def test_revoking_keeps_the_login_named(session, lin):
    kept, other = enter(session), enter(session)
    sign_in.revoke(session, lin.id, NINE, keep_id=kept.login_session.id)
    assert actor(session, kept.token)
    assert actor(session, other.token) is None
    sign_in.revoke(session, lin.id, NINE)
    assert actor(session, kept.token) is None


def test_a_hash_of_another_cost_is_renewed_at_sign_in(session, lin):
    lin.password_hash = passwords._hasher_of(2, 8).hash(PASSWORD)
    assert enter(session)
    assert not passwords.outdated(lin.password_hash)


def guess(session, times, address, name="lin", at=NINE):
    for _ in range(times):
        assert enter(session, at, address, "wrong-1-guess", name) is None


def test_five_wrong_passwords_make_account_and_address_wait(session, lin):
    guess(session, throttle.PER_PAIR, ELSEWHERE)
    with pytest.raises(TooMany):
        enter(session, address=ELSEWHERE)
    assert enter(session, NINE + throttle.WINDOW, ELSEWHERE)


def test_the_victim_enters_from_elsewhere_meanwhile(session, lin):
    guess(session, throttle.PER_PAIR, ELSEWHERE)
    assert enter(session, address=HOME)


def test_one_address_guessing_at_many_accounts_waits(session, lin):
    for number in range(throttle.PER_ADDRESS):
        guess(session, 1, ELSEWHERE, f"user{number}")
    with pytest.raises(TooMany):
        enter(session, address=ELSEWHERE)


def test_a_usual_address_stays_open_when_many_addresses_guess(session, lin):
    assert enter(session, NINE - timedelta(days=3))
    for number in range(throttle.PER_ACCOUNT):
        guess(session, 1, f"203.0.113.{number}")
    assert enter(session)
    with pytest.raises(TooMany):
        enter(session, address=ELSEWHERE)


def test_a_colleague_who_guesses_does_not_lock_the_office(session, lin):
    assert enter(session, NINE - timedelta(days=3))
    for number in range(throttle.PER_ADDRESS):
        guess(session, 1, HOME, f"user{number}")
    assert enter(session)


def test_a_success_clears_the_slips_before_it(session, lin):
    for _ in range(3):
        guess(session, throttle.PER_PAIR - 1, HOME)
        assert enter(session)


def test_addresses_of_one_ipv6_line_count_together(session, lin):
    for last in range(throttle.PER_PAIR):
        guess(session, 1, f"2001:db8:1:2::{last}")
    with pytest.raises(TooMany):
        enter(session, address="2001:db8:1:2:ffff::1")
    assert enter(session, address="2001:db8:1:3::1")


def test_attempts_are_forgotten_when_nothing_counts_them(session, lin):
    guess(session, 1, ELSEWHERE)
    assert enter(session)
    throttle.forget(session, NINE + throttle.WINDOW)
    assert session.scalars(select(LoginAttempt.succeeded)).all() == [True]
    throttle.forget(session, NINE + throttle.KNOWN_FOR)
    assert session.scalars(select(LoginAttempt.id)).all() == []


def token_of(session, user, role="applicant", **more):
    return tokens.issue_api_token(
        session, user.id, role, ["cases:read"], NINE, expires_at=NINE + timedelta(days=1), **more
    )


def test_an_api_token_acts_in_its_one_role(session, lin):
    _, raw = token_of(session, lin, "expert")
    holder = bearers.token_holder(session, raw, NINE)
    assert (holder.actor.role, holder.actor.roles, holder.scopes) == (
        "expert",
        {"expert"},
        {"cases:read"},
    )
    assert bearers.actor_of_token(session, raw, NINE) == holder.actor


def test_an_api_token_ends_by_date_by_hand_and_with_the_role(session, lin):
    token, raw = token_of(session, lin)
    _, other = token_of(session, lin, "expert")
    assert bearers.actor_of_token(session, raw, NINE + timedelta(days=1)) is None
    tokens.revoke_api_token(session, token, NINE)
    assert bearers.actor_of_token(session, raw, NINE) is None
    remove_role(session, lin.id, "expert")
    assert bearers.actor_of_token(session, other, NINE) is None


def test_an_api_token_of_a_disabled_account_is_dead(session, lin):
    _, raw = token_of(session, lin)
    disable(session, lin, NINE, SYSTEM, "test")
    assert bearers.actor_of_token(session, raw, NINE) is None


def test_nobody_gets_a_token_for_a_role_not_held(session, lin):
    with pytest.raises(Forbidden):
        token_of(session, lin, "approver")


def test_a_browser_token_is_no_api_token(session, lin):
    token = enter(session).token
    assert bearers.actor_of_token(session, token, NINE) is None
    assert session.scalars(select(LoginSession.ended_at)).all() == [None]


def told(session, subject):
    return [one.action for one in audit.events(session, subject)]


def test_what_one_does_with_ones_account_is_in_the_trail(session, lin):
    chain = f"user/{lin.id}"
    entered = enter(session)
    sign_in.switch_role(session, entered.login_session.id, "expert")
    sign_in.sign_out(session, entered.token, NINE)
    sign_in.sign_out(session, entered.token, NINE)
    tokens.revoke_api_token(session, token_of(session, lin)[0], NINE)
    set_mail_notices(session, lin.id, on=False)
    assert told(session, chain)[3:] == [  # after: opened, two roles given
        "login.began", "role.switched", "login.ended",
        "api_token.issued", "api_token.revoked", "mail_notices.set",
    ]  # fmt: skip
    assert audit.verify(session, chain, audit.head_of(session, chain)) == []


def test_a_lock_out_is_told_once(session, lin):
    guess(session, throttle.PER_PAIR, HOME)
    for _ in range(2):
        with pytest.raises(TooMany):
            enter(session)
    assert told(session, f"user/{lin.id}")[3:] == ["login.locked"]


def test_a_lock_out_of_nobody_we_know_names_nobody(session):
    guess(session, throttle.PER_PAIR, HOME, name="nobody")
    assert [one.action for one in audit.events(session, "platform")] == ["login.locked"]


def test_a_name_in_the_trail_is_a_number(session, lin):
    enter(session)
    kept = audit.events(session, f"user/{lin.id}")[-1]
    assert (kept.actor_id, kept.after) == (lin.id, {"role": "applicant"})


def test_checking_a_password_begins_no_login(session, lin):
    assert sign_in.verify(session, "lin", PASSWORD, NINE, HOME) is lin
    assert session.scalars(select(LoginSession.id)).all() == []
