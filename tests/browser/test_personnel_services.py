"""The other personnel services in real browsers, each by everybody who has a part in it."""

import re
from pathlib import Path

import pytest

from browser.conftest import Meet
from browser.pages import Person, Site
from certflow.accounts.models import Organisation, User
from certflow.accounts.models import Person as Holder
from certflow.core import clock
from certflow.core.db import Session, transaction
from certflow.demo import people
from certflow.personnel.models import Certificate
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.cast import publish_shipped
from factories.filings import SERVICES

MOVER, LEAVER, RENAMED, EXPERT = "user156", "user168", "user180", "user192"
"""People of the first body, whose staff is liu.guanlan; nobody else's test knows them."""
NEW_BODY, NEW_STAFF = people.BODIES[1][0], "body02"
NEW_NAME = "林新名"


@pytest.fixture(autouse=True)
def certified(site: Site) -> None:
    with site.app.app_context(), transaction() as session:
        publish_shipped(session, *SERVICES)
        for login in (MOVER, LEAVER, RENAMED, EXPERT):
            _certify(session, login)


def _certify(session: Session, login: str) -> None:
    holder = session.query(Holder).join(User).filter(User.login_name == login).one()
    if session.query(Certificate).filter_by(person_id=holder.id).count():
        return
    new = NewCertificate(
        person_id=holder.id,
        field="QMS",
        mode="formal_from_other_field",
        specialities=("trade",),
        organisation_id=holder.organisation_id,
    )
    issue_certificate(session, new, clock.now())


def body_id(site: Site, name: str) -> str:
    with site.app.app_context(), transaction() as session:
        return str(session.query(Organisation).filter_by(name=name).one().id)


def begin(person: Person, service: str) -> None:
    start = f'form[action="/services/{service}/start"] button'
    person.open("/services").follow(start)


def sent(person: Person) -> str:
    """Look everything over, submit, and return the case number."""
    person.finish("submit")
    person.finish("submit")
    found = re.search(r"\b\d{14}\b", person.text)
    assert found, person.text
    return found.group(0)


def reviewed(meet: Meet, number: str, *shows: str) -> Person:
    """Let the association agree; return the approver in front of the decision."""
    reviewer = meet("gu.nanqiao")
    reviewer.claim(number)
    assert all(words in reviewer.text for words in shows), reviewer.text
    reviewer.finish("pass")
    approver = meet("song.qingyuan")
    approver.claim(number)
    return approver


def test_a_transfer_goes_through_both_bodies_to_the_certificate(site: Site, meet: Meet) -> None:
    mover = meet(MOVER)
    begin(mover, "transfer")
    mover.select("to_body", body_id(site, NEW_BODY))
    mover.finish("submit")
    assert "条件全部满足" in mover.text
    mover.follow('.cf-actions a:has-text("继续填报")')
    mover.choose("reason", "other")
    with mover.refused(422):
        mover.go_on()
    assert "请写明是什么理由" in mover.text
    mover.write("explanation", "随家人迁居。")
    mover.go_on()
    mover.choose("settled", "true")
    mover.choose("consent", "true")
    number = sent(mover)
    for login in ("liu.guanlan", NEW_STAFF):
        staff = meet(login)
        staff.claim(number)
        assert "随家人迁居。" in staff.text
        staff.choose("confirmed", "true")
        staff.finish("agree")
    approver = reviewed(meet, number, "转出机构审核", "转入机构审核", NEW_BODY)
    approver.finish("approve")
    assert "已转换" in approver.text
    site.work()
    assert NEW_BODY in mover.open("/my/certificates").text
    mover.notice(f"业务号 {number}")
    assert "已转换" in mover.text


def test_a_certificate_is_given_up_from_my_certificates(site: Site, meet: Meet) -> None:
    leaver = meet(LEAVER).open("/my/certificates")
    start = 'form[action="/services/certificate_cancellation/start"] button'
    leaver.follow(start)
    leaver.choose("reason", "retired")
    leaver.go_on()
    assert "不能恢复" in leaver.text
    leaver.choose("understood", "true")
    number = sent(leaver)
    assert number in meet("liu.guanlan").open("/notices").text
    approver = reviewed(meet, number, "退休")
    approver.finish("approve")
    assert "已注销" in leaver.open("/my/certificates").text


def test_a_change_of_name_stands_side_by_side_and_on_the_certificate(
    site: Site, meet: Meet, paper: Path
) -> None:
    person = meet(RENAMED).open("/my/profile")
    person.follow('form[action="/services/profile_change/start"] button')
    before = person.page.locator('input[name="name"]').input_value()
    person.write("name", NEW_NAME)
    person.go_on()
    person.write("reason", "依法改名。")
    person.attach(person.page.locator("main"), paper)
    person.choose("truthful", "true")
    number = sent(person)
    approver = reviewed(meet, number, "变更前", before, NEW_NAME)
    approver.finish("approve")
    site.work()
    assert NEW_NAME in person.open("/my/profile").text
    person.open("/my/certificates").follow('a:has-text("查看与打印")')
    assert NEW_NAME in person.text


def test_a_formal_auditor_becomes_an_expert(site: Site, meet: Meet, paper: Path) -> None:
    person = meet(EXPERT)
    begin(person, "expert_application")
    person.choose("fields", "QMS", "EMS")
    person.finish("submit")
    assert "还差" in person.text
    person.follow('.cf-actions a:has-text("重新自检")')
    person.page.locator('input[name="fields"][value="EMS"]').uncheck(force=True)
    person.finish("submit")
    person.follow('.cf-actions a:has-text("继续填报")')
    person.write("years", "9")
    person.write("experience", "担任审核组长四十余次。")
    person.attach(person.page.locator("main"), paper)
    person.go_on()
    for promise in ("impartial", "confidential", "truthful"):
        person.choose(promise, "true")
    number = sent(person)
    approver = reviewed(meet, number, "质量管理体系")
    approver.write("term", "2")
    approver.finish("approve")
    person.open("/home").act_as("expert")
    assert "评价专家" in person.text
    assert "2028-11-19" in person.act_as("applicant").open("/my/profile").text
