"""An appeal and a complaint, lived through in real browsers by everybody who has a part in them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from browser.conftest import Meet
from browser.pages import Person, Site, tick
from browser.rooms import _actor
from certflow.accounts.models import User
from certflow.accounts.operations import create_user, grant_role
from certflow.cases.models import Case
from certflow.core import clock
from certflow.core.db import Session, transaction
from certflow.demo import people, records
from certflow.demo.story import Cast, Story
from certflow.personnel.models import Certificate
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.cast import publish_shipped

APPELLANT, COMPLAINANT, ACCUSED = "user204", "user216", "user252"
OFFICE, HANDLER, APPROVER = "he.zhuqing", "ji.chenzhou", "ye.qiubai"
SECOND = ((HANDLER, "纪沉舟", "complaints_office"), (APPROVER, "叶秋白", "approver"))
POINTS = "被指 2026 年 9 月的一次现场审核没有到场而签字。"


@pytest.fixture
def court(site: Site) -> None:
    """The association's people, a registration that was not accepted, a certified person."""
    with site.app.app_context(), transaction() as session:
        if not session.scalar(select(User.id).where(User.login_name == HANDLER)):
            publish_shipped(session, "appeal", "complaint")
            for login, name, role in SECOND:
                user = create_user(session, login, people.PASSWORD, name, clock.now())
                grant_role(session, user.id, role, clock.now())


def turned_down(site: Site) -> str:
    """Let the association not accept somebody's registration; return its number."""
    with site.app.app_context(), transaction() as session:
        story = Story(session, _cast(session)).begin().choose().apply().pre_review().pay()
        story.accept("refuse")
        return str(story.case.number)


def _cast(session: Session) -> Cast:
    applicant = _actor(session, APPELLANT, "applicant")
    user_id, person_id = applicant.user_id or 0, applicant.person_id or 0
    if not records.has_library(session, person_id, "QMS"):
        records.fill_library(session, person_id, user_id, "QMS", body=people.BODIES[0][0])
        records.pass_exams(session, person_id, "QMS")
    return Cast(
        applicant=applicant,
        staff=_actor(session, "liu.guanlan", "body_staff"),
        reviewer=_actor(session, "gu.nanqiao", "reviewer"),
        approver=_actor(session, "song.qingyuan", "approver"),
        experts=(),
    )


def certify(site: Site) -> tuple[str, str, str]:
    """Give somebody a certificate; return its number, its check code and the name."""
    with site.app.app_context(), transaction() as session:
        who = _actor(session, ACCUSED, "applicant")
        new = NewCertificate(
            person_id=who.person_id or 0,
            field="QMS",
            mode="first_intern",
            specialities=(),
            organisation_id=who.organisation_id,
        )
        held = issue_certificate(session, new, clock.now())
        return held.number, held.check_code, who.name


def number_of(person: Person) -> str:
    found = re.search(r"\b\d{14}\b", person.text)
    assert found, person.text
    return found.group(0)


@pytest.mark.usefixtures("court")
def test_an_appeal_overturns_a_decision(site: Site, meet: Meet, paper: Path) -> None:
    first = turned_down(site)
    site.later(days=2)
    appellant, office = meet(APPELLANT), meet(OFFICE)
    number = file_appeal(appellant, first, paper)
    office.claim(number)
    assert first in office.text
    office.shoot("appeal-accept", phone=True)
    office.write("opinion", "属于申诉范围，予以受理。")
    office.finish("accept")
    office.claim(number)
    assign(office, "user003")
    declining, expert = meet("user003"), meet("shen.shiguang")
    decline(declining.act_as("expert").take(number))
    office.claim(number)
    assign(office, "shen.shiguang")
    expert.act_as("expert").take(number)
    expert.choose("result", "overturn")
    expert.write("opinion", "附件第 3 页确有该次审核经历，理由成立。")
    expert.shoot("appeal-evaluate", phone=True)
    expert.finish("submit")
    approver = meet(APPROVER)
    approver.claim(number)
    assert "理由成立" in approver.text
    approver.choose("result", "overturn")
    approver.select("reopen_at", "accept")
    approver.write("opinion", "采纳专家意见。")
    approver.shoot("appeal-decide", phone=True)
    approver.finish("decide")
    site.work()
    look_back(appellant, number, first)
    reviewer = meet("gu.nanqiao")
    reviewer.open(f"/office/inbox?view=group&q={first}")
    assert first in reviewer.text


def file_appeal(appellant: Person, first: str, paper: Path) -> str:
    """Begin at the case that was not accepted: the form knows what it is about."""
    appellant.open(f"/my/cases?q={first}")
    appellant.follow(appellant.page.locator("tr", has_text=first).locator("a"))
    appellant.follow('form[action="/services/appeal/start"] button')
    chosen = appellant.page.locator("label", has=appellant.page.locator('[name="case"]:checked'))
    assert first in chosen.inner_text()
    appellant.choose("wanted", "overturn")
    appellant.write("grounds", "不予受理的理由与材料不符，审核经历在附件第 3 页已经写明。")
    appellant.attach(appellant.page.locator(".cf-field", has_text="证明材料").last, paper)
    appellant.choose("truthful", "true")
    appellant.shoot("appeal-file", phone=True)
    appellant.finish("submit")
    if "/confirm" in appellant.page.url:
        appellant.finish("submit")
    return number_of(appellant)


def assign(office: Person, *logins: str) -> None:
    """Tick these experts and no others, and assign them."""
    office.page.wait_for_load_state("networkidle")
    for box in office.page.locator('input[name="experts"]').all():
        tick(box, on=False)
    for name in map(office.site.name, logins):
        tick(office.page.locator("label.cf-option", has_text=name).first.locator("input"))
    assert office.page.locator('input[name="experts"]:checked').count() == len(logins)
    office.finish("assign")


