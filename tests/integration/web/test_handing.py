"""Whom a task can be handed to: people of the body it waits for, whoever's case it is (B6, D4)."""

import pytest

from certflow.accounts.operations import grant_role
from certflow.cases import assignment, operations
from certflow.cases.models import Case
from certflow.core import clock
from factories.actors import make_user
from factories.dispute import Dispute, publish_dispute

CLERK = "clerk.mei"


@pytest.fixture
def house(session) -> Dispute:
    publish_dispute(session, conceals_applicant=True)
    return Dispute(session)


@pytest.fixture
def statement(session, house):
    """A statement that a body owes; whoever complained is one of its own people."""
    grant_role(
        session,
        house.applicant.user_id,
        "body_staff",
        clock.now(),
        organisation_id=house.other.id,
    )
    house.file(accused="", accused_body=str(house.other.id))
    house.do("disclose", house.reviewer, marker=str(house.expert.user_id)).do("check", house.staff)
    return house.task("state")


@pytest.fixture
def admin(session, browse):
    make_user(session, "guan", "process_admin")
    return browse("guan")


def number_of(session, house) -> str:
    return str(session.get_one(Case, house.case_id).number)


def test_a_task_is_offered_to_the_body_it_waits_for(session, house, browse) -> None:
    """Not to the body of the case: in a transfer those are two (D2)."""
    make_user(session, CLERK, "body_staff", house.other)
    house.file(body=str(house.other.id))
    house.do("disclose", house.reviewer, marker=str(house.expert.user_id))
    page = browse("others").get(f"/tasks/{house.task('check').id}/reassign").text
    assert CLERK in page
    assert "colleague" not in page


def test_a_body_hands_its_statement_to_a_colleague(session, house, statement, browse) -> None:
    clerk = make_user(session, CLERK, "body_staff", house.other)
    browser, address = browse("others"), f"/tasks/{statement.id}/reassign"
    assert CLERK in browser.get(address).text
    answer = browser.post(address, user_id=str(clerk.id), reason="出差")
    assert answer.status_code == 303
    assert browser.get(answer.headers["Location"]).status_code == 200
    assert house.task("state").assignee_id == clerk.id


def test_no_gap_in_the_list_tells_which_colleague_complained(statement, browse) -> None:
    page = browse("others").get(f"/tasks/{statement.id}/reassign").text
    assert ">applicant<" in page


def test_what_an_organisation_files_goes_on_without_who_began_it(session, house) -> None:
    case = operations.start_case(session, house.staff, "dispute")
    house.case_id = case.id
    offered = assignment.candidates(session, house.task("file"))
    assert [one.name for one in offered] == ["colleague"]


def test_an_administrator_finds_what_waits_for_the_other_party(
    session, house, statement, admin
) -> None:
    number = number_of(session, house)
    assert number in admin.get(f"/admin/tasks?q={number}").text
    assert admin.get(f"/admin/tasks/{statement.id}").status_code == 200


def test_a_persons_own_statement_is_handed_to_nobody(session, house, admin) -> None:
    task = house.to_statement().task("state")
    assert admin.get(f"/admin/tasks?q={number_of(session, house)}").status_code == 200
    assert admin.get(f"/admin/tasks/{task.id}").status_code == 404


def test_an_administrator_complained_of_does_not_find_the_complaint(session, house, browse) -> None:
    grant_role(session, house.accused.user_id, "process_admin", clock.now())
    browser = browse("accused")
    browser.post("/role", role="process_admin")
    house.file()
    task = house.task("disclose")
    assert number_of(session, house) not in browser.get("/admin/tasks?q=纠纷").text
    assert browser.get(f"/admin/tasks/{task.id}").status_code == 404
