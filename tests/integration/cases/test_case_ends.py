"""What is left when a case ends early: its chain, its order, its money."""

from certflow.cases import operations
from certflow.core import audit, clock
from certflow.core.incidents import open_incidents
from certflow.payments.operations import Payment, mark_paid
from certflow.payments.queries import order_of_case


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
