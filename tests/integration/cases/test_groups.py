"""An organisation files for many of its people in one go (D1)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from certflow.accounts.operations import remove_role
from certflow.cases import group_rows, groups, operations, subjects, versions
from certflow.cases.group_models import GroupFiling
from certflow.cases.group_rows import file_row
from certflow.cases.turn import Turn
from certflow.core import clock, outbox
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.notifications.queries import notices_of
from certflow.personnel.models import Certificate
from certflow.personnel.operations import set_certificate_state
from factories.actors import actor, make_person, make_user
from factories.confirming import (
    DECLARATION,
    SERVICE,
    Confirming,
    cases,
    certify,
    make_confirming,
)
from factories.people import body as make_body

TODAY = date(2026, 11, 20)


@pytest.fixture
def story(session: Session) -> Confirming:
    return make_confirming(session, TODAY)


@pytest.fixture
def others(story: Confirming) -> list[Certificate]:
    """Two colleagues of the holder whose confirmation is due, and one whose is not."""
    session, found = story.session, []
    for number, days in ((2, 300), (3, 400), (4, 100)):
        user = make_user(session, f"colleague{number}", "applicant")
        person = make_person(session, user, number, story.body)
        found.append(certify(session, person.id, story.body, TODAY - timedelta(days=days)))
    return found


@pytest.fixture
def filing(story: Confirming, others: list[Certificate]) -> GroupFiling:
    values = [one.value for one in groups.subjects_of(story.session, story.staff, SERVICE)]
    return groups.prepare(story.session, story.staff, SERVICE, values)


def relay(session: Session) -> None:
    session.commit()
    outbox.relay(500)
    session.expire_all()


def results(story: Confirming, filing: GroupFiling) -> list[tuple[str, bool]]:
    rows = groups.rows_of(story.session, filing)
    return [(row.state, number is not None) for row, number in rows]


def test_the_people_of_the_body_stand_there_with_why_not(
    story: Confirming, others: list[Certificate]
) -> None:
    found = groups.subjects_of(story.session, story.staff, SERVICE)
    due = {one.name for one in found if one.blocked is None}
    assert due == {"lin", "colleague2", "colleague3"}
    late = next(one for one in found if one.name == "colleague4")
    assert late.blocked is not None
    assert "办理期是" in late.blocked.zh


def test_another_body_has_other_people(story: Confirming) -> None:
    other = make_body(story.session, "星河样例认证有限公司")
    user = make_user(story.session, "chen", "body_staff", other)
    assert not groups.subjects_of(story.session, actor(user, "body_staff", other), SERVICE)


def test_only_who_can_be_filed_for_is_taken(story: Confirming, filing: GroupFiling) -> None:
    names = [row.name for row, _number in groups.rows_of(story.session, filing)]
    assert sorted(names) == ["colleague2", "colleague3", "lin"]


def test_everybody_gets_a_case(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    relay(story.session)
    assert results(story, filing) == [("filed", True)] * 3
    assert [one.stages for one in cases(story.session)] == [["decide"]] * 3
    assert {one.applicant_organisation_id for one in cases(story.session)} == {story.body.id}


def test_who_began_it_is_told_the_end_once(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    relay(story.session)
    notices = notices_of(story.session, story.staff.user_id or 0)
    ended = [one for one in notices if one.kind == "group_filing.finished"]
    assert [one.text["zh"] for one in ended] == [
        "“年度确认申请”批量办理完成：提交 3 件，未提交 0 件。"
    ]


def test_one_may_differ_from_the_others(story: Confirming, filing: GroupFiling) -> None:
    from certflow.cases.queries import latest_answer

    rows = [row for row, _number in groups.rows_of(story.session, filing)]
    own = {str(rows[0].id): {"complaints": True, "remark": "一件投诉，已查实不成立"}}
    groups.submit(story.session, story.staff, filing.id, DECLARATION, own)
    relay(story.session)
    said = [latest_answer(story.session, one.id, "apply") for one in cases(story.session)]
    assert [one.data["complaints"] for one in said if one] == [True, False, False]


def test_a_wrong_answer_stops_all_of_it_before_anything_is_filed(
    story: Confirming, filing: GroupFiling
) -> None:
    rows = [row for row, _number in groups.rows_of(story.session, filing)]
    own = {str(rows[1].id): {"complaints": True}}
    with pytest.raises(Invalid) as refused:
        groups.submit(story.session, story.staff, filing.id, DECLARATION, own)
    assert list(refused.value.fields) == [f"{rows[1].id}/remark"]
    with pytest.raises(Invalid) as again:
        groups.submit(story.session, story.staff, filing.id, {}, {})
    assert "complaints" in again.value.fields


def test_a_row_is_never_filed_twice(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    relay(story.session)
    for row, _number in groups.rows_of(story.session, filing):
        file_row(story.session, {"row_id": row.id})
    assert len(cases(story.session)) == 3


def test_a_process_that_dies_in_the_middle_has_filed_nothing(
    story: Confirming, filing: GroupFiling, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    with monkeypatch.context() as broken:
        broken.setattr(group_rows, "_tell_the_end", lambda *_: 1 / 0)
        relay(story.session)
    assert results(story, filing) == [("waiting", False)] * 3
    assert cases(story.session) == []
    clock.move(timedelta(minutes=10))
    relay(story.session)
    assert results(story, filing) == [("filed", True)] * 3
    assert len(cases(story.session)) == 3


def test_it_is_submitted_once(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    with pytest.raises(Conflict):
        groups.submit(story.session, story.staff, filing.id, DECLARATION, {})


def test_what_was_refused_says_why_and_can_be_tried_again(
    story: Confirming, filing: GroupFiling
) -> None:
    session, certificate = story.session, story.certificate
    groups.submit(session, story.staff, filing.id, DECLARATION, {})
    set_certificate_state(session, certificate, "suspended", story.reviewer, "test")
    relay(session)
    refused = [row for row, _n in groups.rows_of(session, filing) if row.state == "refused"]
    assert [row.name for row in refused] == ["lin"]
    assert refused[0].reason is not None
    assert "已暂停" in refused[0].reason["zh"]
    set_certificate_state(session, certificate, "valid", story.reviewer, "test")
    assert groups.retry(session, story.staff, filing.id) == 1
    relay(session)
    assert results(story, filing) == [("filed", True)] * 3
    assert len(cases(session)) == 3


def test_what_somebody_filed_meanwhile_is_refused(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    story.choose().apply()
    relay(story.session)
    reasons = [row.reason for row, _n in groups.rows_of(story.session, filing) if row.reason]
    assert story.case.number in reasons[0]["zh"]


def test_nobody_files_who_left_the_organisation(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    remove_role(story.session, story.staff.user_id or 0, "body_staff")
    relay(story.session)
    assert results(story, filing) == [("refused", False)] * 3


def test_progress_is_counted(story: Confirming, filing: GroupFiling) -> None:
    before = groups.progress_of(story.session, [filing])[filing.id]
    assert (before.total, before.done, before.finished) == (3, 0, False)
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    relay(story.session)
    after = groups.progress_of(story.session, [filing])[filing.id]
    assert (after.filed, after.refused, after.finished) == (3, 0, True)


def test_what_was_prepared_can_be_thrown_away(story: Confirming, filing: GroupFiling) -> None:
    groups.discard(story.session, story.staff, filing.id)
    assert groups.filings_of(story.session, story.staff) == []


def test_another_body_does_not_find_it(story: Confirming, filing: GroupFiling) -> None:
    stranger = replace(story.staff, organisation_id=make_body(story.session, "南屿").id)
    for action in (groups.retry, groups.discard, groups.filing_of):
        with pytest.raises(NotFound):
            action(story.session, stranger, filing.id)


def test_an_applicant_cannot_file_for_many(story: Confirming) -> None:
    with pytest.raises(NotFound):
        groups.subjects_of(story.session, story.holder, SERVICE)


def test_a_withdrawn_one_can_be_filed_again(story: Confirming, filing: GroupFiling) -> None:
    groups.submit(story.session, story.staff, filing.id, DECLARATION, {})
    relay(story.session)
    case = cases(story.session)[0]
    operations.withdraw(story.session, story.staff, case.id, "重复", None)
    found = groups.subjects_of(story.session, story.staff, SERVICE)
    assert [one.name for one in found if one.blocked is None] != []


def test_an_organisation_is_offered_only_what_it_can_file_now(
    story: Confirming, others: list[Certificate]
) -> None:
    story.filer = story.staff
    case = operations.start_case(story.session, story.staff, SERVICE)
    loaded = versions.loaded(story.session, case.version_id)
    step = Turn(story.session, case, story.staff, loaded).step({})
    offered = subjects.offered(step)
    assert {one.value for one in offered} == {
        str(one.id) for one in (story.certificate, *others[:2])
    }
    assert sorted(one.label.zh.split("，")[0] for one in offered) == [
        "colleague2",
        "colleague3",
        "lin",
    ]
