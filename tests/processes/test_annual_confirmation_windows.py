"""When a certificate can be confirmed, and what stands against it (D1, C11)."""

from datetime import date, timedelta

import pytest

from certflow.cases import operations
from certflow.cases.conditions import latest_conditions
from certflow.cases.errors import NotNow
from certflow.cases.subjects import NOT_YOURS
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.personnel.operations import confirm_year, set_certificate_state
from factories.actors import actor, make_person, make_user
from factories.confirming import SERVICE, Confirming, at, certify, make_confirming
from factories.people import body as make_body

TODAY = date(2026, 11, 20)


@pytest.fixture
def story(session: Session) -> Confirming:
    return make_confirming(session, TODAY)


def why_not(story: Confirming, **given: str) -> str:
    reason = operations.stands_against(story.session, story.filer, SERVICE, given)
    return reason.zh if reason else ""


@pytest.mark.parametrize("anniversary", [1, 2])
@pytest.mark.parametrize(
    ("off", "is_open"),
    [(-91, False), (-90, True), (-89, True), (0, True), (89, True), (90, True), (91, False)],
)
def test_the_window_is_90_days_before_and_after_an_anniversary(
    session: Session, anniversary: int, off: int, *, is_open: bool
) -> None:
    """年度确认申请时间为证书开始日期满一年（两年）后的前后90天."""
    story = make_confirming(session, TODAY, days_before_today=0)
    if anniversary == 2:
        confirm_year(session, story.certificate.id, 1, TODAY)
    day = date(2026 + anniversary, 11, 20) + timedelta(days=off)
    clock.freeze(at(day))
    assert (why_not(story, certificate=str(story.certificate.id)) == "") is is_open


def test_whoever_comes_too_early_is_told_when_it_opens(session: Session) -> None:
    story = make_confirming(session, TODAY, days_before_today=10)
    said = why_not(story)
    assert "现在没有需要年度确认的证书" in said
    assert "2027-08-12 至 2028-02-08" in said
    with pytest.raises(NotNow):
        story.choose()


def test_whoever_missed_the_first_window_is_told_of_the_second(session: Session) -> None:
    story = make_confirming(session, TODAY, days_before_today=365 + 120)
    said = why_not(story, certificate=str(story.certificate.id))
    assert "第 1 次年度确认的办理期已在" in said
    assert "第 2 次年度确认的办理期是" in said


def test_nobody_without_a_certificate_can_confirm(story: Confirming) -> None:
    story.session.delete(story.certificate)
    assert why_not(story) == "现在没有需要年度确认的证书。"


def test_a_year_is_confirmed_once(story: Confirming) -> None:
    story.choose().apply().review().decide()
    assert "已于 2026-11-20 完成" in why_not(story, certificate=str(story.certificate.id))


def test_one_case_at_a_time(story: Confirming) -> None:
    story.choose().apply()
    assert story.case.number is not None
    assert story.case.number in why_not(story, certificate=str(story.certificate.id))


def test_two_drafts_of_one_certificate_lead_to_one_case(story: Confirming) -> None:
    story.choose()
    first, story.case_id = story.case_id, 0
    story.choose().apply()
    story.case_id = first
    with pytest.raises(Invalid) as refused:
        story.apply()
    assert "正在办理" in refused.value.fields["year"].zh


@pytest.mark.parametrize(("state", "words"), [("suspended", "已暂停"), ("cancelled", "已注销")])
def test_a_certificate_that_is_not_valid_is_refused(
    story: Confirming, state: str, words: str
) -> None:
    set_certificate_state(story.session, story.certificate, state, story.reviewer, "test")
    assert words in why_not(story, certificate=str(story.certificate.id))


def test_the_self_check_says_what_is_missing(story: Confirming) -> None:
    late = certify(story.session, story.holder.person_id or 0, story.body, TODAY, field="EMS")
    story.choose(late.id)
    assert story.case.stages == ["choose"]
    check = latest_conditions(story.session, story.case_id)
    assert check is not None
    short = {row["rule"]: row["evidence"]["said"]["zh"] for row in check["rows"] if not row["met"]}
    assert short == {"in_window": "第 1 次年度确认的办理期是 2027-08-22 至 2028-02-18。"}
    story.choose()
    assert story.case.stages == ["apply"]


def test_the_self_check_of_a_confirmed_year_tells_of_the_next(session: Session) -> None:
    story = make_confirming(session, TODAY, days_before_today=365 + 95)
    confirm_year(session, story.certificate_id, 1, TODAY - timedelta(days=100))
    holder, began = story.holder.person_id or 0, TODAY - timedelta(days=365)
    due = certify(session, holder, story.body, began, field="EMS")
    story.choose()
    check = latest_conditions(session, story.case_id)
    assert check is not None
    short = {row["rule"]: row["evidence"]["said"]["zh"] for row in check["rows"] if not row["met"]}
    assert list(short) == ["in_window"]
    assert "第 1 次年度确认已于 2026-08-12 完成" in short["in_window"]
    assert "第 2 次年度确认的办理期是" in short["in_window"]
    story.choose(due.id)
    assert story.case.stages == ["apply"]


def test_another_persons_certificate_cannot_be_chosen(story: Confirming) -> None:
    other = make_person(
        story.session, make_user(story.session, "wu.hua", "applicant"), 5, story.body
    )
    theirs = certify(story.session, other.id, story.body, TODAY - timedelta(days=365))
    with pytest.raises(Invalid):
        story.choose(theirs.id)


def test_another_body_cannot_file(story: Confirming) -> None:
    other = make_body(story.session, "星河样例认证有限公司")
    user = make_user(story.session, "chen", "body_staff", other)
    story.filer = actor(user, "body_staff", other)
    assert why_not(story, certificate=str(story.certificate.id)) == NOT_YOURS.zh
    with pytest.raises(NotNow):
        story.choose()


def test_a_certificate_issued_again_within_its_period_keeps_its_anniversaries(
    story: Confirming,
) -> None:
    story.choose().apply().review().decide()
    clock.freeze(at(TODAY + timedelta(days=5)))
    again = certify(
        story.session,
        story.holder.person_id or 0,
        story.body,
        TODAY + timedelta(days=5),
        mode="extend_speciality",
        specialities=("trade", "machinery"),
    )
    assert again.replaces_id == story.certificate.id
    assert "第 1 次年度确认已于 2026-11-20 完成" in why_not(story, certificate=str(again.id))
