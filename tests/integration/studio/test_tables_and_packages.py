"""Tables and settings of a draft, a process in and out as a file (catalogue H2, H4, H9)."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from certflow import cli
from certflow.cases import versions
from certflow.core import audit, clock
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid
from certflow.studio import drafts, folders, importing, packages, table_changes, tables
from certflow.studio.checking import check
from certflow.studio.models import Draft
from certflow.web.limits import limiter
from factories.browser import Browser
from factories.cast import ROOT, START
from factories.studio import acting, make_designer

KEYS = sorted(path.parent.name for path in ROOT.glob("bpmn/*/service.json"))


@pytest.fixture(autouse=True)
def nine_in_the_morning(app: Flask) -> None:
    clock.freeze(START)
    with app.app_context():
        limiter.reset()


def publish(session: Session, *keys: str) -> None:
    for key in keys:
        versions.publish(session, key, versions.read_folder(ROOT, key), "随安装包发布")


@pytest.fixture
def draft(session: Session) -> Draft:
    publish(session, "transfer")
    return drafts.begin_from(session, acting(make_designer(session, "pei")), "transfer")


@pytest.fixture
def browser(app: Flask, session: Session, draft: Draft) -> Browser:
    session.commit()
    return Browser(app, session).sign_in("pei")


def who(session: Session, login: str = "tang") -> Any:
    return acting(make_designer(session, login))


def names(session: Session, draft: Draft) -> list[str]:
    return [one.name for one in tables.listed(drafts.content_of(session, draft))]


def test_a_new_table_can_be_read_and_is_on_the_list(session: Session, draft: Draft) -> None:
    table_changes.begin(session, who(session), draft, "reduction", "减免 <条件>")
    assert names(session, draft) == ["conditions", "reduction"]
    (card,) = tables.listed(drafts.content_of(session, draft))[1].decisions
    assert (card.id, card.title, card.policy, card.rules) == ("reduction", "减免 <条件>", "U", 1)
    actions = [one.action for one in session.query(audit.AuditEvent)]
    assert "draft.tables_changed" in actions


def test_a_copy_has_ids_of_its_own_and_nothing_else_changes(session: Session, draft: Draft) -> None:
    table_changes.copy(session, who(session), draft, "conditions", "others", "另一套条件")
    content = drafts.content_of(session, draft)
    assert [one.id for file in tables.listed(content) for one in file.decisions] == [
        "conditions",
        "others",
    ]
    assert [one for one in check("transfer", content) if one.severity == "error"] == []


def test_a_renamed_file_is_still_found_by_the_diagram(session: Session, draft: Draft) -> None:
    table_changes.rename(session, who(session), draft, "conditions", "rules")
    content = drafts.content_of(session, draft)
    assert list(content["tables"]) == ["rules"]
    assert [one for one in check("transfer", content) if one.severity == "error"] == []


def test_removing_a_table_says_who_asks_it_and_what_then_is_missing(
    session: Session, draft: Draft
) -> None:
    content = drafts.content_of(session, draft)
    assert [one.zh for one in tables.users_of(content, "conditions")] == ["条件自检"]
    part = drafts.part(session, draft, "table:conditions")
    with pytest.raises(Conflict):
        table_changes.remove(session, who(session), draft, "conditions", part.revision + 1)
    table_changes.remove(session, who(session, "qian"), draft, "conditions", part.revision)
    remarks = check("transfer", drafts.content_of(session, draft))
    assert any(one.place == "check_conditions" for one in remarks)


@pytest.mark.parametrize("name", ["", "conditions", "Reduction", "1a", "a b", "class", "x" * 51])
def test_a_name_that_cannot_be_is_refused_at_its_field(
    session: Session, draft: Draft, name: str
) -> None:
    with pytest.raises(Invalid) as refused:
        table_changes.begin(session, who(session), draft, name, "减免")
    assert set(refused.value.fields) == {"name"}


def test_the_pages_show_tables_and_settings(browser: Browser) -> None:
    listed = browser.get("/studio/transfer/draft/tables").text
    assert "转换条件" in listed
    assert "条件自检" in listed
    assert "data-examine" in browser.get("/studio/transfer/draft/tables/conditions").text
    assert "data-settings" in browser.get("/studio/transfer/draft/settings").text
    found = browser.get("/studio/transfer/draft/tables?part=table:conditions&place=x")
    assert found.location.startswith("/studio/transfer/draft/tables/conditions")
    refused = browser.post("/studio/transfer/draft/tables", name="Bad Name", title="")
    assert refused.status_code == 422
    assert "Bad Name" in refused.text
    made = browser.post("/studio/transfer/draft/tables", name="fees", title="费用")
    assert made.location == "/studio/transfer/draft/tables/fees"


def test_the_editor_is_told_what_a_table_comes_to(browser: Browser, session: Session) -> None:
    xml = versions.read_folder(ROOT, "transfer")["tables"]["conditions"]
    answer = browser.send(
        "POST",
        "/studio/transfer/draft/tables/conditions/examine",
        json={"xml": xml, "decision": "conditions"},
        headers={"X-CSRFToken": browser.token()},
    ).json
    assert answer["findings"] == []
    assert answer["policy"] == "C"
    assert [one["name"] for one in answer["inputs"]] == ["to_body"]


def test_settings_that_cannot_be_are_named_by_their_path() -> None:
    content = versions.read_folder(ROOT, "transfer")
    service = content["service"]
    service["time_limit"] = {**service["time_limit"], "length": 0}
    service["fee"] = {"amounts": {"all": "12,5"}}
    service["notices"]["refused"]["text"]["zh"] = "业务号 {numer}"
    service["notices"]["refused"]["title"]["en"] = ""
    service["start_roles"] = ["applicant", "emperor"]
    found = {one.place: one.severity for one in check("transfer", content) if one.part == "service"}
    assert found == {
        "time_limit.length": "error",
        "fee.amounts.all": "error",
        "notices.refused.text.zh": "error",
        "notices.refused.title.en": "warning",
        "start_roles": "error",
    }


@pytest.mark.parametrize("key", KEYS)
def test_a_process_comes_out_of_the_database_byte_for_byte(
    session: Session, tmp_path: Path, key: str
) -> None:
    publish(session, key)
    session.expire_all()
    folders.write(tmp_path, key, folders.content_of(session, key, None, draft=False))
    wanted = [*(ROOT / "bpmn" / key).rglob("*.*"), *(ROOT / "forms" / key).glob("*.json")]
    made = sorted(path for path in tmp_path.rglob("*.*") if "records" not in path.parts)
    assert [path.relative_to(tmp_path) for path in made] == sorted(
        path.relative_to(ROOT) for path in wanted
    )
    for path in made:
        assert path.read_bytes() == (ROOT / path.relative_to(tmp_path)).read_bytes(), path
    assert folders.write(tmp_path, key, folders.content_of(session, key, 1, draft=False)) == []


def test_what_is_no_longer_part_of_a_process_leaves_its_folder(
    session: Session, tmp_path: Path
) -> None:
    publish(session, "transfer")
    content = folders.content_of(session, "transfer", None, draft=False)
    folders.write(tmp_path, "transfer", content)
    left = folders.write(tmp_path, "transfer", {**content, "tables": {}})
    assert left == ["- bpmn/transfer/conditions.dmn"]


def test_folders_become_a_draft_and_the_draft_the_same_folders(
    session: Session, tmp_path: Path
) -> None:
    publish(session, "registration")
    make_designer(session, "pei")
    made = folders.read(session, ROOT, "transfer", "pei")
    assert made.based_on is None
    content = drafts.content_of(session, made)
    assert versions.checksum_of(content) == versions.checksum_of(
        versions.read_folder(ROOT, "transfer")
    )
    folders.write(tmp_path, "transfer", content)
    path = Path("bpmn/transfer/service.json")
    assert (tmp_path / path).read_bytes() == (ROOT / path).read_bytes()


def test_the_command_says_in_a_line_what_is_wrong(
    app: Flask, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = app.extensions["certflow"]
    publish(session, "feedback")
    make_designer(session, "pei")
    session.commit()
    out = tmp_path / f"feedback{packages.SUFFIX}"

    def run(*words: str) -> int:
        options = cli._parser().parse_args(["processes", *words])
        return int(options.command(settings, options))

    assert run("export", "feedback", str(out)) == 0
    assert run("export", "nothing", str(tmp_path)) == 1
    assert run("import", str(out), "--by", "nobody") == 1
    assert run("import", str(tmp_path / "not.zip"), "--by", "pei") == 1
    assert run("import", str(out), "--by", "pei", "--key", "feedback_two") == 0
    said = capsys.readouterr()
    assert "draft of feedback_two" in said.out
    assert "There is no process" in said.err
    assert "Nobody has the login" in said.err


def test_under_a_new_key_pool_names_and_fees_follow(session: Session) -> None:
    publish(session, "registration")
    source = packages.packed("registration", versions.read_folder(ROOT, "registration"), 1)
    made = importing.begin_from_file(session, who(session), source, "x.zip", "second_registration")
    content = drafts.content_of(session, made)
    assert content["service"]["key"] == "second_registration"
    assert "second_registration_pool" in content["service"]["names"]
    assert "value=\"'second_registration'\"" in content["bpmn"]
    assert 'id="registration_pool"' not in content["bpmn"]
    assert [one for one in check("second_registration", content) if one.severity == "error"] == []


def test_an_exported_draft_is_imported_in_the_browser(browser: Browser, session: Session) -> None:
    out = browser.get("/studio/transfer/draft/export")
    assert out.headers["Content-Disposition"].endswith("transfer-draft.certflow.zip")
    assert browser.get("/studio/transfer/versions/1/export").status_code == 200
    assert browser.get("/studio/transfer/versions/9/export").status_code == 404
    again = browser.post("/studio/import", file=(io.BytesIO(out.data), "t.zip"), key="")
    assert again.status_code == 409  # there is a draft already
    assert "已有草稿" in again.text
    made = browser.post("/studio/import", file=(io.BytesIO(out.data), "t.zip"), key="moving")
    assert made.location == "/studio/moving/draft/imported"
    assert "可以运行" in browser.get(made.location).text


def test_a_diagram_of_another_tool_keeps_all_and_lists_what_cannot_run(
    browser: Browser, session: Session
) -> None:
    from unit.studio.test_packages import DIAGRAM

    source = DIAGRAM.format("GBK").encode("gbk")
    assert (
        browser.post("/studio/import", file=(io.BytesIO(source), "请假.bpmn"), key="").status_code
        == 422
    )
    made = browser.post("/studio/import", file=(io.BytesIO(source), "请假.bpmn"), key="leave")
    page = browser.get(made.location).text
    for element in ("approve", "sub", "remark"):
        assert element in page
    assert "没有选要调用哪项业务" in page
    assert "camunda:assignee" in page
    content = drafts.content_of(session, drafts.the_draft(session, "leave"))
    assert "camunda:formData" in content["bpmn"]
    assert content["service"]["title"]["zh"] == "请假"


def test_the_order_of_settings_survives_the_browser(browser: Browser, session: Session) -> None:
    address = "/studio/transfer/draft/parts/service"
    answer = browser.get(address)
    sent = json.loads(answer.text)["content"]
    assert list(sent) == list(versions.read_folder(ROOT, "transfer")["service"])
