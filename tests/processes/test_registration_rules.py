"""The registration's tables at work in its cases: self-check, submission, experts, old versions."""

import pytest

from certflow.cases import versions
from certflow.cases.conditions import latest_conditions
from certflow.core import clock
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.demo.story import Story
from certflow.personnel.models import ExamResult
from certflow.personnel.operations import NewCertificate, issue_certificate
from certflow.personnel.queries import certificate_rows, records_of
from certflow.processes.windows import certificate_windows
from certflow.studio import shipping
from factories.cast import ROOT, START, make_story
from factories.tables import definitions, table


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session)


def states(session: Session, story: Story) -> dict[str, str]:
    found = latest_conditions(session, story.case_id)
    assert found is not None
    return {row["rule"]: row["state"] for row in found["rows"]}


def test_the_self_check_keeps_the_state_of_every_rule(session: Session, story: Story) -> None:
    story.begin().choose()
    assert set(states(session, story).values()) == {"met"}
    assert story.case.stages == ["apply"]


def test_what_cannot_be_decided_lets_nobody_pass(session: Session, story: Story) -> None:
    person = story.cast.applicant.person_id or 0
    for one in records_of(session, person, "education"):
        session.delete(one)
    session.query(ExamResult).filter_by(person_id=person, subject="general_basis").delete()
    session.flush()
    story.mode = "re_registration"
    story.begin().choose()
    found = states(session, story)
    assert found["expiry_window"] == found["annual_confirmations"] == "undecidable"
    assert found["holds_registration"] == "not_met"
    assert story.case.stages == ["choose"]


def test_records_without_a_date_are_refused_with_what_is_missing(
    session: Session, story: Story
) -> None:
    story.mode = "extend_speciality"
    new = NewCertificate(
        person_id=story.cast.applicant.person_id or 0,
        field="QMS",
        mode="first_intern",
        specialities=(),
        organisation_id=None,
    )
    issue_certificate(session, new, START)
    story.begin().choose()
    story.application = {}
    for one in records_of(session, new.person_id, "professional_employment"):
        one.data = {**one.data, "specialities": []}
    session.flush()
    with pytest.raises(Invalid) as refused:
        story.apply()
    said = refused.value.fields["professional_employment"].zh
    assert said.endswith("没有填写专业。请补充后再提交。")


def test_the_certificate_lasts_as_long_as_the_table_in_force_says(
    session: Session, story: Story
) -> None:
    content = versions.read_folder(ROOT, "registration")
    old = content["tables"]["windows"]
    content["tables"]["windows"] = old.replace("<text>3</text>", "<text>2</text>")
    versions.publish(session, "registration", content, "two years")
    story.begin().choose().apply().pre_review().pay().accept().assign()
    story.evaluate().conclude().approve()
    [held] = certificate_rows(session, story.cast.applicant.person_id or 0)
    assert held.valid_until.isoformat() == "2028-11-19"


def test_an_administrator_changes_the_windows_of_every_service_in_one_table(
    session: Session, story: Story
) -> None:
    content = versions.read_folder(ROOT, "registration")
    content["tables"]["windows"] = content["tables"]["windows"].replace("P90D", "P30D")
    versions.publish(session, "registration", content, "30 days")
    held = START.date(), START.date().replace(year=2029)
    found = certificate_windows(session, *held, "annual_confirmation")
    assert [str(one.opens_on) for one in found] == ["2027-10-21", "2028-10-21"]


def test_a_case_of_an_earlier_version_is_judged_by_its_own_table(
    session: Session, story: Story
) -> None:
    content = versions.read_folder(ROOT, "registration")
    earlier = table(
        '"first_intern" | >= 20230401 | < 90 -> "exam" | "general_exam_valid" | 1 | "考试"',
        name="eligibility",
        policy="COLLECT",
        inputs="mode | facts.applied_on | facts.onsite_days",
        outputs="rule | figure | required | title_zh",
    )
    content["tables"] = {"eligibility": definitions(earlier).decode()}
    versions.publish(session, "registration", content, "as it was")
    story.begin()
    shipping.sync(session, ROOT)
    story.choose()
    assert states(session, story) == {"exam": "met"}
    assert story.case.stages == ["apply"]
