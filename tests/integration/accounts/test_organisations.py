"""Organisations: their people and branches, and what they may do to whom (catalogue A7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.accounts import organisations, particulars, passwords, staff
from certflow.accounts.finding import organisations_by_name
from certflow.accounts.models import Organisation, RoleGrant, User
from certflow.accounts.operations import NewPerson, grant_role
from certflow.accounts.queries import grants_of
from certflow.accounts.queries import organisations as listed
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.notifications.queries import notices_of
from certflow.personnel import auditors
from factories import people
from factories.actors import actor, make_person, make_user
from factories.people import PASSWORD, resident_number
from factories.people import body as make_body

CODE = "91110000600037341L"
SIGNING_UP = {
    "name": "新认证有限公司",
    "uscc": CODE,
    "contact_name": "陈新",
    "login_name": "chen.xin",
    "password": PASSWORD,
}


@pytest.fixture
def admin(session: Session) -> Actor:
    body = make_body(session)
    return actor(make_user(session, "bai", "body_admin", body), "body_admin", body)


def sign_up(session: Session, **changes: str) -> User:
    new = organisations.SigningUp(**(SIGNING_UP | changes))
    return organisations.sign_up(session, new, clock.now())


def test_signing_up_opens_an_account_for_nothing_else(session: Session) -> None:
    user = sign_up(session)
    ((role, body_id),) = grants_of(session, user.id).items()
    assert role == "body_pending"
    waiting = session.get_one(Organisation, body_id)
    assert (waiting.kind, waiting.uscc) == ("pending", None)
    assert waiting not in listed(session)


def test_two_may_sign_the_same_organisation_up(session: Session) -> None:
    """Who came first takes neither name nor code away: staff decides."""
    sign_up(session)
    assert sign_up(session, login_name="another").id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uscc": "91110000600037341X"}, "uscc"),
        ({"uscc": ""}, "uscc"),
        ({"name": " "}, "name"),
        ({"contact_name": "陈"}, "contact_name"),
        ({"login_name": "CX"}, "login_name"),
        ({"password": "12345678"}, "password"),
    ],
)
def test_wrong_input_is_told_at_its_field(session: Session, changes, field) -> None:
    with pytest.raises(Invalid) as refused:
        sign_up(session, **changes)
    assert field in refused.value.fields


def test_an_address_that_another_has_is_left_out_without_a_word(session: Session) -> None:
    known = make_user(session, "known", "applicant")
    assert sign_up(session, email=known.email or "").email is None


def test_an_approved_organisation_comes_to_life_with_its_administrator(session: Session) -> None:
    user = sign_up(session)
    body_id = grants_of(session, user.id)["body_pending"]
    told = SIGNING_UP | {"kind": "certification_body", "address": "示例路 1 号"}
    opened = organisations.open_organisation(
        session, body_id or 0, told, clock.now(), Actor(1, "", "reviewer"), "case/1"
    )
    assert (opened.name, opened.uscc, opened.kind) == ("新认证有限公司", CODE, "certification_body")
    assert grants_of(session, user.id) == {"body_admin": body_id}
    assert "organisation.opened" in [
        one.action for one in audit.events(session, f"organisation/{body_id}")
    ]


def test_a_code_taken_meanwhile_stops_the_approval(session: Session) -> None:
    user = sign_up(session)
    make_body(session).uscc = CODE
    with pytest.raises(Invalid) as refused:
        organisations.open_organisation(
            session,
            grants_of(session, user.id)["body_pending"] or 0,
            SIGNING_UP | {"kind": "other"},
            clock.now(),
            Actor(1, "", "reviewer"),
            "",
        )
    assert refused.value.fields.keys() == {"uscc"}


def test_a_colleague_gets_an_initial_password(session: Session, admin: Actor) -> None:
    user, password = staff.invite(session, admin, "白露", "bai.lu", "body_staff", clock.now())
    assert user.must_change_password
    assert passwords.verify(user.password_hash, password)
    assert [one.name for one in staff.staff_of(session, admin.organisation_id or 0)] == [
        "bai",
        "白露",
    ]


def test_initial_passwords_keep_the_rule_and_differ() -> None:
    made = {staff.initial_password() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        passwords.check_rule(one)


def test_nobody_of_another_organisation_is_a_colleague(session: Session, admin: Actor) -> None:
    other = make_user(session, "far", "body_staff", make_body(session, "别的机构"))
    for attempt in (
        lambda: staff.colleague(session, admin, other.id),
        lambda: staff.end(session, admin, other.id, clock.now(), "x"),
        lambda: staff.set_role(session, admin, other.id, "body_admin", clock.now()),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_the_last_administrator_stays(session: Session, admin: Actor) -> None:
    with pytest.raises(Conflict):
        staff.end(session, admin, admin.user_id or 0, clock.now(), "离职")
    with pytest.raises(Conflict):
        staff.set_role(session, admin, admin.user_id or 0, "body_staff", clock.now())


def test_a_colleague_who_leaves_is_out_at_once(session: Session, admin: Actor) -> None:
    user, _password = staff.invite(session, admin, "白露", "bai.lu", "body_staff", clock.now())
    with pytest.raises(Invalid):
        staff.end(session, admin, user.id, clock.now(), " ")
    staff.end(session, admin, user.id, clock.now(), "离职")
    assert user.disabled_at is not None
    assert grants_of(session, user.id) == {}


def test_whose_account_is_more_than_the_organisations_is_not_reset(
    session: Session, admin: Actor
) -> None:
    user, _password = staff.invite(session, admin, "白露", "bai.lu", "body_staff", clock.now())
    assert staff.reset_password(session, admin, user, clock.now())
    grant_role(session, user.id, "reviewer", clock.now())
    with pytest.raises(Conflict):
        staff.reset_password(session, admin, user, clock.now())


def test_branches_come_and_go(session: Session, admin: Actor) -> None:
    body_id, told = admin.organisation_id or 0, {"branch_name": "北方分公司"}
    with pytest.raises(Invalid) as refused:
        organisations.add_branch(session, body_id, told, clock.now(), admin)
    assert refused.value.fields.keys() == {"branch_address"}
    told["branch_address"] = "示例路 1 号"
    branch = organisations.add_branch(session, body_id, told, clock.now(), admin)
    with pytest.raises(Invalid):
        organisations.add_branch(session, body_id, told, clock.now(), admin)
    with pytest.raises(NotFound):
        organisations.close_branch(session, body_id + 1, branch.id, clock.now(), admin)
    organisations.close_branch(session, body_id, branch.id, clock.now(), admin)
    assert organisations.branches_of(session, body_id) == []


def test_the_contact_person_is_kept_encrypted(session: Session, admin: Actor) -> None:
    told = {
        "contact_name": "陈新",
        "contact_phone": "010-66668888",
        "contact_email": "office@example.org",
        "address": "示例路 1 号",
    }
    particulars.set_contact(session, admin.organisation_id or 0, told, admin)
    stored = session.connection().exec_driver_sql("SELECT contact_phone FROM organisation").all()
    assert b"66668888" not in bytes(next(one[0] for one in stored if one[0]))
    with pytest.raises(Invalid) as refused:
        particulars.set_contact(session, admin.organisation_id or 0, {}, admin)
    assert refused.value.fields.keys() == set(told)


REGISTERED = {"name": "新名认证有限公司", "name_en": "New", "kind": "certification_body"}


def register(session: Session, admin: Actor, reason: str = "执照变更", **changes: str) -> list[str]:
    body_id, told = admin.organisation_id or 0, REGISTERED | changes
    return particulars.set_registered(session, body_id, told, reason, clock.now(), admin)


def test_a_changed_name_is_kept_with_the_day(session: Session, admin: Actor) -> None:
    body_id, today = admin.organisation_id or 0, clock.today()
    assert register(session, admin, uscc=CODE) == ["name", "name_en", "uscc"]
    assert particulars.names_since(session, body_id, today) == ["示例认证有限公司"]
    assert particulars.names_since(session, body_id, today + timedelta(days=1)) == []
    assert organisations_by_name(session)["示例认证有限公司"] == body_id  # files still say so
    (change,) = particulars.history(session, body_id)
    assert [str(label.en) for label, _before, _after in change.rows] == [
        "Name",
        "English name",
        "USCC",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"name": "别的机构"}, "name"),
        ({"name": "甲"}, "name"),
        ({"uscc": "91110000600037341X"}, "uscc"),
        ({"kind": "pending"}, "kind"),
        ({"kind": "other"}, "kind"),
        ({"name": "示例认证有限公司", "name_en": "Sample"}, "name"),
    ],
)
def test_what_cannot_be_registered_is_told_at_its_field(
    session: Session, admin: Actor, changes: dict[str, str], field: str
) -> None:
    make_body(session, "别的机构")
    people.person(session, 9, organisation_id=admin.organisation_id)
    with pytest.raises(Invalid) as refused:
        register(session, admin, **changes)
    assert field in refused.value.fields
    assert particulars.history(session, admin.organisation_id or 0) == []


def new_auditor(number: int = 50, name: str = "许听澜") -> NewPerson:
    return NewPerson(
        name=name, document_type="resident_id", document_number=resident_number(number)
    )


def test_a_new_auditor_gets_an_account(session: Session, admin: Actor) -> None:
    person, password = auditors.add(session, admin, new_auditor(), "xu.tl", clock.now())
    assert person.organisation_id == admin.organisation_id
    user = session.get_one(User, person.user_id)
    assert user.must_change_password
    assert passwords.verify(user.password_hash, password or "")
    assert list(grants_of(session, user.id)) == ["applicant"]


def test_somebody_of_the_earlier_system_joins_with_a_new_account(
    session: Session, admin: Actor
) -> None:
    person = people.person(session, 50, None, name="许听澜")
    added, password = auditors.add(session, admin, new_auditor(), "xu.tl", clock.now())
    assert added is person
    assert password
    assert person.organisation_id == admin.organisation_id
    assert [one.kind for one in notices_of(session, person.user_id or 0)] == ["practising_body"]


def test_who_practises_elsewhere_has_to_transfer(session: Session, admin: Actor) -> None:
    user = make_user(session, "free", "applicant")
    make_person(session, user, 50, make_body(session, "别的机构"))
    with pytest.raises(Invalid) as refused:
        auditors.add(session, admin, new_auditor(name="free"), "", clock.now())
    assert "转换执业机构" in refused.value.message.zh


def test_who_leaves_is_told_why_and_out_of_reach(session: Session, admin: Actor) -> None:
    person, _password = auditors.add(session, admin, new_auditor(), "xu.tl", clock.now())
    with pytest.raises(Invalid):
        auditors.leave(session, admin, person.id, "", clock.now())
    auditors.leave(session, admin, person.id, "合同到期", clock.now())
    assert "合同到期" in notices_of(session, person.user_id or 0)[0].text["zh"]
    with pytest.raises(NotFound):
        auditors.issue_passwords(session, admin, [person.id], clock.now())


def test_many_accounts_share_no_usable_password(session: Session, admin: Actor) -> None:
    people = {f"auditor{n}": new_auditor(50 + n, f"人员{n}") for n in range(3)}
    auditors.open_accounts(session, admin, people, clock.now())
    made = list(session.scalars(select(User).where(User.login_name.in_(people))))
    assert len(made) == 3
    assert not any(passwords.verify(one.password_hash, "nobody has this password") for one in made)
    assert session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == made[0].id)).all() == [
        "applicant"
    ]
