"""The applicants' pages (catalogue A9, B1, B3, B4, C8, D7)."""

import re

import pytest

from certflow.cases.models import Case
from certflow.core import outbox
from certflow.core.db import Session
from certflow.demo.records import evidence_file
from certflow.demo.story import Story
from certflow.personnel.library import add_record
from certflow.personnel.models import Certificate, ProfileRecord
from certflow.personnel.queries import records_of
from factories.actors import make_person, make_user
from factories.cast import START
from factories.quarrels import make_accused, make_complaint, make_court

EMPLOYMENT = {
    "employer": "青屿示例纺织有限公司",
    "started_on": "2016-03-01",
    "department": "质量部",
    "position": "工程师",
    "referee_name": "苏映雪",
    "referee_phone": "13800009999",
}


def registered(story: Story) -> Story:
    story.begin().choose().apply().pre_review().pay().accept().assign()
    return story.evaluate().conclude().approve()


def test_home_greets_by_the_time_of_day_and_names_what_waits(story, browse) -> None:
    story.begin().choose()
    page = browse("lin").get("/home").text
    assert "上午好，lin" in page
    assert "有 1 件事等您处理" in page
    assert "继续填写" in page


def test_home_asks_for_an_unpaid_fee(story, browse) -> None:
    story.begin().choose().apply().pre_review()
    page = browse("lin").get("/home").text
    assert "缴纳 200.00 元" in page
    assert "去缴费" in page


def test_home_shows_the_deadline_of_what_is_to_be_mended(story, browse) -> None:
    story.begin().choose().apply().pre_review().pay().accept().assign()
    story.evaluate(fails=[f"audit/{story.application['audit'][0]['id']}"]).conclude("correct")
    page = browse("lin").get("/home").text
    assert "还有 60 天" in page
    assert "去修改" in page


def test_a_reader_of_english_gets_english_titles(story, browse) -> None:
    browser = browse("lin")
    browser.post("/language", locale="en")
    assert "Registration of certification personnel" in browser.get("/services").text


@pytest.mark.parametrize("words", ["升级", "renewal auditor", "人员注册"])
def test_a_service_is_found_by_words_of_either_language(story, browse, words) -> None:
    assert 'id="registration"' in browse("lin").get("/services", query_string={"q": words}).text


def test_words_that_fit_nothing_find_nothing(story, browse) -> None:
    page = browse("lin").get("/services", query_string={"q": "渡轮"}).text
    assert 'id="registration"' not in page
    assert "没有找到“渡轮”" in page


def test_starting_a_service_leads_to_its_first_task(session, story, browse) -> None:
    answer = browse("lin").post("/services/registration/start")
    assert answer.status_code == 303
    assert re.fullmatch(r"/tasks/\d+", answer.location)


def test_starting_twice_opens_the_draft_and_another_only_when_asked(session, story, browse) -> None:
    browser = browse("lin")
    first = browser.post("/services/registration/start").location
    assert browser.post("/services/registration/start").location == first
    assert session.query(Case).count() == 1
    assert browser.post("/services/registration/start", again="1").location != first
    assert "您有 2 份草稿" in browser.get("/services").text


def test_a_double_click_on_start_makes_one_draft(session, story, browse) -> None:
    browser = browse("lin")
    browser.post("/services/registration/start")
    key = re.search(r'name="key" value="(\w+)"', browser.get("/services").text)[1]
    clicks = [
        browser.post("/services/registration/start", again="1", key=key).location for _ in range(2)
    ]
    assert clicks[0] == clicks[1]
    assert session.query(Case).count() == 2


def test_a_service_is_there_for_its_own_roles_only(story, browse) -> None:
    assert browse("liu").post("/services/registration/start").status_code == 404


def test_my_cases_are_counted_by_state_and_found_by_number(session, story, browse) -> None:
    story.begin().choose().apply()
    number = story.case.number
    story.begin()
    browser = browse("lin")
    page = browser.get("/my/cases").text
    assert "共 2 件" in page
    assert "共 1 件" in browser.get("/my/cases?state=draft").text
    assert number in browser.get(f"/my/cases?q={number}").text
    assert "没有找到" in browser.get("/my/cases?q=20990101").text


@pytest.mark.parametrize(
    ("words", "found"), [("机构初核", 1), ("pre-review", 1), ("人员注册", 2), ("受理审查", 0)]
)
def test_my_cases_are_found_by_stage_and_by_service(story, browse, words, found) -> None:
    story.begin().choose().apply()
    story.begin()
    page = browse("lin").get("/my/cases", query_string={"q": words}).text
    assert ("没有找到" in page) if not found else (f"共 {found} 件" in page)


def test_a_draft_is_deleted_after_a_page_that_says_what_is_lost(session, story, browse) -> None:
    story.begin()
    browser = browse("lin")
    address = f"/my/cases/{story.case_id}/delete"
    assert "不能恢复" in browser.get(address).text
    assert browser.post(address).status_code == 303
    assert session.query(Case).count() == 0


