"""A change of personal data: asked for, looked at side by side, decided, and every other way."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from certflow.accounts.changes import particulars
from certflow.accounts.models import User
from certflow.background import fire_due_timers
from certflow.cases import operations
from certflow.cases.errors import NotNow
from certflow.cases.registry import exhibits
from certflow.cases.turn import Turn
from certflow.cases.versions import loaded
from certflow.core import audit, clock
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.outbox import OutboxItem
from certflow.demo.filings import Change
from certflow.personnel.queries import certificate_view
from factories.cast import START
from factories.filings import Desk, make_desk

NEW = {
    "name": "林之夏",
    "pinyin": "LIN Zhixia",
    "household": "示例省样例市南屿区",
    "employer": "新单位",
}


@pytest.fixture
def desk(session: Session) -> Desk:
    clock.freeze(START)
    made = make_desk(session, "profile_change")
    made.person.highest_degree, made.person.pinyin = "bachelor", "LIN"
    return made


@pytest.fixture
def change(desk: Desk) -> Change:
    return desk.change(**NEW).begin()


def shown(change: Change) -> dict[str, tuple[str, str]]:
    """What the exhibit says: before and after, by what it is called."""
    case = change.case
    turn = Turn(change.session, case, change.reviewer, loaded(change.session, case.version_id))
    turn.restore()
    table = exhibits["profile_change.before_after"](turn.step())
    rows = table.rows if table else ()
    return {row[0].zh: (row[1].zh, row[2].zh) for row in rows}


def opened(change: Change) -> dict[str, object]:
    from certflow.cases.worksheet import open_worksheet

    task = change.tasks("apply")[0]
    return open_worksheet(change.session, change.applicant, task.id, "zh").data


def test_the_form_opens_with_what_is_known(desk: Desk, change: Change) -> None:
    known = opened(change)
    assert known["name"] == "lin"
    assert known["highest_degree"] == "bachelor"
    assert known["birth_date"] == "1990-03-07"


def test_an_approved_change_is_written_at_once(desk: Desk, change: Change) -> None:
    change.apply().review()
    assert desk.person.name == "lin"
    change.approve()
    assert change.case.outcome == "changed"
    assert {name: particulars(desk.person)[name] for name in NEW} == NEW


def test_the_account_goes_by_the_new_name(session: Session, desk: Desk, change: Change) -> None:
    change.apply().review().approve()
    assert session.get_one(User, desk.applicant.user_id).name == NEW["name"]


def test_certificates_show_the_new_name_and_are_made_again(
    session: Session, desk: Desk, change: Change
) -> None:
    change.apply().review().approve()
    view = certificate_view(session, desk.certificate.id, clock.today())
    assert view is not None
    assert view.name == NEW["name"]
    effects = session.scalars(select(OutboxItem).where(OutboxItem.kind == "certificate_pdf"))
    assert [one.payload["certificate_id"] for one in effects] == [desk.certificate.id]


def test_what_no_certificate_shows_makes_no_paper(session: Session, desk: Desk) -> None:
    desk.change(employer="新单位").begin().apply().review().approve()
    effects = select(OutboxItem).where(OutboxItem.kind == "certificate_pdf")
    assert session.scalars(effects).all() == []


def test_before_and_after_stand_side_by_side(change: Change) -> None:
    change.apply()
    assert shown(change)["姓名"] == ("lin", "林之夏")
    assert "最高学历" not in shown(change)


def test_they_still_stand_there_after_the_decision(change: Change) -> None:
    change.apply().review().approve()
    assert shown(change)["姓名"] == ("lin", "林之夏")


def test_something_has_to_differ(desk: Desk, change: Change) -> None:
    with pytest.raises(Invalid) as refused:
        change.apply(**particulars(desk.person))
    assert "没有需要变更" in refused.value.fields["name"].zh


def test_a_birth_date_has_to_be_the_documents(desk: Desk, change: Change) -> None:
    with pytest.raises(Invalid) as refused:
        change.apply(birth_date="1991-03-07")
    assert "birth_date" in refused.value.fields


def test_who_has_a_passport_may_correct_the_birth_date(desk: Desk, change: Change) -> None:
    desk.person.document_type, desk.person.document_number = "passport", "E00000001"
    change.apply(birth_date="1991-03-07").review().approve()
    assert desk.person.birth_date.isoformat() == "1991-03-07"


def test_nobody_is_born_tomorrow(desk: Desk, change: Change) -> None:
    desk.person.document_type, desk.person.document_number = "passport", "E00000001"
    with pytest.raises(Invalid) as refused:
        change.apply(birth_date="2030-01-01")
    assert "birth_date" in refused.value.fields


def test_evidence_is_needed(change: Change) -> None:
    with pytest.raises(Invalid) as refused:
        change.apply(files=[])
    assert "files" in refused.value.fields


def test_what_was_left_alone_is_left_alone(desk: Desk, change: Change) -> None:
    """Another decision may have changed it meanwhile."""
    change.apply()
    desk.person.highest_degree = "master"
    change.review().approve()
    assert desk.person.highest_degree == "master"


def test_one_change_at_a_time(desk: Desk, change: Change) -> None:
    change.apply()
    with pytest.raises(NotNow):
        desk.change().begin()


def test_of_two_drafts_one_is_submitted(desk: Desk, change: Change) -> None:
    second = desk.change(name="林秋").begin()
    change.apply()
    with pytest.raises(Invalid) as refused:
        second.apply()
    assert "正在办理" in refused.value.fields["name"].zh


def test_the_trail_has_it_masked(session: Session, desk: Desk, change: Change) -> None:
    change.apply().review().approve()
    event = audit.events(session, f"person/{desk.person.id}")[-1]
    assert event.action == "person.changed"
    assert (event.before["name"], event.after["name"]) == ("l**", "林**")
    said = str(event.before) + str(event.after)
    assert not any(value in said for value in NEW.values())


def test_the_database_has_it_encrypted(session: Session, desk: Desk, change: Change) -> None:
    change.apply().review().approve()
    session.flush()
    rows = session.execute(text("SELECT household FROM person")).scalars().all()
    rows += session.execute(text("SELECT before FROM profile_change")).scalars().all()
    assert not any(NEW["household"].encode() in bytes(row) for row in rows if row)


def test_it_is_returned_and_amended(change: Change) -> None:
    change.apply().review("return")
    assert change.case.stages == ["amend"]
    change.amend(employer="另一家单位")
    assert shown(change)["工作单位"] == ("未填", "另一家单位")
    assert change.case.stages == ["review"]


@pytest.mark.parametrize(("days", "outcome"), [(15, None), (16, "not_amended")])
def test_what_is_not_amended_in_time_is_closed(
    session: Session, change: Change, days: int, outcome: str | None
) -> None:
    change.apply().review("return")
    session.commit()
    clock.move(timedelta(days=days))
    fire_due_timers()
    assert change.case.outcome == outcome


def test_the_approver_sends_it_back_or_refuses(desk: Desk, change: Change) -> None:
    change.apply().review().approve("return")
    assert change.case.stages == ["review"]
    change.review("refuse").approve("refuse")
    assert change.case.outcome == "refused"
    assert desk.person.name == "lin"


def test_the_applicant_withdraws(session: Session, desk: Desk, change: Change) -> None:
    change.apply()
    operations.withdraw(session, desk.applicant, change.case_id, "不改了", None)
    assert change.case.outcome == "withdrawn"
