"""Files sent up and downloaded (design §6)."""

import io

import pytest

from certflow.core.files import StoredFile
from certflow.demo.records import evidence_file
from factories.actors import make_user


@pytest.fixture
def owner(session):
    return make_user(session, "owner", "applicant")


@pytest.fixture
def pdf(session, owner):
    return evidence_file(session, owner.id, "employment")


def test_an_upload_is_stored_and_described(session, owner, pdf, browse) -> None:
    browser = browse("owner")
    content = browser.get(f"/files/{pdf}").data
    answer = browser.post("/files", file=(io.BytesIO(content), "证明.pdf"))
    assert answer.json["name"] == "证明.pdf"
    assert answer.json["size"] == len(content)
    assert session.get_one(StoredFile, answer.json["id"]).owner_id == owner.id


@pytest.mark.parametrize("content", [b"MZ\x90 not a document", b"", b"<html>hello</html>"])
def test_an_upload_of_another_kind_is_refused_with_the_reason(owner, browse, content) -> None:
    answer = browse("owner").post("/files", file=(io.BytesIO(content), "x.pdf"))
    assert answer.status_code == 422
    assert set(answer.json) == {"error"}
    assert answer.json["error"]


def test_an_upload_without_a_file_says_so(owner, browse) -> None:
    assert browse("owner").post("/files").json == {"error": "请选择一个文件再上传。"}


def test_a_visitor_cannot_upload(visitor) -> None:
    answer = visitor.post("/files", file=(io.BytesIO(b"x"), "x.pdf"))
    assert answer.status_code == 401


def test_a_regulator_looks_on_and_uploads_nothing(session, browse) -> None:
    make_user(session, "cnca", "regulator")
    answer = browse("cnca").post("/files", file=(io.BytesIO(b"x"), "x.pdf"))
    assert answer.status_code == 403


def test_a_download_is_an_attachment_that_nothing_sniffs_or_keeps(owner, pdf, browse) -> None:
    head = browse("owner").get(f"/files/{pdf}").headers
    assert head["Content-Disposition"].startswith("attachment")
    assert head["X-Content-Type-Options"] == "nosniff"
    assert head["Cache-Control"] == "private, no-store"


def test_a_preview_stands_alone(owner, pdf, browse) -> None:
    head = browse("owner").get(f"/files/{pdf}?preview=1").headers
    assert head["Content-Disposition"].startswith("inline")
    assert "sandbox" in head["Content-Security-Policy"]
    assert "default-src 'none'" in head["Content-Security-Policy"]


def test_another_persons_file_is_not_found(session, pdf, browse) -> None:
    make_user(session, "other", "applicant")
    assert browse("other").get(f"/files/{pdf}").status_code == 404


def test_an_unknown_file_gets_the_same_answer(session, owner, browse) -> None:
    assert browse("owner").get("/files/abcdefghijklmnopqrstuvwxyz").status_code == 404


def test_those_who_see_the_case_see_its_evidence(story, browse) -> None:
    story.begin().choose().apply()
    file_id = story.application["audit"][0]["files"][0]
    assert browse("liu").get(f"/files/{file_id}").status_code == 200
    assert browse("expert0").get(f"/files/{file_id}").status_code == 404