def test_another_persons_draft_is_not_found(session, story, browse) -> None:
    story.begin()
    make_user(session, "other", "applicant")
    browser = browse("other")
    assert browser.get(f"/my/cases/{story.case_id}/delete").status_code == 404
    assert browser.post(f"/my/cases/{story.case_id}/delete").status_code == 404
    assert session.query(Case).count() == 1


def test_a_certificate_can_be_downloaded_at_once(session, story, browse) -> None:
    registered(story)
    browser = browse("lin")
    certificate = session.query(Certificate).one()
    address = f"/my/certificates/{certificate.id}/pdf"
    assert address in browser.get("/my/certificates").text
    pdf = browser.get(address)
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"].startswith("attachment")


def test_the_outbox_makes_the_pdf_which_belongs_to_the_holder(session, story, browse) -> None:
    registered(story)
    session.commit()
    outbox.relay()
    session.expire_all()
    certificate = session.query(Certificate).one()
    browser = browse("lin")
    stored = browser.get(f"/files/{certificate.pdf_file_id}").data
    assert browser.get(f"/my/certificates/{certificate.id}/pdf").data == stored


def test_another_persons_certificate_is_not_found(session, story, browse) -> None:
    registered(story)
    make_person(session, make_user(session, "other", "applicant"), 77, None)
    certificate = session.query(Certificate).one()
    browser = browse("other")
    for tail in ("", "/pdf"):
        assert browser.get(f"/my/certificates/{certificate.id}{tail}").status_code == 404


def test_the_body_of_the_holder_may_download_the_certificate(session, story, browse) -> None:
    registered(story)
    session.commit()
    outbox.relay()
    certificate = session.query(Certificate).one()
    answer = browse("liu").get(f"/my/certificates/{certificate.id}/pdf")
    assert answer.data.startswith(b"%PDF-")


def test_personal_numbers_are_masked_in_the_library(session, story, browse) -> None:
    page = browse("lin").get("/my/profile").text
    assert "138****0001" in page
    assert "999999********" in page
    assert "13800000001" not in page


def test_a_record_is_added_with_its_evidence(session, story, browse) -> None:
    file_id = evidence_file(session, story.cast.applicant.user_id, "employment")
    browser = browse("lin")
    answer = browser.post("/my/profile/new/employment", **EMPLOYMENT, files=file_id)
    assert (answer.status_code, answer.location) == (303, "/my/profile?kind=employment")
    assert "青屿示例纺织有限公司" in browser.get(answer.location).text


def test_a_wrong_record_is_shown_again_with_what_was_typed(session, story, browse) -> None:
    typed = EMPLOYMENT | {"started_on": "2099-01-01"}
    answer = browse("lin").post("/my/profile/new/employment", **typed)
    assert answer.status_code == 422
    assert "青屿示例纺织有限公司" in answer.text
    assert "cf-summary" in answer.text


def test_somebody_elses_file_cannot_be_put_into_a_record(session, story, browse) -> None:
    file_id = evidence_file(session, story.cast.reviewer.user_id, "employment")
    answer = browse("lin").post("/my/profile/new/employment", **EMPLOYMENT, files=file_id)
    assert answer.status_code == 422
    assert "请重新上传这个文件" in answer.text


def test_a_record_is_changed_and_deleted(session, story, browse) -> None:
    person_id = story.cast.applicant.person_id
    record = records_of(session, person_id, "employment")[0]
    browser, address = browse("lin"), f"/my/profile/records/{record.id}"
    files = record.data["files"]
    assert browser.post(address, **EMPLOYMENT, files=files).status_code == 303
    changed = session.get_one(ProfileRecord, record.id)
    assert changed.data["employer"] == EMPLOYMENT["employer"]
    assert "不能恢复" in browser.get(f"{address}/delete").text
    assert browser.post(f"{address}/delete").status_code == 303
    assert records_of(session, person_id, "employment") == []


def test_a_verified_record_is_locked(session, story, browse) -> None:
    person_id = story.cast.applicant.person_id
    record = add_record(session, person_id, "cpd", {"course": "网络课程"}, START, verified=True)
    browser, address = browse("lin"), f"/my/profile/records/{record.id}"
    assert "平台已核实" in browser.get("/my/profile?kind=cpd").text
    for answer in (browser.get(address), browser.post(address), browser.post(f"{address}/delete")):
        assert answer.status_code == 403


def test_another_persons_record_is_not_found(session: Session, story, browse) -> None:
    record = records_of(session, story.cast.applicant.person_id)[0]
    make_person(session, make_user(session, "other", "applicant"), 77, None)
    browser = browse("other")
    for address in (f"/my/profile/records/{record.id}", f"/my/profile/records/{record.id}/delete"):
        assert browser.get(address).status_code == 404
        assert browser.post(address).status_code == 404


def test_a_form_without_its_token_changes_nothing(session, story, browse) -> None:
    answer = browse("lin").send("POST", "/services/registration/start")
    assert answer.status_code == 400
    assert session.query(Case).count() == 0


def test_hints_for_the_applicant_are_not_said_to_the_other_party(session, browse) -> None:
    court = make_court(session)
    make_complaint(court, make_accused(session)).begin().file().accept().assign().prepare()
    page = browse("qian").get("/home").text
    assert "被投诉人陈述" in page
    assert "等待被投诉人" not in page
