"""An annual confirmation: within its window, through body and association, onto the certificate."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from certflow.background import fire_due_timers
from certflow.calendar import queries as calendar
from certflow.cases import operations, queries
from certflow.cases.dossier import open_dossier
from certflow.cases.linking import reopen
from certflow.cases.reminding import remind
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Forbidden, Invalid, NotFound
from certflow.notifications.queries import notices_of
from certflow.personnel import queries as personnel
from certflow.personnel.operations import set_certificate_state
from factories.confirming import SERVICE, Confirming, make_confirming
from factories.people import body as make_body

TODAY = date(2026, 11, 20)


@pytest.fixture
def story(session: Session) -> Confirming:
    return make_confirming(session, TODAY)


def years(story: Confirming) -> list[int]:
    return [one.year for one in personnel.confirmations_of(story.session, story.certificate.id)]


def told(story: Confirming, kind: str) -> list[str]:
    notices = notices_of(story.session, story.holder.user_id or 0)
    return [one.text["zh"] for one in notices if one.kind == kind]


def kinds(story: Confirming, who: Actor) -> list[str]:
    return [one.kind for one in notices_of(story.session, who.user_id or 0)]


def why_not(story: Confirming, **given: str) -> str:
    reason = operations.stands_against(story.session, story.filer, SERVICE, given)
    return reason.zh if reason else ""


def test_it_runs_from_the_certificate_to_its_confirmation(story: Confirming) -> None:
    story.choose().apply().review().decide()
    assert (story.case.state, story.case.outcome) == ("closed", "confirmed")
    assert years(story) == [1]
    assert told(story, "confirmed")


def test_the_case_is_named_after_the_certificate(story: Confirming) -> None:
    story.choose()
    assert story.case.title["zh"] == "年度确认，QMS 实习审核员"
    assert story.case.organisation_id == story.body.id


def test_professional_development_wants_content_and_dates(story: Confirming) -> None:
    story.choose()
    with pytest.raises(Invalid) as refused:
        story.apply(development=True)
    assert {"development_content", "development_from", "development_until"} <= set(
        refused.value.fields
    )
    story.apply(
        development_content="新版标准转换培训",
        development_from="2026-03-01",
        development_until="2026-03-02",
    )
    assert story.case.stages == ["body_review"]


def test_without_development_its_rows_fall_away(story: Confirming) -> None:
    story.choose().apply(development=False, development_content="多余")
    answer = queries.latest_answer(story.session, story.case_id, "apply")
    assert answer is not None
    assert "development_content" not in answer.data


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"development_until": "2026-02-28"}, "development_until"),
        ({"development_until": "2026-11-21"}, "development_until"),
        ({"complaints": True}, "remark"),
        ({"conduct": False}, "remark"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    story: Confirming, changed: dict[str, object], field: str
) -> None:
    said: dict[str, object] = {
        "development": True,
        "development_content": "培训",
        "development_from": "2026-03-01",
        "development_until": "2026-03-02",
        **changed,
    }
    story.choose()
    with pytest.raises(Invalid) as refused:
        story.apply(**said)
    assert list(refused.value.fields) == [field]


def test_the_body_returns_and_the_applicant_mends(story: Confirming) -> None:
    story.choose().apply().review("return")
    assert story.case.stages == ["amend"]
    assert told(story, "returned")
    story.amend(remark="已补充说明").review().decide()
    assert story.case.outcome == "confirmed"


def test_the_association_returns_and_decides_again(story: Confirming) -> None:
    story.choose().apply().review().decide("return")
    clock.move(timedelta(days=10))
    story.amend(remark="已补充说明")
    assert story.case.stages == ["decide"]
    clocks = calendar.clocks_of(story.session, [story.case_id], clock.now())[story.case_id]
    assert clocks["decision"].state == "running"
    assert clocks["amendment"].used == 10
    story.decide()
    assert years(story) == [1]


def test_body_then_association_return_it(story: Confirming) -> None:
    story.choose().apply().review("return").amend().review().decide("return").amend().decide()
    assert story.case.outcome == "confirmed"


@pytest.mark.parametrize(("days", "outcome"), [(30, None), (31, "not_amended")])
def test_past_thirty_days_of_amending_the_case_closes(
    story: Confirming, days: int, outcome: str | None
) -> None:
    story.choose().apply().review("return")
    story.session.commit()
    clock.move(timedelta(days=days))
    fire_due_timers()
    assert story.case.outcome == outcome


def test_after_it_lapsed_one_may_apply_again(story: Confirming) -> None:
    story.choose().apply().review("return")
    story.session.commit()
    clock.move(timedelta(days=31))
    fire_due_timers()
    story.case_id = 0
    story.choose().apply()
    assert story.case.stages == ["body_review"]


def test_the_body_refuses(story: Confirming) -> None:
    story.choose().apply().review("refuse")
    assert story.case.outcome == "refused_by_body"
    assert years(story) == []


def test_the_association_refuses(story: Confirming) -> None:
    story.choose().apply().review().decide("refuse")
    assert (story.case.outcome, years(story)) == ("refused", [])
    assert told(story, "refused")


def test_after_a_successful_appeal_the_association_decides_again(story: Confirming) -> None:
    story.choose().apply().review().decide("refuse")
    reopen(story.session, story.case_id, "decide", story.reviewer, "申诉成立")
    assert story.case.stages == ["decide"]
    assert story.tasks("decide")[0].due_at is not None
    story.decide()
    assert (story.case.outcome, years(story)) == ("confirmed", [1])


def test_nothing_is_confirmed_on_a_certificate_suspended_meanwhile(story: Confirming) -> None:
    story.choose().apply().review()
    set_certificate_state(story.session, story.certificate, "suspended", story.reviewer, "test")
    with pytest.raises(Invalid):
        story.decide()
    story.decide("refuse")
    assert years(story) == []


def test_a_draft_does_not_go_to_a_body_that_the_holder_has_left(story: Confirming) -> None:
    story.choose()
    story.certificate.organisation_id = make_body(story.session, "星河样例认证有限公司").id
    with pytest.raises(Invalid) as refused:
        story.apply()
    assert "执业机构已经变更" in refused.value.fields["year"].zh


def test_the_association_has_one_working_day(story: Confirming) -> None:
    story.choose().apply().review()
    clocks = calendar.clocks_of(story.session, [story.case_id], clock.now())[story.case_id]
    assert clocks["decision"].total == 1
    assert calendar.day_of(clocks["decision"].due_at) == date(2026, 11, 24)


def test_the_body_is_reminded_and_the_association_told_when_it_is_late(
    story: Confirming,
) -> None:
    story.choose().apply()
    clock.move(timedelta(days=5))
    remind(story.session)
    assert kinds(story, story.staff)[0] == "deadline.soon"
    clock.move(timedelta(days=4))
    remind(story.session)
    assert kinds(story, story.staff)[0] == "deadline.late"
    assert "deadline.late" in kinds(story, story.reviewer)


def test_the_applicant_withdraws(story: Confirming) -> None:
    story.choose().apply()
    operations.withdraw(story.session, story.holder, story.case_id, "填错了", None)
    assert story.case.outcome == "withdrawn"
    assert why_not(story) == ""


def test_the_practising_body_files_and_needs_no_review_of_its_own(story: Confirming) -> None:
    story.filer = story.staff
    story.choose().apply()
    assert story.case.stages == ["decide"]
    assert story.case.applicant_organisation_id == story.body.id
    story.decide()
    assert years(story) == [1]


def test_the_holder_is_told_what_the_body_files(story: Confirming) -> None:
    story.filer = story.staff
    story.choose().apply()
    assert len(told(story, "filed_for_you")) == 1
    story.decide()
    assert len(told(story, "confirmed")) == 1
    assert queries.get_case(story.session, story.holder, story.case_id).id == story.case_id


def test_a_draft_of_the_body_is_nobody_elses_business(story: Confirming) -> None:
    story.filer = story.staff
    story.choose()
    with pytest.raises(NotFound):
        queries.get_case(story.session, story.holder, story.case_id)


def test_the_holder_decides_nothing_about_the_own_certificate(story: Confirming) -> None:
    story.filer = story.staff
    story.choose().apply()
    story.reviewer = replace(story.reviewer, user_id=story.holder.user_id)
    with pytest.raises(Forbidden):
        story.decide()


def test_the_association_returns_it_to_the_body_that_filed(story: Confirming) -> None:
    story.filer = story.staff
    story.choose().apply().decide("return").amend(remark="已补充").decide()
    assert story.case.outcome == "confirmed"


def test_another_body_does_not_see_the_case(story: Confirming) -> None:
    from factories.actors import actor, make_user

    story.choose().apply()
    other = make_body(story.session, "星河样例认证有限公司")
    user = make_user(story.session, "chen", "body_staff", other)
    with pytest.raises(NotFound):
        queries.get_case(story.session, actor(user, "body_staff", other), story.case_id)


def test_every_reader_sees_the_words_of_what_was_chosen(story: Confirming) -> None:
    story.filer = story.staff
    story.choose().apply()
    for reader in (story.staff, story.holder, story.reviewer):
        dossier = open_dossier(story.session, reader, story.case_id, clock.now(), "zh")
        apply, choose = (dossier.loaded.forms[name].fields for name in ("apply", "choose"))
        answered = {one.form: one.data for one in dossier.answers}
        assert dossier.voice.value(apply["year"], answered["apply"]["year"]) == "第 1 次年度确认"
        chosen = dossier.voice.value(choose["certificate"], answered["choose"]["certificate"])
        assert story.certificate.number in chosen
