"""What bad input gets: a plain sentence, nothing lost, no second effect (issue 2 §4)."""

import re
from pathlib import Path

from playwright.sync_api import expect

from browser.conftest import Meet
from browser.pages import Person, Site
from browser.story import begin, choose, fill, submit
from certflow.cases.models import Case
from certflow.core import audit
from certflow.core.db import db, transaction


def completed(site: Site, number: str, element: str) -> int:
    """Return how often a task of a case was completed."""
    with site.app.app_context():
        case = db.session.query(Case).filter_by(number=number).one()
        events = audit.events(db.session(), case.chain_key)
        return len([one for one in events if one.element == element and "completed" in one.action])


def test_every_field_is_checked_on_the_server_and_nothing_is_lost(meet: Meet) -> None:
    person = meet("user024").open("/services")
    person.follow('form[action="/services/registration/start"] button')
    person.select("field", "QMS")
    with person.refused(422):
        person.go_on()
    assert "还有 1 处需要修改" in person.text
    assert person.page.locator('select[name="field"]').input_value() == "QMS"
    choose(person)
    person.follow('a:has-text("继续填报")')
    card = person.add("education")
    name = card.locator('input[type="text"]').first
    name.fill("只填了学校")
    with person.refused(422):
        person.go_on()
    summary = person.page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    assert len(summary.locator("li").all()) >= 4
    assert person.page.locator('input[value="只填了学校"]').count() == 1
    assert person.page.locator(".cf-field--error").count() >= 4
    summary.locator("a").first.click()
    focused = person.page.evaluate("document.activeElement.name || document.activeElement.id")
    assert "education" in focused


def test_what_the_page_allows_is_not_what_the_server_allows(site: Site, meet: Meet) -> None:
    """A value that no option offers, typed straight into the request, is refused."""
    person = meet("user036").open("/services")
    person.follow('form[action="/services/registration/start"] button')
    person.page.evaluate(
        """() => { const one = document.querySelector('select[name=field]');
        one.add(new Option('XX', 'XX')); one.value = 'XX'; }"""
    )
    person.choose("mode", "first_intern")
    with person.refused(422):
        person.go_on()
    assert person.page.locator("[data-error-summary]").count() == 1


def test_files_of_the_wrong_kind_or_size_are_refused_with_the_reason(
    meet: Meet, paper: Path, tmp_path: Path
) -> None:
    person = meet("user048")
    begin(person)
    person.follow('a:has-text("继续填报")')
    card = person.add("education")
    wrong, false, heavy = tmp_path / "a.exe", tmp_path / "b.pdf", tmp_path / "c.pdf"
    wrong.write_bytes(b"MZ" + b"\0" * 64)
    false.write_bytes(b"<html><script>alert(1)</script></html>")
    heavy.write_bytes(b"%PDF-1.7\n" + b"0" * 21 * 2**20)
    with person.refused(422):
        for path in (wrong, false, heavy):
            card.locator('input[type="file"]').set_input_files(path)
            expect(
                card.locator(".cf-file--failed").last.locator(".cf-file__note")
            ).not_to_be_empty()
        expect(card.locator(".cf-file--failed")).to_have_count(3)
    reasons = card.locator(".cf-file--failed .cf-file__note").all_inner_texts()
    assert "20 MB" in reasons[2]
    assert card.locator('[data-files] input[type="hidden"]').count() == 0
    person.attach(card, paper)
    assert card.locator('[data-files] input[type="hidden"]').count() == 1


def test_a_double_click_submits_once(site: Site, meet: Meet) -> None:
    person = meet("user060")
    begin(person)
    person.follow('a:has-text("继续填报")')
    fill(person)
    for name in ("truthful", "conduct", "consent"):
        person.choose(name, "true")
    person.finish("submit")
    with person.page.expect_navigation():
        person.page.locator('button.cf-button[name="_outcome"]').dblclick()
    number = re.search(r"\b\d{14}\b", person.text)
    assert number
    assert completed(site, number.group(0), "apply") == 1


def test_the_same_form_sent_twice_has_one_effect(site: Site, meet: Meet) -> None:
    """Back, and the button once more: the key of the page has been used."""
    person = meet("user072")
    begin(person)
    person.follow('a:has-text("继续填报")')
    fill(person)
    number = submit(person)
    with person.refused(409):
        person.page.go_back()
        button = person.page.locator('button.cf-button[name="_outcome"]')
        if button.count():
            with person.page.expect_navigation():
                button.click()
    assert completed(site, number, "apply") == 1


def test_a_task_done_by_somebody_else_is_told(site: Site, meet: Meet) -> None:
    applicant = meet("user084")
    begin(applicant)
    applicant.follow('a:has-text("继续填报")')
    fill(applicant)
    number = submit(applicant)
    here, there = meet("liu.guanlan"), meet("liu.guanlan")
    here.claim(number)
    there.take(number)
    for one in (here, there):
        one.judge()
    here.finish("agree")
    there.write("opinion", "我也同意。")
    with there.refused(409):
        there.finish("agree")
    assert "查看最新情况" in there.text
    assert completed(site, number, "pre_review") == 1


def test_a_stale_page_is_told_and_what_was_typed_is_kept(site: Site, meet: Meet) -> None:
    applicant = meet("user096")
    begin(applicant)
    applicant.follow('a:has-text("继续填报")')
    fill(applicant)
    number = submit(applicant)
    staff = meet("liu.guanlan").claim(number)
    staff.judge()
    staff.write("opinion", "写好了的意见。")
    move_on(site, number)
    with staff.refused(409):
        staff.finish("agree")
    assert "已存为草稿" in staff.text
    staff.follow('a:has-text("核对后再提交")')
    assert staff.page.locator('textarea[name="opinion"]').input_value() == "写好了的意见。"
    staff.finish("agree")
    assert completed(site, number, "pre_review") == 1


def move_on(site: Site, number: str) -> None:
    """Let something else happen to a case, so that its version is another."""
    with site.app.app_context(), transaction() as session:
        session.query(Case).filter_by(number=number).one().version += 1


def test_another_persons_pages_are_not_found(site: Site, meet: Meet) -> None:
    stranger: Person = meet("user108").open("/cases/1")
    assert "已为您打开首页" in stranger.text  # signing in does not end on an error
    with stranger.refused(404):
        for path in ("/cases/1", "/tasks/1", "/nowhere", "/files/abc"):
            stranger.open(path)
            assert "没有找到这一页" in stranger.text
            assert "Traceback" not in stranger.page.content()
