"""Feedback, from what somebody noticed to a letter of reply, and every other way it can go (I6)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from certflow.background import fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import operations, reminding
from certflow.cases.letters import letters_of
from certflow.cases.worksheet import open_worksheet
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.core.text import Text
from certflow.demo.quarrels import Walk
from certflow.notifications.queries import notices_of
from factories.actors import actor, make_person, make_user
from factories.cast import START, publish_shipped
from factories.people import body as make_body

MATTER = {"kind": "fault", "place": "人员注册申请", "matter": "上传学历证书后页面一直转圈。"}
ADDED = MATTER["matter"] + "用的是手机上的浏览器。"
REASON = "这一步由规则要求，不能省去。"


@dataclass(kw_only=True)
class Feedback(Walk):
    """Somebody's feedback and who deals with it."""

    person: Actor
    reviewer: Actor
    technician: Actor

    def file(self, **changes: Any) -> "Feedback":
        self.case_id = operations.start_case(self.session, self.person, "feedback").id
        self.do("file", self.person, MATTER | changes, "submit")
        return self

    def answer(self, outcome: str = "reply", words: str = "已修复，请再试。") -> "Feedback":
        element = self.case.stages[0]
        assert element in {"answer", "answer_again"}
        self.do(element, self.reviewer, {"opinion": words}, outcome)
        return self

    def add(self, words: str = ADDED) -> "Feedback":
        self.do("amend", self.person, MATTER | {"matter": words}, "submit")
        return self

    def act(self, outcome: str = "done", words: str = "更换了上传组件。") -> "Feedback":
        self.do("act", self.technician, {"opinion": words}, outcome)
        return self

    @property
    def letter(self) -> str:
        """The only letter's words."""
        (letter,) = letters_of(self.session, self.case_id)
        return "\n".join(Text.read(one).zh for one in letter.content["paragraphs"])

    def told(self, who: Actor) -> list[str]:
        return [one.kind for one in notices_of(self.session, who.user_id or 0)]


@pytest.fixture
def feedback(session: Session) -> Feedback:
    clock.freeze(START)
    publish_shipped(session, "feedback")
    user = make_user(session, "lin", "applicant")
    return Feedback(
        session=session,
        person=actor(user, "applicant", person=make_person(session, user, 1, None)),
        reviewer=actor(make_user(session, "gu.nanqiao", "reviewer"), "reviewer"),
        technician=actor(make_user(session, "admin", "system_admin"), "system_admin"),
    )


def on(month: int, day: int) -> None:
    clock.freeze(START.replace(month=month, day=day))


def test_it_is_answered_in_writing(feedback: Feedback) -> None:
    feedback.file().answer()
    assert (feedback.case.state, feedback.case.outcome) == ("closed", "replied")
    assert "已修复，请再试。" in feedback.letter
    assert feedback.letter.startswith("您于 2026-11-20 提交的意见反馈")
    assert "功能问题" in feedback.letter
    assert "letter" in feedback.told(feedback.person)


def test_its_title_says_what_kind_it_is(feedback: Feedback) -> None:
    title = Text.read(feedback.file(kind="suggestion").case.title)
    assert title == Text("意见反馈，建议", "Feedback: Suggestion")


def test_it_is_not_pursued_and_the_letter_says_why(feedback: Feedback) -> None:
    feedback.file().answer("refuse", REASON)
    assert feedback.case.outcome == "not_pursued"
    assert f"理由如下：{REASON}" in feedback.letter


@pytest.mark.parametrize("outcome", ["reply", "refuse", "return", "pass_on"])
def test_nothing_is_decided_without_a_word(feedback: Feedback, outcome: str) -> None:
    with pytest.raises(Invalid) as refused:
        feedback.file().answer(outcome, "")
    assert "opinion" in refused.value.fields


def test_technical_staff_deals_with_it(feedback: Feedback) -> None:
    feedback.file().answer("pass_on", "请查看上传组件。")
    assert feedback.case.stages == ["act"]
    assert "passed_on" in feedback.told(feedback.person)
    feedback.act()
    assert feedback.case.outcome == "done"
    assert "更换了上传组件。" in feedback.letter
    assert "请查看上传组件。" not in feedback.letter


def test_technical_staff_hands_back_what_is_not_theirs(feedback: Feedback) -> None:
    feedback.file().answer("pass_on").act("hand_back", "这是规则问题。")
    assert feedback.case.stages == ["answer"]
    feedback.answer(words="规则见办事指南。")
    assert "规则见办事指南。" in feedback.letter


