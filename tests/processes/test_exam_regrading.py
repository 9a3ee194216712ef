"""The re-check of an exam result, from my exams to the letter, and every other way (E10)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.accounts.models import Organisation
from certflow.accounts.operations import grant_role
from certflow.background import fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import linking, operations, queries, reminding
from certflow.cases.dossier import blind_dossier
from certflow.cases.errors import NotNow
from certflow.cases.letters import letters_of
from certflow.cases.worksheet import open_worksheet
from certflow.core import audit, clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.incidents import Incident
from certflow.demo.regrading import Regrading
from certflow.exams import mine
from certflow.exams.operations import enter, set_recheck
from certflow.exams.queries import subjects_of
from certflow.notifications.queries import notices_of
from certflow.personnel.fields import GENERAL_EXAM
from certflow.personnel.queries import exam_results_of
from factories import exams
from factories.actors import actor, make_person, make_user
from factories.cast import START, make_expert, publish_shipped
from factories.exams import QMS, Sitting
from factories.people import body as make_body

LIN = "lin"


@pytest.fixture
def office(session: Session) -> Actor:
    clock.freeze(START)
    publish_shipped(session, "exam_regrading")
    return actor(make_user(session, "qin.shuhuai", "exam_office"), "exam_office")


@pytest.fixture
def applicant(session: Session) -> Actor:
    user = make_user(session, LIN, "applicant")
    return actor(user, "applicant", person=make_person(session, user, 1, make_body(session)))


@pytest.fixture
def sitting(session: Session, office: Actor, applicant: Actor) -> Sitting:
    """Lin missed QMS by two points; re-checks are open for ten days."""
    exam = exams.make_exam(session, office)
    found = exams.let_sit(session, exam, {LIN: (applicant.person_id or 0, (GENERAL_EXAM, QMS))})
    exams.give_marks(session, found, {(LIN, QMS): 58, (LIN, GENERAL_EXAM): 86}, office)
    set_recheck(session, exam, (clock.now(), clock.now() + timedelta(days=10)), office)
    return found


@pytest.fixture
def experts(session: Session, office: Actor) -> tuple[Actor, ...]:
    other = make_body(session, "星河样例认证有限公司")
    return tuple(make_expert(session, f"marker{n}", 20 + n, other) for n in range(3))


@pytest.fixture
def regrading(
    session: Session,
    office: Actor,
    applicant: Actor,
    sitting: Sitting,
    experts: tuple[Actor, ...],
) -> Regrading:
    return Regrading(
        session=session,
        applicant=applicant,
        office=office,
        experts=experts,
        result=sitting.sat[LIN, QMS].id,
        ticket=sitting.entries[LIN].ticket_number,
    )


def submitted(regrading: Regrading) -> Regrading:
    return regrading.begin().apply()


def to_marker(regrading: Regrading) -> Regrading:
    return submitted(regrading).review().prepare().assign()


def to_decision(regrading: Regrading) -> Regrading:
    return to_marker(regrading).mark()


def stages(regrading: Regrading) -> list[str]:
    return list(regrading.case.stages)


def history(regrading: Regrading) -> list[tuple[int, str]]:
    person_id = regrading.applicant.person_id or 0
    found = mine.my_subjects(regrading.session, person_id, clock.now())[regrading.result]
    return [(one.score, one.reason) for one in found.history]


def passed(regrading: Regrading) -> dict[str, int]:
    rows = exam_results_of(regrading.session, regrading.applicant.person_id or 0)
    return {row.subject: row.score for row in rows}


def told(regrading: Regrading, who: Actor) -> list[str]:
    return [one.kind for one in notices_of(regrading.session, who.user_id or 0)]


def letter(regrading: Regrading) -> str:
    words = letters_of(regrading.session, regrading.case_id)[0].content["paragraphs"]
    return "\n".join(one["zh"] for one in words)


def refused(regrading: Regrading, **changes: object) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        regrading.apply(**changes)
    return {field: text.zh for field, text in error.value.fields.items()}


def test_a_changed_score_is_published_with_its_history(regrading: Regrading) -> None:
    to_decision(regrading).decide()
    case = regrading.case
    assert (case.state, case.outcome) == ("closed", "changed")
    assert history(regrading) == [(58, "imported"), (61, "regraded")]
    assert passed(regrading) == {GENERAL_EXAM: 86, QMS: 61}


def test_the_applicant_is_told_and_gets_a_letter(regrading: Regrading) -> None:
    to_decision(regrading).decide()
    assert {"changed", "letter"} <= set(told(regrading, regrading.applicant))
    assert "更正为 61 分" in letter(regrading)
    assert "质量管理体系基础（2026年第二期统一考试）" in letter(regrading)


def test_a_kept_score_stays_and_is_final(regrading: Regrading) -> None:
    to_marker(regrading).mark(58).decide("keep", opinion="两次阅卷一致。")
    assert regrading.case.outcome == "kept"
    assert history(regrading) == [(58, "imported"), (58, "confirmed")]
    assert passed(regrading) == {GENERAL_EXAM: 86}
    assert "维持原成绩" in letter(regrading)
    with pytest.raises(NotNow, match="final"):
        regrading.begin()


def test_a_pass_can_be_lost(regrading: Regrading, sitting: Sitting) -> None:
    regrading.result = sitting.sat[LIN, GENERAL_EXAM].id
    to_marker(regrading).mark(55).decide(score=55)
    assert passed(regrading) == {}


def test_the_decision_opens_with_the_second_markers_score(regrading: Regrading) -> None:
    to_decision(regrading)
    task = regrading.tasks("decide")[0]
    sheet = open_worksheet(regrading.session, regrading.office, task.id, "zh")
    assert sheet.data["score"] == 61
    rows = [row[1].zh for row in sheet.exhibits[0].rows]
    assert rows[-3:] == ["58", "61", "简答题第 3 题漏计 4 分。"]


def test_who_changes_a_score_gives_another_one(regrading: Regrading) -> None:
    to_decision(regrading)
    with pytest.raises(Invalid) as error:
        regrading.decide(score=58)
    assert "与原成绩相同" in error.value.fields["score"].zh


@pytest.mark.parametrize("ticket", ["202602000002", "000000", "20260200000"])
def test_the_ticket_number_must_be_ones_own_of_this_exam(
    session: Session, regrading: Regrading, sitting: Sitting, ticket: str
) -> None:
    other = make_person(session, make_user(session, "other", "applicant"), 9, None)
    enter(session, sitting.exam, other.id, subjects_of(session, sitting.exam.id)[:1], clock.now())
    regrading.begin()
    assert "准考证号与所选的考试不符" in refused(regrading, ticket_number=ticket)["ticket_number"]


def test_a_ticket_number_may_be_written_with_spaces(regrading: Regrading) -> None:
    spaced = f" {regrading.ticket[:6]} {regrading.ticket[6:]} "
    regrading.begin().apply(ticket_number=spaced)
    assert stages(regrading) == ["review"]


def test_another_persons_result_cannot_be_chosen(
    session: Session, regrading: Regrading, sitting: Sitting
) -> None:
    stranger = make_user(session, "stranger", "applicant")
    person = make_person(session, stranger, 9, None)
    theirs = replace(regrading, applicant=actor(stranger, "applicant", person=person))
    with pytest.raises(NotNow):
        theirs.begin()
    regrading.begin()
    assert "exam_result" in refused(regrading, exam_result="999999")


def test_it_can_be_asked_for_until_the_window_closes(regrading: Regrading) -> None:
    clock.move(timedelta(days=10, seconds=-1))
    submitted(regrading)
    assert stages(regrading) == ["review"]


def test_a_draft_does_not_outlive_the_window(regrading: Regrading) -> None:
    regrading.begin()
    clock.move(timedelta(days=10))
    assert "已于 2026-11-30 09:00 截止" in refused(regrading)["exam_result"]
    with pytest.raises(NotNow):
        regrading.begin()


def test_an_exam_that_does_not_allow_it_says_so(
    session: Session, regrading: Regrading, sitting: Sitting, office: Actor
) -> None:
    set_recheck(session, sitting.exam, None, office)
    with pytest.raises(NotNow, match="does not allow"):
        regrading.begin()


def test_a_result_is_not_re_checked_twice_at_the_same_time(regrading: Regrading) -> None:
    second = replace(regrading).begin()
    submitted(regrading)
    with pytest.raises(NotNow, match=str(regrading.case.number)):
        replace(regrading).begin()
    assert regrading.case.number in refused(second)["exam_result"]


def test_other_results_of_the_exam_can_be_re_checked_meanwhile(
    regrading: Regrading, sitting: Sitting
) -> None:
    submitted(regrading)
    other = replace(regrading, result=sitting.sat[LIN, GENERAL_EXAM].id)
    assert stages(submitted(other)) == ["review"]


def test_it_is_returned_and_mended(session: Session, regrading: Regrading) -> None:
    submitted(regrading).review("return")
    assert stages(regrading) == ["amend"]
    assert "returned" in told(regrading, regrading.applicant)
    regrading.amend(reason="简答题第 3 题没有计分。")
    assert stages(regrading) == ["review"]


def test_who_filed_in_time_may_mend_after_the_window(regrading: Regrading) -> None:
    clock.move(timedelta(days=9))
    submitted(regrading).review("return")
    clock.move(timedelta(days=2))
    regrading.amend()
    assert stages(regrading) == ["review"]


def test_mending_does_not_change_which_result_it_is_about(
    regrading: Regrading, sitting: Sitting
) -> None:
    submitted(regrading).review("return")
    with pytest.raises(Invalid) as error:
        regrading.amend(exam_result=str(sitting.sat[LIN, GENERAL_EXAM].id))
    assert list(error.value.fields) == ["exam_result"]


def test_the_exam_office_refuses(regrading: Regrading) -> None:
    submitted(regrading).review("refuse")
    assert regrading.case.outcome == "not_accepted"
    assert "not_accepted" in told(regrading, regrading.applicant)


@pytest.mark.parametrize("steps", [0, 1])
def test_the_applicant_withdraws_before_the_script_is_fetched(
    session: Session, regrading: Regrading, steps: int
) -> None:
    submitted(regrading)
    if steps:
        regrading.review("return")
    operations.withdraw(session, regrading.applicant, regrading.case_id, "不复核了", None)
    assert (regrading.case.state, regrading.case.outcome) == ("closed", "withdrawn")
    assert regrading.begin().case.state == "draft"


def test_it_is_too_late_to_withdraw_from_the_marker(session: Session, regrading: Regrading) -> None:
    to_marker(regrading)
    with pytest.raises(Invalid):
        operations.withdraw(session, regrading.applicant, regrading.case_id, "晚了", None)


def test_the_second_marker_sees_neither_name_nor_first_mark(
    session: Session, regrading: Regrading
) -> None:
    to_marker(regrading)
    task, marker = regrading.tasks("mark")[0], regrading.experts[0]
    assert task.blind
    with pytest.raises(NotFound):
        queries.get_case(session, marker, regrading.case_id)
    sheet = open_worksheet(session, marker, task.id, "zh")
    dossier = blind_dossier(
        session, marker, sheet.task, clock.now(), "zh", lambda id_, _name="": f"/files/{id_}"
    )
    files = [one.name for one in dossier.voice.files.values()]
    assert files == ["材料 1.pdf"]
    shown = f"{sheet.data} {sheet.reviewed} {sheet.exhibits} {files} {dossier.answers}"
    assert "质量管理体系基础" in shown
    told_of = " ".join(one.text["zh"] for one in notices_of(session, marker.user_id or 0))
    everything = re.sub(r"\b[0-9A-Z]{10}\b", "", shown + told_of)  # paper numbers are drawn by lot
    for secret in (regrading.applicant.name + "的", regrading.ticket, "58", "估分"):
        assert secret not in everything + str(regrading.case.title)


def test_the_case_is_named_without_the_score(regrading: Regrading) -> None:
    submitted(regrading)
    assert regrading.case.title["zh"] == "成绩复核，质量管理体系基础（2026年第二期统一考试）"


def test_who_stands_too_near_cannot_mark_again(
    session: Session, regrading: Regrading, sitting: Sitting
) -> None:
    own_body = session.get_one(Organisation, regrading.applicant.organisation_id or _body(session))
    colleague = make_expert(session, "colleague", 40, own_body)
    rival = make_expert(session, "rival", 41, make_body(session, "南屿样例检验有限公司"))
    subjects = subjects_of(session, sitting.exam.id)[:1]
    enter(session, sitting.exam, rival.person_id or 0, subjects, clock.now())
    submitted(regrading).review().prepare()
    said = {}
    for one in (colleague, rival):
        with pytest.raises(Invalid) as error:
            regrading.assign(one)
        said[one.name] = error.value.fields["experts"].zh
    assert "同属一家机构" in said["colleague"]
    assert "参加了这次考试" in said["rival"]


def _body(session: Session) -> int:
    return session.scalars(select(Organisation.id).order_by(Organisation.id)).first() or 0


def test_the_marker_declines_and_another_is_assigned(regrading: Regrading) -> None:
    to_marker(regrading).mark(decline=True)
    assert stages(regrading) == ["assign_marker"]
    with pytest.raises(Invalid, match="mending"):
        regrading.assign()
    regrading.assign(regrading.experts[1]).mark(60)
    assert stages(regrading) == ["decide"]


def test_nobody_eligible_is_an_incident(session: Session, regrading: Regrading) -> None:
    regrading.experts = ()
    from certflow.accounts.models import RoleGrant

    for grant in session.scalars(select(RoleGrant).where(RoleGrant.role == "expert")):
        session.delete(grant)
    session.flush()
    submitted(regrading).review().prepare()
    assert session.scalars(select(Incident)).one().kind == "case.nobody"


def test_it_has_four_working_days_from_the_submission(
    session: Session, regrading: Regrading
) -> None:
    submitted(regrading)
    deadline = calendar.find_deadline(session, regrading.case_id, "regrading")
    assert deadline is not None
    assert (deadline.length, deadline.unit) == (4, "working_days")
    assert deadline.due_at is not None
    assert calendar.day_of(deadline.due_at - timedelta(seconds=1)).isoformat() == "2026-11-26"


def test_the_clock_stands_still_while_the_applicant_mends(
    session: Session, regrading: Regrading
) -> None:
    submitted(regrading).review("return")
    clocks = calendar.clocks_of(session, [regrading.case_id], clock.now())[regrading.case_id]
    assert (clocks["regrading"].state, clocks["amendment"].state) == ("paused", "running")
    regrading.amend()
    clocks = calendar.clocks_of(session, [regrading.case_id], clock.now())[regrading.case_id]
    assert (clocks["regrading"].state, clocks["amendment"].state) == ("running", "paused")


@pytest.mark.parametrize(("days", "outcome"), [(5, None), (6, "not_amended")])
def test_who_does_not_mend_in_three_working_days_is_closed(
    session: Session, regrading: Regrading, days: int, outcome: str | None
) -> None:
    submitted(regrading).review("return")
    session.commit()
    clock.move(timedelta(days=days) - timedelta(hours=9))
    fire_due_timers()
    assert regrading.case.outcome == outcome


def test_who_holds_the_task_is_reminded_and_told_when_it_is_late(
    session: Session, regrading: Regrading
) -> None:
    to_marker(regrading)
    marker = regrading.experts[0]
    clock.move(timedelta(days=5, hours=1))
    reminding.remind(session)
    reminding.remind(session)
    assert told(regrading, marker).count("deadline.soon") == 1
    clock.move(timedelta(days=2))
    reminding.remind(session)
    reminding.remind(session)
    assert told(regrading, marker).count("deadline.late") == 1
    assert told(regrading, regrading.office).count("deadline.late") == 1
    assert stages(regrading) == ["mark"]


def test_nobody_decides_on_their_own_result(session: Session, regrading: Regrading) -> None:
    submitted(regrading)
    same = replace(regrading.office, user_id=regrading.applicant.user_id)
    task = regrading.tasks("review")[0]
    with pytest.raises(Forbidden):
        operations.complete_task(session, same, task.id, {}, "accept")


def test_the_office_sees_the_case_and_strangers_do_not(
    session: Session, regrading: Regrading
) -> None:
    submitted(regrading)
    assert queries.get_case(session, regrading.office, regrading.case_id)
    other = actor(make_user(session, "training", "training_office"), "training_office")
    with pytest.raises(NotFound):
        queries.get_case(session, other, regrading.case_id)


def test_the_trail_is_whole_to_the_end(session: Session, regrading: Regrading) -> None:
    to_decision(regrading).decide()
    case = regrading.case
    assert audit.verify(session, case.chain_key, case.audit_head) == []


def test_a_case_that_an_appeal_reopens_is_decided_anew(
    session: Session, regrading: Regrading
) -> None:
    to_marker(regrading).mark(58).decide("keep", opinion="两次阅卷一致。")
    linking.reopen(session, regrading.case_id, "assign_marker", regrading.office, "申诉成立")
    regrading.assign(regrading.experts[1]).mark(62).decide(score=62)
    assert [score for score, _reason in history(regrading)] == [58, 58, 62]
    assert passed(regrading)[QMS] == 62


@pytest.mark.parametrize("role", ["finance", "exam_office", "regulator"])
def test_who_can_read_the_case_in_another_role_is_no_second_marker(
    regrading: Regrading, experts: tuple[Actor, ...], role: str
) -> None:
    grant_role(regrading.session, experts[0].user_id or 0, role, clock.now())
    ready = submitted(regrading).review().prepare()
    with pytest.raises(Invalid) as error:
        ready.assign(experts[0])
    assert "匿名" in error.value.fields["experts"].zh
    ready.assign(experts[1])
