"""Erasure of personal data: what goes, what stays, and what stands in its way (issue 5 §1)."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from certflow.accounts.held import NOBODY
from certflow.accounts.models import Person, User
from certflow.accounts.queries import grants_of, person_by_document
from certflow.accounts.sign_in import verify
from certflow.cases import operations
from certflow.cases.errors import NotNow
from certflow.cases.models import Answer, Case
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.demo.quarrels import Walk
from certflow.notifications.queries import notices_of
from certflow.personnel.library import add_record
from certflow.personnel.models import Certificate
from certflow.personnel.queries import records_of
from factories.actors import actor, make_person, make_user
from factories.cast import START, publish_shipped
from factories.filings import certify
from factories.people import PASSWORD, resident_number
from factories.people import body as make_body


@dataclass(kw_only=True)
class Erasure(Walk):
    """Somebody who wants to be forgotten, and who decides."""

    person: Actor
    admin: Actor

    def ask(self) -> "Erasure":
        self.case_id = operations.start_case(self.session, self.person, "data_erasure").id
        self.do("apply", self.person, {"understood": True}, "submit")
        return self

    def decide(self, outcome: str = "approve", words: str = "") -> "Erasure":
        self.do("decide", self.admin, {"opinion": words}, outcome)
        return self

    @property
    def user(self) -> User:
        return self.session.get_one(User, self.person.user_id)

    @property
    def file(self) -> Person:
        return self.session.get_one(Person, self.person.person_id)


@pytest.fixture
def erasure(session: Session) -> Erasure:
    clock.freeze(START)
    publish_shipped(session, "data_erasure", "feedback")
    user = make_user(session, "lin", "applicant")
    person = make_person(session, user, 1, None)
    person.household = "示例省样例市"
    admin = actor(make_user(session, "admin", "system_admin"), "system_admin")
    return Erasure(session=session, person=actor(user, "applicant", person=person), admin=admin)


def test_who_never_held_a_certificate_is_nobody_afterwards(erasure: Erasure) -> None:
    erasure.ask().decide()
    assert erasure.case.outcome == "erased"
    user, person = erasure.user, erasure.file
    assert (user.name, person.name, person.document_number) == (NOBODY, NOBODY, "")
    assert (user.email, person.phone, person.household) == (None, None, None)
    assert person.erased_at is not None
    assert person_by_document(erasure.session, "resident_id", resident_number(1)) is None


def test_the_account_is_closed_for_good(erasure: Erasure) -> None:
    erasure.ask().decide()
    assert grants_of(erasure.session, erasure.user.id) == {}
    assert erasure.user.disabled_at is not None
    assert verify(erasure.session, "lin", PASSWORD, clock.now(), "127.0.0.1") is None


def test_the_register_goes_on_naming_who_held_a_certificate(erasure: Erasure) -> None:
    certificate = certify(erasure.session, erasure.file, make_body(erasure.session))
    certificate.state = "cancelled"
    erasure.ask().decide()
    assert erasure.file.name == "lin"
    assert erasure.file.document_number == resident_number(1)
    assert erasure.file.phone is None
    assert erasure.session.scalars(select(Certificate)).one().person_id == erasure.file.id


def test_records_never_used_drafts_and_notices_go_the_rest_stays(erasure: Erasure) -> None:
    session, person_id = erasure.session, erasure.person.person_id or 0
    used = add_record(session, person_id, "education", {"school": "甲"}, clock.now())
    add_record(session, person_id, "education", {"school": "乙"}, clock.now())
    sure = add_record(
        session, person_id, "audit", {}, clock.now(), source="platform", verified=True
    )
    filed = operations.start_case(session, erasure.person, "feedback")
    operations.start_case(session, erasure.person, "feedback")
    session.add(
        Answer(
            case_id=filed.id,
            form="file",
            task_form="file",
            data={"education": [{"source": str(used.id), "school": "甲"}]},
            actor_id=erasure.person.user_id,
            actor_role="applicant",
            at=clock.now(),
        )
    )
    filed.state = "closed"
    erasure.ask().decide()
    assert {one.id for one in records_of(session, person_id)} == {used.id, sure.id}
    mine = select(Case.id).where(Case.applicant_id == erasure.person.user_id)
    assert set(session.scalars(mine)) == {filed.id, erasure.case_id}
    assert notices_of(session, erasure.person.user_id or 0) == []
    trail = audit.events(session, f"user/{erasure.person.user_id}")
    assert "account.erased" in [one.action for one in trail]


def test_a_certificate_in_force_stands_in_the_way(erasure: Erasure) -> None:
    certify(erasure.session, erasure.file, make_body(erasure.session))
    with pytest.raises(NotNow) as refused:
        erasure.ask()
    assert "证书注销" in refused.value.message.zh


def test_an_open_case_stands_in_the_way_of_granting_it_too(erasure: Erasure) -> None:
    erasure.ask()
    operations.start_case(erasure.session, erasure.person, "feedback").state = "open"
    with pytest.raises(Invalid) as refused:
        erasure.decide()
    assert refused.value.fields.keys() == {"opinion"}
    assert erasure.user.name == "lin"


def test_one_request_at_a_time(erasure: Erasure) -> None:
    erasure.ask()
    with pytest.raises(NotNow):
        erasure.ask()


def test_a_refusal_says_why_and_leaves_everything(erasure: Erasure) -> None:
    with pytest.raises(Invalid):
        erasure.ask().decide("refuse")
    erasure.decide("refuse", "有申诉正在准备。")
    assert erasure.case.outcome == "refused"
    assert erasure.user.disabled_at is None
    assert "refused" in [one.kind for one in notices_of(erasure.session, erasure.user.id)]
