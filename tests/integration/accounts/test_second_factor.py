"""Second factors: set up, checked once, recovered, reset by an administrator."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from certflow.accounts import queries, second_factor, sign_in
from certflow.accounts.models import User
from certflow.accounts.proof_models import RecoveryCode
from certflow.core import audit, settings
from certflow.core.actor import Actor
from certflow.core.errors import Conflict, Invalid, TooMany
from factories import people
from factories.people import NINE

HERE = "203.0.113.7"
STEP = timedelta(seconds=30)
ADMIN = Actor(99, "管理员", "system_admin")


@pytest.fixture
def factor(session, lin):
    made = second_factor.start(session, lin.id, NINE)
    second_factor.confirm(session, made, shown(made, NINE), NINE, actor(lin))
    return made


def actor(user):
    return Actor(user.id, user.name, "applicant")


def shown(factor, at):
    return pyotp.TOTP(factor.secret).at(at)


def passes(session, lin, typed, at):
    try:
        second_factor.check(session, lin, typed, at, HERE)
    except Invalid:
        return False
    return True


def test_it_counts_only_after_a_right_code(session, lin):
    made = second_factor.start(session, lin.id, NINE)
    with pytest.raises(Invalid):
        second_factor.confirm(session, made, "000000", NINE, actor(lin))
    assert not second_factor.enrolled(session, lin.id)
    second_factor.confirm(session, made, shown(made, NINE), NINE, actor(lin))
    assert second_factor.enrolled(session, lin.id)
    with pytest.raises(Conflict):
        second_factor.start(session, lin.id, NINE)


def test_a_code_counts_once_and_a_step_early_or_late(session, lin, factor):
    assert not passes(session, lin, shown(factor, NINE), NINE)
    at = NINE + 10 * STEP
    assert passes(session, lin, shown(factor, at - STEP), at)
    assert passes(session, lin, shown(factor, at + STEP), at)
    assert not passes(session, lin, shown(factor, at), at)
    assert not passes(session, lin, shown(factor, at - 3 * STEP), at)


def test_five_wrong_codes_from_one_place_have_to_wait(session, lin, factor):
    for _ in range(5):
        assert not passes(session, lin, "000000", NINE)
    with pytest.raises(TooMany):
        passes(session, lin, shown(factor, NINE + 2 * STEP), NINE + 2 * STEP)


def test_a_recovery_code_stands_in_once(session, lin, factor):
    made = second_factor.new_recovery_codes(session, lin.id, NINE, actor(lin))
    assert len(set(made)) == 10
    stored = [one.code_index for one in session.scalars(select(RecoveryCode))]
    assert not set(made) & set(stored)
    assert passes(session, lin, made[0].lower().replace("-", " "), NINE)
    assert not passes(session, lin, made[0], NINE)
    assert second_factor.recovery_codes_left(session, lin.id) == 9
    second_factor.new_recovery_codes(session, lin.id, NINE, actor(lin))
    assert not passes(session, lin, made[1], NINE)


def test_a_recovery_code_of_somebody_else_is_worth_nothing(session, lin, factor):
    zhou = people.user(session, "zhou", "expert", name="周")
    made = second_factor.new_recovery_codes(session, lin.id, NINE, actor(lin))
    assert not passes(session, zhou, made[0], NINE)


def test_an_administrator_resets_it_with_a_reason_and_ends_every_login(session, lin, factor):
    begun = sign_in.begin(session, lin, NINE)
    with pytest.raises(Invalid) as refused:
        second_factor.reset(session, lin.id, NINE, ADMIN, " ")
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Invalid):
        second_factor.reset(session, lin.id, NINE, actor(lin), "mine")
    second_factor.reset(session, lin.id, NINE, ADMIN, "手机丢失，已视频核实")
    assert not second_factor.enrolled(session, lin.id)
    assert queries.signed_in(session, begun.token, NINE) is None
    last = audit.events(session, f"user/{lin.id}")[-1]
    assert (last.action, last.reason) == ("second_factor.off", "手机丢失，已视频核实")


def test_who_needs_one_is_told_by_role_and_settings(session, lin, monkeypatch):
    teacher = people.user(session, "teacher", "teacher", name="师")
    assert not second_factor.needed(session, lin.id)
    strict = replace(settings.current(), second_factor="required")
    monkeypatch.setattr(settings._Current, "settings", strict)
    assert second_factor.needed(session, lin.id)  # an expert too
    assert not second_factor.needed(session, teacher.id)


def test_a_limited_login_opens_when_it_is_set_up(session, lin):
    token = sign_in.begin(session, lin, NINE, limited=True).token
    assert queries.signed_in(session, token, NINE).limited
    made = second_factor.start(session, lin.id, NINE)
    second_factor.confirm(session, made, shown(made, NINE), NINE, actor(lin))
    session.expire_all()
    assert not queries.signed_in(session, token, NINE).limited
    assert session.get_one(User, lin.id)
