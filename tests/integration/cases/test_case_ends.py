"""What is left when a case ends early: its chain, its order, its money."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from certflow.accounts.models import Organisation
from certflow.cases import operations
from certflow.core import audit, clock
from certflow.core.incidents import open_incidents
from certflow.core.outbox import OutboxItem
from certflow.demo import records
from certflow.demo.story import Story
from certflow.notifications.models import Notice
from certflow.payments.operations import (
    InvoiceChoice,
    Payment,
    choose_invoice,
    mark_paid,
    merge_orders,
    start_checkout,
    submit_voucher,
)
from certflow.payments.queries import order_of_case
from factories.actors import actor, make_person, make_user


def to_payment(story):
    return story.begin().choose().apply().pre_review()


def test_a_deleted_draft_leaves_its_chain_and_the_next_case_has_its_own(session, story) -> None:
    gone = story.begin().case_id
    operations.delete_draft_case(session, story.cast.applicant, gone)
    assert story.begin().case_id != gone
    assert [one.action for one in audit.events(session, f"case/{gone}")][-1] == "case.deleted"
    assert audit.verify(session, f"case/{gone}") == []


def test_a_withdrawn_case_cannot_be_paid_any_more(session, story) -> None:
    to_payment(story)
    operations.withdraw(session, story.cast.applicant, story.case_id, "不办了", None)
    assert order_of_case(session, story.case_id).state == "closed"


def test_money_that_comes_for_a_withdrawn_case_is_shown_to_finance(session, story) -> None:
    order = order_of_case(session, to_payment(story).case_id)
    operations.withdraw(session, story.cast.applicant, story.case_id, "不办了", None)
    payment = Payment("online", "T1", order.amount_fen, "CNY", clock.now())
    assert mark_paid(session, order.id, payment) == "accepted"
    assert "payment.case_closed" in {one.kind for one in open_incidents(session)}


@pytest.fixture
def three(session, story) -> list[Story]:
    """Three colleagues whose fees their body pays in one order."""
    body = session.get_one(Organisation, story.cast.staff.organisation_id)
    found = []
    for number in (51, 52, 53):
        user = make_user(session, f"colleague{number}", "applicant")
        person = make_person(session, user, number, body)
        records.fill_library(session, person.id, user.id, "QMS", body=body.name)
        records.pass_exams(session, person.id, "QMS")
        cast = replace(story.cast, applicant=actor(user, "applicant", person=person))
        found.append(to_payment(Story(session, cast, payer="organisation")))
    orders = [order_of_case(session, one.case_id).id for one in found]
    merge_orders(session, orders, body.id, clock.now(), story.cast.staff)
    return found


def withdraw(story: Story) -> None:
    operations.withdraw(story.session, story.cast.applicant, story.case_id, "不办了", None)


def paid(session, order, name: str = "T1") -> str:
    return mark_paid(
        session, order.id, Payment("online", name, order.amount_fen, "CNY", clock.now())
    )


def kinds(session) -> set[str]:
    return {one.kind for one in open_incidents(session)}


def test_a_withdrawn_case_leaves_the_order_that_pays_for_several(session, three) -> None:
    old = order_of_case(session, three[0].case_id)
    choose_invoice(session, old.id, InvoiceChoice("none"), clock.now(), three[0].cast.staff)
    withdraw(three[0])
    rest = order_of_case(session, three[1].case_id)
    assert (old.state, old.replaced_by_id) == ("closed", rest.id)
    assert rest.case_ids == [three[1].case_id, three[2].case_id]
    assert rest.amount_fen == sum(line.amount_fen for line in rest.lines) < old.amount_fen
    told = session.scalars(select(Notice).where(Notice.link == f"/orders/{rest.number}")).one()
    assert told.user_id == three[0].cast.staff.user_id
    assert paid(session, rest) == "accepted"
    assert [one.tasks("accept") != [] for one in three] == [False, True, True]
    assert kinds(session) == set()


def test_when_the_last_case_leaves_an_order_nothing_is_left_to_pay(session, three) -> None:
    for one in three:
        withdraw(one)
    assert order_of_case(session, three[2].case_id).state == "closed"


def test_money_on_its_way_for_the_old_order_pays_those_who_stay(session, three) -> None:
    old = order_of_case(session, three[0].case_id)
    start_checkout(session, old.id, "http://localhost/", clock.now())
    withdraw(three[0])
    closings = select(OutboxItem.dedupe_key).where(OutboxItem.kind == "payment.close")
    assert session.scalars(closings).all() == [f"close/{old.id}"]
    rest = order_of_case(session, three[1].case_id)
    assert paid(session, old) == "accepted"
    assert (old.state, rest.state, rest.replaced_by_id) == ("paid", "closed", old.id)
    assert [one.tasks("accept") != [] for one in three] == [False, True, True]
    assert kinds(session) == {"payment.late", "payment.case_closed"}
    assert order_of_case(session, three[1].case_id) is old


def test_money_for_the_old_order_after_the_rest_was_paid_is_a_second_payment(
    session, three
) -> None:
    old = order_of_case(session, three[0].case_id)
    withdraw(three[0])
    assert paid(session, order_of_case(session, three[1].case_id)) == "accepted"
    assert paid(session, old, "T2") == "unmatched"
    assert kinds(session) == {"payment.unmatched"}


def test_an_order_whose_voucher_finance_is_checking_stays_as_it_is(session, three) -> None:
    old, staff = order_of_case(session, three[0].case_id), three[0].cast.staff
    file_id = records.evidence_file(session, staff.user_id, "employment")
    submit_voucher(session, old.id, file_id, "", clock.now(), staff)
    withdraw(three[0])
    assert order_of_case(session, three[1].case_id) is old
    assert (old.state, len(old.lines)) == ("created", 3)
