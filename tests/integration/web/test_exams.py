"""The exam office's pages and my exams (catalogue D7, E1, E9, E10; issue 3 §4)."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from certflow.core import clock
from certflow.core.tables import table_file
from certflow.exams import operations, queries
from factories import exams
from factories.actors import actor, make_person, make_user
from factories.cast import publish_shipped
from factories.exams import HEAD, QMS, Sitting

LIN = "lin"


@pytest.fixture
def office(session):
    return actor(make_user(session, "qin.shuhuai", "exam_office"), "exam_office")


@pytest.fixture
def applicant(session):
    user = make_user(session, LIN, "applicant")
    return actor(user, "applicant", person=make_person(session, user, 1, None))


@pytest.fixture
def sitting(session, office, applicant) -> Sitting:
    publish_shipped(session, "registration", "exam_regrading")
    exam = exams.make_exam(session, office)
    return exams.let_sit(session, exam, {LIN: (applicant.person_id, (QMS,))})


@pytest.fixture
def clerk(sitting, browse):
    return browse("qin.shuhuai")


def file_of(*rows, name="成绩.xlsx"):
    return BytesIO(table_file("xlsx", HEAD, rows)), name


def right(sitting, score=71):
    return [sitting.entries[LIN].ticket_number, LIN, "质量管理体系基础", score, "2026-10-17"]


def upload(clerk, sitting, *rows):
    address = f"/office/exams/{sitting.exam.id}/imports/marks"
    return clerk.post(address, file=file_of(*rows))


def latest(session, sitting):
    found = queries.marks_of(session, [sitting.sat[LIN, QMS].id])
    return [mark.score for marks in found.values() for mark in marks]


def test_results_are_checked_accepted_and_published(session, sitting, clerk) -> None:
    report = upload(clerk, sitting, right(sitting), right(sitting, 101))
    assert report.status_code == 303
    address = report.headers["Location"]
    page = clerk.get(address).text
    assert "还没有改动任何数据" in page
    assert "成绩应为 0 至 100 的整数" in page
    assert latest(session, sitting) == []
    for _ in range(2):
        clerk.post(address, outcome="accept")
    assert latest(session, sitting) == [71]
    clerk.post(f"/office/exams/{sitting.exam.id}/publish", when="now")
    assert "成绩已发布" in clerk.get("/office/exams").text


def test_bad_rows_are_given_back_as_a_file(session, sitting, clerk) -> None:
    row = right(sitting)
    report = upload(clerk, sitting, [row[0], "=1+1", *row[2:]])
    for kind in ("xlsx", "csv"):
        answer = clerk.get(f"{report.headers['Location']}/rejected.{kind}")
        assert "attachment" in answer.headers["Content-Disposition"]
    csv = answer.data.decode("utf-8-sig").splitlines()
    assert csv[0] == "准考证号,姓名,科目,成绩,考试日期,退回原因"
    assert "'=1+1" in csv[1]
    assert "姓名与准考证号不符" in csv[1]


def test_a_file_that_is_none_is_told_at_its_field(sitting, clerk) -> None:
    address = f"/office/exams/{sitting.exam.id}/imports/marks"
    for sent, said in (
        ((BytesIO(b"\xd0\xcf\x11\xe0"), "旧.xls"), "旧格式"),
        ((BytesIO(b"<!DOCTYPE html>"), "x.xlsx"), "表头缺少"),
        ((BytesIO(b"PK\x03\x04"), "x.xlsx"), "文件打不开"),
    ):
        answer = clerk.post(address, file=sent)
        assert answer.status_code == 422
        assert said in answer.text
    assert "请选择一个文件" in clerk.post(address).text


def test_an_import_can_be_discarded(session, sitting, clerk) -> None:
    report = upload(clerk, sitting, right(sitting))
    clerk.post(report.headers["Location"], outcome="discard")
    assert "没有任何改动" in clerk.get(report.headers["Location"]).text
    assert clerk.post(report.headers["Location"], outcome="accept").status_code == 409
    assert latest(session, sitting) == []


def test_the_template_can_be_filled_and_sent_back(session, sitting, clerk) -> None:
    answer = clerk.get(f"/office/exams/{sitting.exam.id}/template.xlsx")
    book = load_workbook(BytesIO(answer.data))
    book.worksheets[0]["D2"] = "缺考"
    content = BytesIO()
    book.save(content)
    content.seek(0)
    address = f"/office/exams/{sitting.exam.id}/imports/marks"
    report = clerk.post(address, file=(content, "成绩.xlsx"))
    clerk.post(report.headers["Location"], outcome="accept")
    assert "缺考" in clerk.get(f"/office/exams/{sitting.exam.id}/entries").text


def test_an_exam_is_set_up_with_sessions(sitting, clerk) -> None:
    made = clerk.post("/office/exams", title="2027年第一期", title_en="", code="202701")
    address = made.headers["Location"]
    times = {"day": "2027-05-22", "starts": "09:00", "ends": "11:00", "pass_mark": "60"}
    assert clerk.post(f"{address}/sessions", subject="ms_basis", **times).status_code == 303
    assert "管理体系认证基础" in clerk.get(address).text
    again = clerk.post(f"{address}/sessions", subject="general_basis", **times)
    assert again.status_code == 422
    assert "与第 1 场重叠" in again.text


@pytest.mark.parametrize(
    ("place", "typed", "said"),
    [
        ("", {"title": "", "code": "202702"}, "请填写考试名称"),
        ("", {"title": "考试", "code": "x y"}, "4 至 12 位"),
        ("", {"title": "考试", "code": "202602"}, "已经有编号"),
        ("/1/sessions", {"day": "昨天", "starts": "", "ends": ""}, "请填写完整的日期"),
        (
            "/1/sessions",
            {"day": "2027-05-22", "starts": "11:00", "ends": "09:00"},
            "场次的结束时间",
        ),
        ("/1/publish", {"when": "later", "publish_at": "soon"}, "请填写发布时间"),
        ("/1/recheck", {"allows": "yes", "opens_at": "", "closes_at": ""}, "请填写开始和结束"),
    ],
)
def test_wrong_input_is_told_at_its_field(sitting, clerk, place, typed, said) -> None:
    place = place.replace("1", str(sitting.exam.id))
    answer = clerk.post(f"/office/exams{place}", **typed)
    assert answer.status_code == 422
    assert said in answer.text


def test_results_can_be_timed_and_re_checks_opened(session, sitting, office, clerk) -> None:
    operations.record_marks(
        session,
        sitting.exam,
        [operations.NewMark(sitting.sat[LIN, QMS].id, 58)],
        clock.now(),
        office,
    )
    session.commit()
    address = f"/office/exams/{sitting.exam.id}"
    clerk.post(f"{address}/publish", when="later", publish_at="2026-11-21T10:00")
    assert "将于 2026-11-21 10:00 自动发布" in clerk.get(address).text
    early = {"opens_at": "2026-11-21T09:00", "closes_at": "2026-11-30T17:00"}
    assert clerk.post(f"{address}/recheck", allows="yes", **early).status_code == 422
    early["opens_at"] = "2026-11-21T10:00"
    assert clerk.post(f"{address}/recheck", allows="yes", **early).status_code == 303


def published(session, sitting, office, score=58) -> None:
    exams.give_marks(session, sitting, {(LIN, QMS): score}, office)
    window = (clock.now(), clock.now() + timedelta(days=10))
    operations.set_recheck(session, sitting.exam, window, office)
    session.commit()


def test_my_exams_offers_a_re_check_in_its_window(session, sitting, office, browse) -> None:
    person = browse(LIN)
    assert "成绩未公布" in person.get("/my/exams").text
    published(session, sitting, office)
    page = person.get("/my/exams").text
    assert sitting.entries[LIN].ticket_number in page
    assert 'action="/services/exam_regrading/start"' in page
    clock.move(timedelta(days=10))
    assert 'action="/services/exam_regrading/start"' not in browse(LIN).get("/my/exams").text


def test_a_pass_tells_until_when_it_counts(session, sitting, office, browse) -> None:
    published(session, sitting, office, 71)
    page = browse(LIN).get("/my/exams").text
    assert "2029-10-17" in page


def test_the_button_starts_it_with_the_result_chosen(session, sitting, office, browse) -> None:
    published(session, sitting, office)
    sat = sitting.sat[LIN, QMS].id
    person = browse(LIN)
    begun = person.post("/services/exam_regrading/start", **{"given-exam_result": sat})
    assert f'value="{sat}" selected' in person.get(begun.headers["Location"]).text


def test_another_persons_result_starts_nothing(session, sitting, office, browse) -> None:
    published(session, sitting, office)
    stranger = make_user(session, "stranger", "applicant")
    make_person(session, stranger, 9, None)
    session.commit()
    sat = sitting.sat[LIN, QMS].id
    answer = browse("stranger").post(
        "/services/exam_regrading/start", **{"given-exam_result": sat, "back": "/my/exams"}
    )
    assert answer.headers["Location"] == "/my/exams"


def test_a_changed_score_stands_with_its_history(session, sitting, office, browse) -> None:
    published(session, sitting, office)
    operations.settle_recheck(session, sitting.sat[LIN, QMS].id, 61, 1, clock.now(), office)
    session.commit()
    page = browse(LIN).get("/my/exams").text
    assert "58 分，首次公布" in page
    assert "61 分，成绩复核后更正" in page
