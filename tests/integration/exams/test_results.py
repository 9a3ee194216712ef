"""Results become public at a time, count for registration, and can be re-checked in a window."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.core.holdings import Subject
from certflow.core.text import Text
from certflow.exams import held, mine, operations, publishing, queries, roster_import
from certflow.exams.models import EntrySubject
from certflow.exams.operations import NewMark, NewSession
from certflow.notifications.models import Notice
from certflow.personnel.fields import GENERAL_EXAM
from certflow.personnel.queries import exam_results_of
from certflow.processes.limits import exam_validity
from factories import exams, people
from factories.actors import actor, make_person, make_user
from factories.cast import START, publish_shipped
from factories.exams import EMS, QMS, SAT_ON, Sitting

LIN, HE = "林知夏", "何映雪"


@pytest.fixture
def office(session: Session) -> Actor:
    clock.freeze(START)
    return actor(make_user(session, "qin", "exam_office"), "exam_office")


@pytest.fixture
def sitting(session: Session, office: Actor) -> Sitting:
    return exams.two_candidates(session, exams.make_exam(session, office))


def passes(session: Session, sitting: Sitting, name: str = LIN) -> list[tuple[str, int]]:
    rows = exam_results_of(session, sitting.entries[name].person_id)
    return [(row.subject, row.score) for row in rows]


def lins(session: Session, sitting: Sitting, subject: str = QMS) -> mine.MySubject:
    found = mine.my_subjects(session, sitting.entries[LIN].person_id, clock.now())
    return found[sitting.sat[LIN, subject].id]


def open_window(session: Session, sitting: Sitting, office: Actor) -> None:
    window = (clock.now(), clock.now() + timedelta(days=10))
    operations.set_recheck(session, sitting.exam, window, office)


def settle(session: Session, sitting: Sitting, score: int, office: Actor, case: int = 7) -> None:
    operations.settle_recheck(session, sitting.sat[LIN, QMS].id, score, case, clock.now(), office)


def test_nobody_sees_a_score_before_it_is_published(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    marks = [NewMark(sitting.sat[LIN, QMS].id, 71)]
    operations.record_marks(session, sitting.exam, marks, clock.now(), office)
    assert (lins(session, sitting).state, lins(session, sitting).history) == ("waiting", ())
    assert passes(session, sitting) == []


def test_a_published_pass_counts_for_registration(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 60, (LIN, GENERAL_EXAM): 59}, office)
    assert passes(session, sitting) == [(QMS, 60)]
    assert lins(session, sitting).state == "passed"
    assert lins(session, sitting, GENERAL_EXAM).state == "failed"


def test_a_pass_tells_until_when_it_counts(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    publish_shipped(session, "registration")
    exams.give_marks(session, sitting, {(LIN, QMS): 60, (LIN, GENERAL_EXAM): 60}, office)
    person_id, validity = sitting.entries[LIN].person_id, exam_validity(session)
    found = mine.my_exams(session, person_id, clock.now(), validity)[0].subjects
    assert {one.subject: str(one.valid_until) for one in found} == {
        GENERAL_EXAM: "2031-10-17",
        QMS: "2029-10-17",
    }
    day_after = clock.now() + timedelta(days=365 * 3)
    later = mine.my_exams(session, person_id, day_after, validity)[0].subjects
    assert [one.state for one in later] == ["passed", "expired"]


def test_results_are_published_when_their_time_has_come(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    marks = [NewMark(sitting.sat[LIN, QMS].id, 71)]
    operations.record_marks(session, sitting.exam, marks, clock.now(), office)
    at = clock.now()
    publishing.schedule(session, sitting.exam, at + timedelta(hours=2), at, office)
    session.commit()
    clock.move(timedelta(hours=1))
    assert publishing.publish_due() == 0
    clock.move(timedelta(hours=1))
    assert publishing.publish_due() == 1
    assert publishing.publish_due() == 0
    assert passes(session, sitting) == [(QMS, 71)]


def test_candidates_are_told_once(session: Session, office: Actor) -> None:
    user = make_user(session, "lin", "applicant")
    person = make_person(session, user, 5, None)
    exam = exams.make_exam(session, office)
    sitting = exams.let_sit(session, exam, {LIN: (person.id, (GENERAL_EXAM, QMS))})
    exams.give_marks(session, sitting, {(LIN, QMS): 60, (LIN, GENERAL_EXAM): 59}, office)
    told = session.scalars(select(Notice).where(Notice.user_id == user.id)).all()
    assert [(one.kind, one.link) for one in told] == [("exam_results", "/my/exams")]


def test_an_exam_that_is_not_over_cannot_be_published(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    clock.freeze(SAT_ON)
    with pytest.raises(Conflict):
        exams.give_marks(session, sitting, {(LIN, QMS): 60}, office)


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [(58, 61, [(QMS, 61)]), (61, 58, []), (61, 63, [(QMS, 63)]), (58, 58, [])],
)
def test_a_re_check_changes_the_pass_as_well(
    session: Session,
    sitting: Sitting,
    office: Actor,
    before: int,
    after: int,
    left: list[tuple[str, int]],
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): before}, office)
    settle(session, sitting, after, office)
    assert passes(session, sitting) == left


def test_a_changed_score_is_shown_with_its_history(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    settle(session, sitting, 61, office)
    history = [(one.score, one.reason) for one in lins(session, sitting).history]
    assert history == [(58, "imported"), (61, "regraded")]
    marks = queries.marks_of(session, [sitting.sat[LIN, QMS].id])[sitting.sat[LIN, QMS].id]
    assert [one.given_by for one in marks] == [office.user_id, office.user_id]


def test_a_case_settles_a_re_check_once(session: Session, sitting: Sitting, office: Actor) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    settle(session, sitting, 61, office)
    settle(session, sitting, 61, office)
    assert len(lins(session, sitting).history) == 2


def test_a_kept_score_is_noted_as_confirmed(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    settle(session, sitting, 58, office)
    assert [one.reason for one in lins(session, sitting).history] == ["imported", "confirmed"]


def refusal(session: Session, sitting: Sitting) -> str:
    found = lins(session, sitting).refusal
    return found.zh if found else ""


def test_only_within_the_window_can_a_result_be_re_checked(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    assert refusal(session, sitting) == "成绩还没有发布。"
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    assert refusal(session, sitting) == "本次考试不接受成绩复核。"
    open_window(session, sitting, office)
    assert refusal(session, sitting) == ""
    clock.move(timedelta(days=10, seconds=-1))
    assert refusal(session, sitting) == ""
    clock.move(timedelta(seconds=1))
    assert refusal(session, sitting) == "成绩复核已于 2026-11-30 09:00 截止。"


def test_a_window_that_opens_later_says_when(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    window = (clock.now() + timedelta(days=1), clock.now() + timedelta(days=3))
    operations.set_recheck(session, sitting.exam, window, office)
    assert refusal(session, sitting) == "成绩复核 2026-11-21 09:00 开始受理。"


def test_a_result_is_re_checked_once(session: Session, sitting: Sitting, office: Actor) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    open_window(session, sitting, office)
    settle(session, sitting, 58, office)
    assert refusal(session, sitting) == "这一科已经复核过，复核结果为最终结果。"


def test_the_window_cannot_open_before_the_results_are_public(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 58}, office)
    early = (clock.now() - timedelta(days=1), clock.now() + timedelta(days=1))
    with pytest.raises(Invalid):
        operations.set_recheck(session, sitting.exam, early, office)
    with pytest.raises(Invalid):
        operations.set_recheck(session, sitting.exam, (clock.now(), clock.now()), office)


def test_one_subject_a_session(session: Session, sitting: Sitting) -> None:
    subjects = {one.subject: one for one in queries.subjects_of(session, sitting.exam.id)}
    person_id = sitting.entries[LIN].person_id
    with pytest.raises(Invalid, match="same session"):
        operations.enter(session, sitting.exam, person_id, [subjects[EMS]], clock.now())


def test_ticket_numbers_begin_with_the_exams_code(sitting: Sitting) -> None:
    assert [one.ticket_number for one in sitting.entries.values()] == [
        "202602000001",
        "202602000002",
    ]


def test_papers_do_not_tell_whose_they_are(sitting: Sitting) -> None:
    numbers = {sat.paper_number for sat in sitting.sat.values()}
    assert len(numbers) == 3
    assert not any("202602" in number for number in numbers)


@pytest.mark.parametrize("code", ["20", "2026 02", "202602"])
def test_a_code_is_plain_and_unique(
    session: Session, sitting: Sitting, office: Actor, code: str
) -> None:
    with pytest.raises(Invalid):
        operations.create_exam(session, code, Text("考试", "Exam"), clock.now(), office)


@pytest.mark.parametrize("hours", [(1, 3), (-1, 1), (2, 1), (14, 16)])
def test_sessions_neither_overlap_nor_leave_their_day(
    session: Session, sitting: Sitting, office: Actor, hours: tuple[int, int]
) -> None:
    start, end = (SAT_ON + timedelta(hours=one) for one in hours)
    with pytest.raises(Invalid):
        operations.add_session(session, sitting.exam, NewSession(start, end, ("ms_basis",)), office)


def test_a_roster_admits_those_who_have_an_account(session: Session, office: Actor) -> None:
    exam = exams.make_exam(session, office)
    for number, name in enumerate((LIN, HE), start=1):
        people.person(session, number, name=name)
    rows: list[list[object]] = [
        [LIN, people.resident_number(1), "质量管理体系基础", ""],
        [LIN, people.resident_number(1), "环境管理体系基础", ""],
        [HE, people.resident_number(2), "质量管理体系基础", "BJ20260007"],
        [HE, people.resident_number(1), "认证通用基础", ""],
        ["无名", people.resident_number(9), "认证通用基础", ""],
    ]
    sent = exams.upload(rows, ["姓名", "身份证号", "科目", "准考证号"], "csv")
    made = roster_import.check_entries(session, exam, sent, clock.now(), office)
    assert (made.good, made.bad) == (2, 3)
    for _ in range(2):
        roster_import.accept_entries(session, exam, made, clock.now(), office)
    lines, total = queries.entry_lines(session, exam.id, "")
    assert total == 2
    assert {one.entry.ticket_number for one in lines} == {"202602000001", "BJ20260007"}
    assert len(session.scalars(select(EntrySubject)).all()) == 2


def test_a_candidate_holds_the_mark_but_not_who_gave_it(
    session: Session, office: Actor, sitting: Sitting
) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): 60, (LIN, GENERAL_EXAM): 59}, office)
    [mark, *_] = held.exams(session, Subject(0, sitting.entries[LIN].person_id))["marks"]
    assert mark.keys() >= {"score", "reason", "given_at", "published_at"}
    assert not mark.keys() & {"given_by", "case_id"}