def test_the_person_is_asked_and_adds_something(feedback: Feedback) -> None:
    feedback.file().answer("return", "请说明用的什么浏览器。")
    assert feedback.case.stages == ["amend"]
    assert "returned" in feedback.told(feedback.person)
    feedback.add().answer(words="已支持这种浏览器。")
    assert feedback.case.outcome == "replied"
    assert "已支持这种浏览器。" in feedback.letter
    assert "请说明用的什么浏览器。" not in feedback.letter


def test_what_was_added_is_what_is_answered(session: Session, feedback: Feedback) -> None:
    feedback.file().answer("return").add()
    (task,) = feedback.tasks("answer_again")
    reviewed = open_worksheet(session, feedback.reviewer, task.id, "zh").reviewed or {}
    assert reviewed["matter"] == ADDED


def test_who_adds_cannot_empty_what_was_there(feedback: Feedback) -> None:
    with pytest.raises(Invalid) as refused:
        feedback.file().answer("return").add("")
    assert "matter" in refused.value.fields


def test_one_is_asked_once_only(feedback: Feedback) -> None:
    feedback.file().answer("return").add()
    with pytest.raises(Invalid):
        feedback.answer("return")
    feedback.answer("pass_on").act("hand_back")
    assert feedback.case.stages == ["answer_again"]
    feedback.answer("refuse", REASON)
    assert feedback.case.outcome == "not_pursued"
    assert REASON in feedback.letter


def test_who_adds_nothing_is_answered_with_what_there_is(
    session: Session, feedback: Feedback
) -> None:
    feedback.file().answer("return")
    session.commit()
    on(12, 5)
    fire_due_timers()
    assert feedback.case.stages == ["answer_again"]
    assert feedback.answer().case.outcome == "replied"


def test_the_clock_stands_still_while_the_person_is_asked(
    session: Session, feedback: Feedback
) -> None:
    def state(key: str) -> str:
        deadline = calendar.find_deadline(session, feedback.case_id, key)
        return deadline.state if deadline else ""

    feedback.file()
    assert state("handling") == "running"
    feedback.answer("return")
    assert (state("handling"), state("amendment")) == ("paused", "running")
    feedback.add()
    assert (state("handling"), state("amendment")) == ("running", "paused")


def test_the_association_is_reminded_two_days_before_and_when_it_is_late(
    session: Session, feedback: Feedback
) -> None:
    feedback.file()
    on(12, 1)
    assert reminding.remind(session) == 0
    on(12, 2)
    assert reminding.remind(session) == 1
    assert "deadline.soon" in feedback.told(feedback.reviewer)
    assert "deadline.late" not in feedback.told(feedback.reviewer)
    on(12, 5)
    assert reminding.remind(session) == 1
    assert "deadline.late" in feedback.told(feedback.reviewer)


def test_technical_staff_is_reminded_of_the_same_clock(
    session: Session, feedback: Feedback
) -> None:
    feedback.file().answer("pass_on")
    on(12, 2)
    reminding.remind(session)
    assert "deadline.soon" in feedback.told(feedback.technician)


def test_the_person_is_reminded_too(session: Session, feedback: Feedback) -> None:
    feedback.file().answer("return")
    on(12, 2)
    reminding.remind(session)
    assert "deadline.soon" in feedback.told(feedback.person)


def test_it_may_be_withdrawn_until_it_is_answered(session: Session, feedback: Feedback) -> None:
    feedback.file().answer("return").add().answer("pass_on")
    operations.withdraw(session, feedback.person, feedback.case_id, "自己解决了", None)
    assert feedback.case.outcome == "withdrawn"


@pytest.mark.parametrize("role", ["body_staff", "body_admin"])
def test_a_body_gives_feedback_too(session: Session, feedback: Feedback, role: str) -> None:
    body = make_body(session)
    feedback.person = actor(make_user(session, "liu", role, body), role, body)
    feedback.file().answer("return").add().answer()
    (letter,) = letters_of(session, feedback.case_id)
    assert Text.read(letter.content["recipient"]).zh == body.name


def test_the_association_does_not_write_to_itself(session: Session, feedback: Feedback) -> None:
    with pytest.raises(Forbidden):
        operations.start_case(session, feedback.reviewer, "feedback")


def test_only_technical_staff_says_what_was_done(session: Session, feedback: Feedback) -> None:
    feedback.file().answer("pass_on")
    feedback.technician = feedback.reviewer
    with pytest.raises(NotFound):
        feedback.act()


def test_ten_working_days_are_counted_from_the_submission(
    session: Session, feedback: Feedback
) -> None:
    feedback.file()
    deadline = calendar.find_deadline(session, feedback.case_id, "handling")
    assert deadline is not None
    assert deadline.due_at is not None
    assert calendar.day_of(deadline.due_at - timedelta(seconds=1)).isoformat() == "2026-12-04"