def decline(expert: Person) -> None:
    """Stand back: the button is folded away with its reason."""
    expert.page.locator("summary", has_text="申请回避").click()
    expert.select("decline_reason", "time")
    expert.finish("decline")


def look_back(appellant: Person, number: str, first: str) -> None:
    """Read the letter, and find each case on the other's page."""
    appellant.open(f"/my/cases?q={number}")
    appellant.follow(appellant.page.locator("tr", has_text=number).locator("a"))
    assert first in appellant.text
    appellant.follow('a:has-text("材料")')
    assert "申诉答复书" in appellant.text
    appellant.shoot("appeal-letters")


@pytest.mark.usefixtures("court")
def test_a_complaint_suspends_a_certificate_and_nobody_learns_whose(
    site: Site, meet: Meet, paper: Path
) -> None:
    certificate, code, name = certify(site)
    complainant, accused = meet(COMPLAINANT), meet(ACCUSED)
    office, handler, approver = meet(OFFICE), meet(HANDLER), meet(APPROVER)
    number = complain(complainant, name, certificate, paper)
    office.claim(number)
    office.finish("accept")
    office.claim(number)
    office.select("handler", handler_id(site))
    office.finish("assign")
    ask(handler.take(number), site.name(COMPLAINANT), paper)
    state(accused, number, site.name(COMPLAINANT), paper)
    handler.take(number)
    assert "签字是事后补的" in handler.text
    handler.write("record", "调取签到系统记录，当日没有签到。")
    handler.choose("result", "founded")
    handler.write("proposal", "记入信用档案，暂停证书。")
    handler.shoot("complaint-investigate", phone=True)
    handler.finish("submit")
    decide(approver, number, site)
    site.work()
    assert "暂停" in meet().open(f"/v/{code}").text
    assert "letter" in complainant.letter("投诉处理反馈函")
    read_result(accused, number, site.name(COMPLAINANT))


def complain(complainant: Person, name: str, certificate: str, paper: Path) -> str:
    complainant.open("/services")
    complainant.follow('form[action="/services/complaint/start"] button')
    complainant.choose("subject", "person")
    complainant.write("person_name", name)
    complainant.write("certificate_number", "2026-N0QMS-9999999")
    complainant.write("happened_on", "2026-09-10")
    complainant.write("matter", "2026 年 9 月的现场审核中，审核员没有到现场，却在报告上签了字。")
    complainant.attach(complainant.page.locator(".cf-field", has_text="至少 1 份").last, paper)
    complainant.choose("truthful", "true")
    with complainant.refused(422):
        complainant.finish("submit")
    assert "没有找到" in complainant.text
    complainant.write("certificate_number", certificate)
    complainant.shoot("complaint-file", phone=True)
    complainant.finish("submit")
    if "/confirm" in complainant.page.url:
        complainant.finish("submit")
    return number_of(complainant)


def handler_id(site: Site) -> str:
    with site.app.app_context(), transaction() as session:
        found = session.scalars(select(User.id).where(User.login_name == HANDLER)).one()
        return str(found)


def ask(handler: Person, complainant: str, paper: Path) -> None:
    """Put the points; a text that names the complainant is refused, nothing typed is lost."""
    handler.write("points", f"{complainant}反映您没有到场。")
    with handler.refused(422):
        handler.finish("send")
    assert "不透露投诉人的说法" in handler.text
    handler.write("points", POINTS)
    handler.attach(handler.page.locator(".cf-field", has_text="一并出示").last, paper)
    handler.shoot("complaint-prepare", phone=True)
    handler.finish("send")


def state(accused: Person, number: str, complainant: str, paper: Path) -> None:
    """Answer to the points without knowing who raised them."""
    accused.notice("请在")
    assert POINTS in accused.text
    assert "材料 1.pdf" in accused.text
    for mark in (complainant, paper.name):
        assert mark not in accused.page.content()
    accused.choose("position", "in_part")
    accused.write("statement", "当天我因病请假，签字是事后补的。")
    accused.shoot("complaint-statement", phone=True)
    accused.finish("submit")
    if "/confirm" in accused.page.url:
        accused.finish("submit")


def decide(approver: Person, number: str, site: Site) -> None:
    approver.claim(number)
    approver.choose("result", "founded")
    approver.choose("credit", "breach")
    approver.write("credit_text", "一次现场审核没有到场而签字。")
    approver.choose("certificate_measure", "suspended")
    approver.write("suspended_for", "6")
    tick(approver.page.locator('input[name="certificates"]').first)
    approver.write("opinion", "经核实，您反映的情况属实，协会已作出处理。")
    approver.write("told", "经核实，您没有到场而签字，违反行为准则。")
    approver.shoot("complaint-decide", phone=True)
    approver.finish("decide")
    with site.app.app_context(), transaction() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        assert case.outcome == "founded"
        assert "suspended" in session.scalars(select(Certificate.state)).all()


def read_result(accused: Person, number: str, complainant: str) -> None:
    """The letter is all they see of it, and it is what they can appeal (D3)."""
    accused.open("/notices")
    assert "投诉处理决定书" in accused.text
    assert complainant not in accused.page.content()
    assert "letter" in accused.letter("投诉处理决定书")
    accused.open("/services")
    accused.follow('form[action="/services/appeal/start"] button')
    assert f"{number} 投诉处理决定书" in accused.text
    assert "申诉截止" in accused.text
    assert complainant not in accused.page.content()
