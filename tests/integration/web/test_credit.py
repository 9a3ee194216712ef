"""The credit file: the person reads it, the association keeps it (D6)."""

import io
import re
from datetime import timedelta

import pytest

from certflow.core import audit, clock
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.demo import records
from certflow.notifications.queries import notices_of
from certflow.personnel.models import CreditEntry
from certflow.personnel.operations import add_credit_entry
from factories.actors import make_person, make_user
from factories.people import body as make_body

WORDS = {"kind": "warning", "text": "现场审核迟到，予以警示。", "basis": "信用档案管理办法"}


@pytest.fixture
def holder(session: Session):
    body = make_body(session)
    make_user(session, "gu.nanqiao", "reviewer")
    return make_person(session, make_user(session, "lin", "applicant"), 1, body)


@pytest.fixture
def reviewer(holder, browse):
    return browse("gu.nanqiao")


def proof() -> tuple[io.BytesIO, str]:
    return io.BytesIO(records.proof()), "调查记录.pdf"


def entries(session: Session) -> list[CreditEntry]:
    return list(session.query(CreditEntry))


def enter(reviewer, person_id: int, **fields: object):
    return reviewer.post(f"/office/credit/{person_id}", **{**WORDS, "evidence": proof(), **fields})


def test_an_empty_file_says_so(holder, browse) -> None:
    assert "信用档案里没有记录" in browse("lin").get("/credit").text


def test_the_person_reads_what_was_entered_and_until_when(session, holder, browse) -> None:
    on, text = clock.today(), Text("现场审核迟到，予以警示。", "Late.")
    add_credit_entry(
        session, holder.id, "warning", text, on, expires_on=on + timedelta(days=365), basis="内部"
    )
    page = browse("lin").get("/credit").text
    assert "现场审核迟到，予以警示。" in page
    assert "2027-11-20" in page
    assert "内部" not in page


def test_one_that_has_run_out_is_told_apart(session, holder, browse) -> None:
    on = clock.today() - timedelta(days=400)
    add_credit_entry(
        session, holder.id, "warning", Text("旧", "Old"), on, expires_on=on + timedelta(days=365)
    )
    assert "已过有效期，不再影响申请" in browse("lin").get("/credit").text


def test_people_are_found_by_name_and_archive_number(holder, reviewer) -> None:
    assert f"/office/credit/{holder.id}" in reviewer.get("/office/credit?q=li").text
    found = reviewer.get(f"/office/credit?q={holder.archive_number}")
    assert f"/office/credit/{holder.id}" in found.text
    assert "没有找到" in reviewer.get("/office/credit?q=nobody").text


def test_an_entry_is_kept_told_and_on_record(session, holder, reviewer) -> None:
    assert enter(reviewer, holder.id, expires_on="2027-11-20").status_code == 303
    entry = entries(session)[0]
    assert (entry.kind, entry.basis, len(entry.files)) == ("warning", "信用档案管理办法", 1)
    assert [one.kind for one in notices_of(session, holder.user_id)] == ["credit.entered"]
    told = list(audit.events(session, f"person/{holder.id}"))
    assert [one.action for one in told] == ["credit.entered"]
    assert told[0].reason == "信用档案管理办法"


def test_the_evidence_is_for_the_person_and_the_association(
    session, holder, reviewer, browse
) -> None:
    enter(reviewer, holder.id)
    entry = entries(session)[0]
    address = f"/credit/{entry.id}/files/{entry.files[0]}"
    assert browse("lin").get(address).data.startswith(b"%PDF")
    assert (
        reviewer.get(f"/office/credit/entries/{entry.id}/files/{entry.files[0]}").status_code == 200
    )
    other = make_user(session, "stranger", "applicant")
    make_person(session, other, 9, None)
    assert browse("stranger").get(address).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "?"}, "请选择类别"),
        ({"text": "短"}, "请写 5 至 500 个字"),
        ({"basis": ""}, "请写明记入的依据"),
        ({"expires_on": "2026-11-20"}, "有效期应当晚于今天"),
        ({"expires_on": "明年"}, "请填写完整的日期"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    session, holder, reviewer, wrong, words
) -> None:
    answer = enter(reviewer, holder.id, **wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert entries(session) == []
    kept = re.search(r'name="file_id" value="(\w+)"', answer.text)
    assert kept is not None, "the uploaded file has to be chosen again"
    again = reviewer.post(f"/office/credit/{holder.id}", **WORDS, file_id=kept[1])
    assert again.status_code == 303


def test_a_warning_wants_evidence(session, holder, reviewer) -> None:
    answer = reviewer.post(f"/office/credit/{holder.id}", **WORDS)
    assert answer.status_code == 422
    assert "要有证据" in answer.text


def test_nobody_enters_anything_about_themselves(session, holder, browse) -> None:
    from certflow.accounts.operations import grant_role

    person = make_person(session, make_user(session, "both", "reviewer"), 7, None)
    grant_role(session, person.user_id, "applicant", clock.now())
    browser = browse("both")
    browser.post("/role", role="reviewer")
    assert "不能由您记入" in browser.get(f"/office/credit/{person.id}").text
    assert enter(browser, person.id).status_code == 403


def test_a_body_reads_no_credit_file(session, holder, browse) -> None:
    from certflow.accounts.models import Organisation

    body = session.query(Organisation).one()
    make_user(session, "liu", "body_staff", body)
    assert browse("liu").get(f"/office/credit/{holder.id}").status_code == 403
