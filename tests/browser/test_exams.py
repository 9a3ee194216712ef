"""Results and their re-check in real browsers: exam office, candidate, second markers (E9, E10)."""

import re
from pathlib import Path

import pytest

from browser.conftest import Meet
from browser.pages import Person, Site, tick
from certflow.accounts.models import Person as Holder
from certflow.accounts.models import User
from certflow.core.actor import SYSTEM
from certflow.core.db import transaction
from certflow.core.tables import table_file
from factories import exams
from factories.cast import publish_shipped
from factories.exams import HEAD, QMS

CANDIDATE, OFFICE, FIRST, SECOND = "user204", "qin.shuhuai", "user003", "shen.shiguang"
"""The candidate is nobody else's; both markers belong to other bodies."""


@pytest.fixture
def exam(site: Site) -> tuple[int, str]:
    """An exam that the candidate has sat: its id and the ticket number."""
    with site.app.app_context(), transaction() as session:
        publish_shipped(session, "exam_regrading")
        holder = session.query(Holder).join(User).filter(User.login_name == CANDIDATE).one()
        made = exams.make_exam(session, SYSTEM, "209902")
        sitting = exams.let_sit(session, made, {CANDIDATE: (holder.id, (QMS,))})
        return made.id, sitting.entries[CANDIDATE].ticket_number


def results(path: Path, *rows: list[object]) -> Path:
    path.write_bytes(table_file("xlsx", HEAD, rows))  # type: ignore[arg-type]
    return path


def import_results(office: Person, exam_id: int, file: Path) -> None:
    office.open(f"/office/exams/{exam_id}/imports/marks")
    office.page.set_input_files("#file", file)
    office.follow(".cf-actions button.cf-button--main")


def publish(office: Person, exam_id: int) -> None:
    office.open(f"/office/exams/{exam_id}").press("when", "now")
    tick(office.page.locator('input[name="allows"][value="yes"]'))
    office.write("opens_at", "2026-11-20T09:00")
    office.write("closes_at", "2026-11-30T17:00")
    office.follow("#recheck button")
    assert "受理中" in office.text


def assign(office: Person, number: str, marker: str) -> None:
    """Tick exactly this marker: who declined before is still ticked."""
    office.claim(number)
    for option in office.page.locator('label:has(input[name="experts"])').all():
        box = option.locator('input[name="experts"]')
        tick(box, on=marker in option.inner_text())
    office.finish("assign")


def test_results_are_imported_published_and_one_is_re_checked(
    site: Site, meet: Meet, exam: tuple[int, str], tmp_path: Path, paper: Path
) -> None:
    exam_id, ticket = exam
    name, office = site.name(CANDIDATE), meet(OFFICE)
    good = [ticket, name, "QMS基础", 57, "2026-10-17"]
    sheet = results(tmp_path / "成绩.xlsx", good, ["209902000099", "无名", "QMS基础", 60, ""])
    import_results(office, exam_id, sheet)
    assert "本次考试没有这个准考证号" in office.text
    assert "还没有改动任何数据" in office.text
    office.shoot("exam-import", phone=True)
    with office.page.expect_download() as rejected:
        office.page.click("text=下载有问题的行")
    assert rejected.value.suggested_filename.endswith(".xlsx")
    office.press("outcome", "accept")
    publish(office, exam_id)
    office.shoot("exam-office", phone=True)

    candidate = meet(CANDIDATE).open("/my/exams")
    assert "57" in candidate.text
    candidate.shoot("my-exams", phone=True)
    candidate.follow('form[action="/services/exam_regrading/start"] button')
    candidate.write("ticket_number", "123456")
    candidate.write("reason", "简答题第 3 题似乎没有计分。")
    tick(candidate.page.locator('input[name="understood"]').last)
    with candidate.refused(422):
        candidate.finish("submit")
    assert "准考证号与所选的考试不符" in candidate.text
    candidate.write("ticket_number", ticket)
    candidate.finish("submit")
    candidate.finish("submit")
    found = re.search(r"\b\d{14}\b", candidate.text)
    assert found
    number = found.group(0)

    office.claim(number).finish("accept")
    office.claim(number)
    office.attach(office.page.locator("#main"), paper)
    office.finish("send")
    assign(office, number, site.name(FIRST))
    declining = meet(FIRST).open("/home").act_as("expert").take(number)
    declining.page.locator("summary", has_text="申请回避").click()
    declining.select("decline_reason", "recognised")
    declining.finish("decline")
    assign(office, number, site.name(SECOND))

    marker = meet(SECOND).open("/home").act_as("expert").take(number)
    assert "材料 1.pdf" in marker.text
    for secret in (name, ticket, "57", "简答题"):
        assert secret not in marker.text
    marker.shoot("exam-second-marker", phone=True)
    marker.write("score", "61")
    marker.write("remark", "第 3 题漏计 4 分。")
    marker.finish("submit")

    office.claim(number)
    assert "第 3 题漏计 4 分。" in office.text
    office.write("opinion", "采纳复核阅卷人的成绩。")
    office.shoot("exam-decide")
    office.finish("change")
    assert "成绩已更正" in office.text

    candidate.open("/my/exams")
    assert "57 分，首次公布" in candidate.text
    assert "61 分，成绩复核后更正" in candidate.text
    candidate.shoot("my-exams-changed", phone=True)
    candidate.notice(number)
    assert site.name(SECOND) not in candidate.text
