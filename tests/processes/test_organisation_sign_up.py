"""The sign-up of an organisation, from a public page to its first administrator (A7)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from certflow.accounts import organisations
from certflow.accounts.models import Organisation
from certflow.accounts.queries import grants_of
from certflow.background import fire_due_timers
from certflow.cases import operations, queries
from certflow.cases.errors import NotNow
from certflow.cases.registry import exhibits
from certflow.cases.scope import is_applicant
from certflow.cases.turn import Turn
from certflow.cases.versions import loaded
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid, NotFound
from certflow.core.text import Text
from certflow.demo.quarrels import Walk
from certflow.notifications.queries import notices_of
from factories.actors import actor, make_user
from factories.cast import START, publish_shipped
from factories.people import PASSWORD
from factories.people import body as make_body

CODE = "91110000600037341L"
NAME = "新认证有限公司"


@dataclass(kw_only=True)
class SignUp(Walk):
    """An organisation signs up; staff decides."""

    person: Actor
    reviewer: Actor

    def begin(self) -> "SignUp":
        self.case_id = operations.start_case(
            self.session, self.person, "organisation_sign_up", given={"name": NAME, "uscc": CODE}
        ).id
        return self

    def file(self, **changes: Any) -> "SignUp":
        told = {
            "name": NAME,
            "uscc": CODE,
            "kind": "certification_body",
            "licence": [self.upload(self.person, "营业执照.pdf")],
            "address": "示例市示例路 1 号",
            "contact_name": "陈新",
            "contact_phone": "010-66668888",
            "contact_email": "office@example.org",
            "truthful": True,
        }
        element = self.case.stages[0]
        self.do(element, self.person, told | changes, "submit")
        return self

    def review(self, outcome: str = "approve", words: str = "") -> "SignUp":
        self.do("review", self.reviewer, {"opinion": words}, outcome)
        return self


@pytest.fixture
def sign_up(session: Session) -> SignUp:
    clock.freeze(START)
    publish_shipped(session, "organisation_sign_up")
    return SignUp(session=session, person=newcomer(session), reviewer=reviewer(session)).begin()


def newcomer(session: Session, login: str = "chen.xin") -> Actor:
    told = {"name": NAME, "uscc": CODE, "contact_name": "陈新"}
    new = organisations.SigningUp(**told, login_name=login, password=PASSWORD)
    user = organisations.sign_up(session, new, clock.now())
    body = session.get_one(Organisation, grants_of(session, user.id)["body_pending"])
    return actor(user, "body_pending", body)


def reviewer(session: Session) -> Actor:
    return actor(make_user(session, "gu.nanqiao", "reviewer"), "reviewer")


def test_an_approved_organisation_has_its_first_administrator(sign_up: SignUp) -> None:
    sign_up.file().review()
    assert sign_up.case.outcome == "opened"
    body = sign_up.session.get_one(Organisation, sign_up.person.organisation_id)
    assert (body.name, body.uscc, body.contact_phone) == (NAME, CODE, "010-66668888")
    assert grants_of(sign_up.session, sign_up.person.user_id or 0) == {"body_admin": body.id}
    admin = Actor(sign_up.person.user_id, "", "body_admin", organisation_id=body.id)
    assert is_applicant(admin, queries.get_case(sign_up.session, admin, sign_up.case_id))
    assert "opened" in [one.kind for one in notices_of(sign_up.session, admin.user_id or 0)]


def test_the_title_names_the_organisation(sign_up: SignUp) -> None:
    assert Text.read(sign_up.file().case.title).zh == f"机构入驻，{NAME}"


def test_the_account_sees_its_own_case_alone(sign_up: SignUp) -> None:
    sign_up.file()
    other = newcomer(sign_up.session, "other")
    assert queries.get_case(sign_up.session, sign_up.person, sign_up.case_id)
    with pytest.raises(NotFound):
        queries.get_case(sign_up.session, other, sign_up.case_id)


def test_one_application_at_a_time(sign_up: SignUp) -> None:
    with pytest.raises(NotNow):
        sign_up.begin()


@pytest.mark.parametrize("wrong", ["91110000600037341X", "9111000060003734IL"])
def test_a_wrong_code_is_told_at_its_field(sign_up: SignUp, wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        sign_up.file(uscc=wrong)
    assert refused.value.fields.keys() == {"uscc"}


def test_a_code_that_is_here_is_refused_and_shown_to_staff(sign_up: SignUp) -> None:
    sign_up.file()
    make_body(sign_up.session, "新认证中心").uscc = CODE
    turn = Turn(
        sign_up.session,
        sign_up.case,
        sign_up.reviewer,
        loaded(sign_up.session, sign_up.case.version_id),
    )
    turn.restore()
    table = exhibits["organisation_sign_up.known"](turn.step())
    assert table is not None
    assert [row[0].zh for row in table.rows] == ["新认证中心"]
    with pytest.raises(Invalid) as refused:
        sign_up.review()
    assert refused.value.fields.keys() == {"opinion"}
    assert sign_up.review("refuse", "该机构已入驻。").case.outcome == "refused"


def test_a_returned_one_is_mended_and_approved(sign_up: SignUp) -> None:
    sign_up.file().review("return", "请上传清晰的执照。")
    assert sign_up.case.stages == ["amend"]
    sign_up.file(name_en="New Certification").review()
    body = sign_up.session.get_one(Organisation, sign_up.person.organisation_id)
    assert body.name_en == "New Certification"


def test_what_is_not_mended_in_time_is_closed_and_can_be_filed_again(sign_up: SignUp) -> None:
    sign_up.file().review("return", "请上传清晰的执照。")
    sign_up.session.commit()
    clock.move(timedelta(days=16))
    fire_due_timers()
    assert sign_up.case.outcome == "not_amended"
    assert sign_up.begin().file().review().case.outcome == "opened"


@pytest.mark.parametrize("outcome", ["return", "refuse"])
def test_nothing_is_refused_without_a_word(sign_up: SignUp, outcome: str) -> None:
    with pytest.raises(Invalid) as refused:
        sign_up.file().review(outcome)
    assert "opinion" in refused.value.fields
