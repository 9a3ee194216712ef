"""Pages of organisations, imports, announcements, search and one's own data (A7, A12, B12)."""

import io
import json
import re
import zipfile

import pytest
from sqlalchemy import select

from certflow.accounts.models import Organisation, Person, User
from certflow.accounts.queries import get_organisation
from certflow.cases import assignment
from certflow.core import bulk_work, clock
from certflow.core.files import StoredFile
from certflow.core.tables import table_file
from certflow.core.text import Text
from certflow.notifications.announcements import MOST_FILES, Told, write, written
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.actors import actor, make_person, make_user
from factories.cast import publish_shipped
from factories.people import PASSWORD, resident_number
from factories.people import body as make_body

SIGNING_UP = {
    "name": "新认证有限公司",
    "uscc": "91110000600037341L",
    "contact_name": "陈新",
    "login_name": "chen.xin",
    "password": PASSWORD,
    "again": PASSWORD,
    "email": "chen@example.org",
}
OWN = "/office/organisation"
SUM = re.compile(r"data-question>([^<]+)<")
INITIAL = re.compile(r"<code>([a-z]{4}-\d{4}-[a-z]{4}-\d{4})</code>")


def sign_up(visitor, **changes):
    """Fill the public page in, with the answer to its captcha."""
    page = visitor.get("/organisations/sign-up").text
    (question,) = SUM.findall(page)
    answer = sum("一二三四五六七八九十".find(one) + 1 for one in question)
    (puzzle,) = re.findall(r'name="puzzle" value="([^"]+)"', page)
    solved = {"puzzle": puzzle, "captcha_sum": str(answer)}
    return visitor.post("/organisations/sign-up", **(SIGNING_UP | solved | changes))


@pytest.fixture
def admin(session, browse):
    """The administrator of a body, at a browser."""
    body = make_body(session)
    make_user(session, "bai", "body_admin", body)
    return browse("bai")


def test_signing_up_leads_to_the_form_with_what_was_told(session, visitor) -> None:
    publish_shipped(session, "organisation_sign_up")
    answer = sign_up(visitor)
    assert answer.status_code == 302
    page = visitor.get(answer.headers["Location"]).text
    assert "91110000600037341L" in page
    assert "新认证有限公司" in page
    assert "机构入驻" in visitor.get("/my/cases").text
    for address in ("/office/inbox", "/home", "/my/profile", "/search", "/office/staff"):
        assert visitor.get(address).status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"captcha_sum": "1"}, "captcha"),
        ({"again": "another-1"}, "两次输入的密码不一样"),
        ({"uscc": "91110000600037341X"}, "统一社会信用代码不正确"),
        ({"password": "short", "again": "short"}, "password"),
    ],
)
def test_wrong_input_stays_on_the_page(session, visitor, changes, said) -> None:
    answer = sign_up(visitor, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="新认证有限公司"' in answer.text
    assert PASSWORD not in answer.text
    assert session.scalar(select(User).where(User.login_name == "chen.xin")) is None


def test_an_imported_organisation_gets_its_first_administrator(session, browse, visitor) -> None:
    make_user(session, "root", "system_admin")
    body = make_body(session)
    root = browse("root")
    assert "还没有" in root.get("/admin/organisations").text
    address = f"/admin/organisations/{body.id}"
    assert root.post(address, name="", login_name="").status_code == 422
    (password,) = INITIAL.findall(root.post(address, name="白露", login_name="bai.lu").text)
    visitor.post("/login", name="bai.lu", password=password)
    assert visitor.get("/password").status_code == 200


def test_the_association_changes_what_is_registered_and_says_why(session, browse, admin) -> None:
    make_user(session, "root", "system_admin")
    body = session.query(Organisation).one()
    root, address = browse("root"), f"/admin/organisations/{body.id}/particulars"
    told = {"name": "新名认证有限公司", "name_en": "Sample", "uscc": "", "kind": body.kind}
    refused = root.post(address, **told)
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text
    assert root.post(address, **told, reason="营业执照已变更").status_code == 303
    for page in (root.get(f"/admin/organisations/{body.id}").text, admin.get(OWN).text):
        assert "<del>示例认证有限公司</del> → 新名认证有限公司" in page
        assert "营业执照已变更" in page
    assert "本机构的登记信息：机构名称" in admin.get("/notices").text


def test_a_colleague_signs_in_with_the_password_that_is_shown_once(admin, visitor) -> None:
    told = {"name": "白露", "login_name": "bai.lu", "role": "body_staff"}
    page = admin.post("/office/staff", **told).text
    (password,) = INITIAL.findall(page)
    assert password not in admin.get("/office/staff").text
    answer = visitor.post("/login", name="bai.lu", password=password)
    assert answer.status_code == 302
    assert "修改密码" in visitor.get("/password").text


def test_a_colleague_is_made_administrator_reset_and_let_go(session, admin) -> None:
    admin.post("/office/staff", name="白露", login_name="bai.lu", role="body_staff")
    user_id = session.scalars(select(User.id).where(User.login_name == "bai.lu")).one()
    admin.post(f"/office/staff/{user_id}/role", role="body_admin")
    assert "改为工作人员" in admin.get("/office/staff").text
    assert INITIAL.search(admin.post(f"/office/staff/{user_id}/password").text)
    assert admin.post(f"/office/staff/{user_id}/end", reason="").status_code == 422
    admin.post(f"/office/staff/{user_id}/end", reason="离职")
    assert "bai.lu" not in admin.get("/office/staff").text


def test_what_a_colleague_had_in_hand_goes_back_to_the_group(session, story, browse) -> None:
    story.begin().choose().apply()
    task = story.tasks("pre_review")[0]
    assignment.claim(session, story.cast.staff, task.id)
    body = get_organisation(session, story.cast.staff.organisation_id)
    make_user(session, "bai", "body_admin", body)
    admin, user_id = browse("bai"), story.cast.staff.user_id
    admin.post(f"/office/staff/{user_id}/end", reason="离职")
    session.refresh(task)
    assert (task.state, task.assignee_id) == ("open", None)
    assert story.case.number in admin.get("/office/inbox?view=group").text


def test_contact_and_branches_are_kept(admin) -> None:
    wrong = admin.post("/office/organisation/contact", contact_name="陈新")
    assert wrong.status_code == 422
    assert "电话号码格式不正确" in wrong.text
    contact = {
        "csrf_token": admin.token(),
        "contact_name": "陈新",
        "contact_phone": "010-66668888",
        "contact_email": "a@example.org",
        "address": "示例路 1 号",
    }
    admin.send("POST", "/office/organisation/contact", data=contact)
    page = admin.get("/office/organisation").text
    assert "未填</span> → 010****8888" in page
    told = {"branch_name": "北方分公司", "branch_address": "示例路 2 号"}
    admin.post("/office/organisation/branches", **told)
    page = admin.get("/office/organisation").text
    assert "010-66668888" in page
    (branch,) = re.findall(r"branches/(\d+)/close", page)
    admin.post(f"/office/organisation/branches/{branch}/close")
    assert "北方分公司" not in admin.get("/office/organisation").text


def test_an_auditor_is_added_and_leaves(session, admin) -> None:
    told = {
        "name": "许听澜",
        "document_type": "resident_id",
        "document_number": resident_number(50),
        "login_name": "xu.tl",
    }
    assert admin.post("/office/people/new", **(told | {"name": ""})).status_code == 422
    assert INITIAL.search(admin.post("/office/people/new", **told).text)
    person = session.scalars(select(Person)).one()
    chosen = admin.post("/office/people/accounts/passwords", person=str(person.id))
    assert INITIAL.search(chosen.text)
    assert admin.post(f"/office/people/{person.id}/leave", reason="").status_code == 422
    admin.post(f"/office/people/{person.id}/leave", reason="合同到期")
    assert "本人会收到通知" in admin.get("/office/people/accounts").text
    assert "许听澜" not in admin.get("/office/people/accounts?q=许").text


def test_who_has_an_account_joins_only_by_their_own_will(session, admin, browse) -> None:
    user = make_user(session, "free", "applicant")
    make_person(session, user, 50, None)
    told = {"name": "free", "document_type": "resident_id", "document_number": resident_number(50)}
    admin.post("/office/people/new", **told)
    page = admin.get("/office/people/accounts").text
    assert "等待本人确认" in page
    admin.post(
        "/office/people/invitations/withdraw",
        invitation=re.findall(r'name="invitation" value="(\d+)"', page)[0],
    )
    assert "等待本人确认" not in admin.get("/office/people/accounts").text
    admin.post("/office/people/new", **told)
    free = browse("free")
    (invitation,) = re.findall(r'name="invitation" value="(\d+)"', free.get("/my/profile").text)
    free.post("/my/invitations", invitation=invitation, accept="1")
    assert 'name="invitation"' not in free.get("/my/profile").text
    listed = admin.get("/office/people/accounts").text
    assert "本人账号" in listed
    assert 'name="person"' not in listed
    assert free.post("/my/invitations", invitation=invitation, accept="1").status_code == 404


def test_auditors_come_in_from_a_file(session, admin) -> None:
    rows = [[f"人员{n}", resident_number(n), f"person{n}"] for n in range(1, 4)]
    rows += [["错", "1", "x"], rows[0]]
    file = (io.BytesIO(table_file("csv", ["姓名", "证件号码", "登录名"], rows)), "rows.csv")
    answer = admin.post("/office/people/import", file=file)
    address = answer.headers["Location"]
    assert resident_number(1) not in admin.get(address).text
    stored = session.connection().exec_driver_sql("SELECT data FROM table_import_row").all()
    assert not any(resident_number(1) in str(row) for row in stored)
    admin.post(address, outcome="accept")
    admin.post(address, outcome="accept")
    assert len(session.scalars(select(Person)).all()) == 3
    assert "没有账号" not in admin.get("/office/people/accounts").text
    assert "重复" in admin.get(f"{address}/rejected.csv").data.decode("utf-8-sig")


def test_a_system_administrator_takes_a_file_over(session, browse) -> None:
    make_user(session, "root", "system_admin")
    root = browse("root")
    assert root.post("/admin/imports/people").status_code == 422
    assert root.get("/admin/imports/people/template.csv").status_code == 200
    content = table_file("csv", ["姓名", "证件号码"], [["甲", resident_number(1)], ["乙", "1"]])
    answer = root.post("/admin/imports/people", file=(io.BytesIO(content), "people.csv"))
    address = answer.headers["Location"]
    assert 'data-live="on"' in root.get(address).text
    while bulk_work.work():
        pass
    assert "导入这 1 行" in root.get(address).text
    assert resident_number(1) not in root.get(address).text
    root.post(address, outcome="accept")
    while bulk_work.work():
        pass
    assert "已导入" in root.get(address).text
    assert session.scalars(select(Person.name)).all() == ["甲"]
    assert "乙" in root.get(f"{address}/rejected.csv").data.decode("utf-8-sig")


@pytest.fixture
def news(session):
    """Write an announcement for an audience."""
    writer = actor(make_user(session, "gu.qiao", "reviewer"), "reviewer")

    def announce(audience: str, title: str, **more):
        told = Told(
            title=Text(title, f"EN {title}"),
            body=Text("正文", ""),
            audience=audience,
            starts_on=more.pop("starts_on", clock.today()),
            **more,
        )
        return write(session, writer, told, (), clock.now())

    return announce


def test_everybody_reads_what_is_for_them_and_no_more(session, news, browse, visitor) -> None:
    for audience in ("everybody", "signed_in", "people", "bodies", "staff"):
        news(audience, f"给{audience}")
    make_person(session, make_user(session, "xu.tl", "applicant"), 7, None)
    body = make_body(session)
    make_user(session, "bai", "body_admin", body)

    def titles(browser) -> set[str]:
        return set(re.findall(r"给(\w+)</a>", browser.get("/announcements").text))

    assert titles(visitor) == {"everybody"}
    assert titles(browse("xu.tl")) == {"everybody", "signed_in", "people"}
    assert titles(browse("bai")) == {"everybody", "signed_in", "bodies"}
    assert titles(browse("gu.qiao")) == {"everybody", "signed_in", "staff"}


def test_too_many_files_leave_no_announcement_behind(session, news, browse) -> None:
    one, writer = news("everybody", "原来"), browse("gu.qiao")
    owner = session.scalars(select(User.id).where(User.login_name == "gu.qiao")).one()
    files = [
        StoredFile(id=f"{n:026d}", owner_id=owner, name="a.pdf", media_type="application/pdf",
                   size=1, sha256="0" * 64, created_at=clock.now())
        for n in range(MOST_FILES + 1)
    ]  # fmt: skip
    session.add_all(files)
    session.commit()
    form = {"title_zh": "太多", "body_zh": "正文", "audience": "everybody"}
    form |= {"starts_on": clock.today().isoformat(), "file_id": [each.id for each in files]}
    for address in ("/announcements/new", f"/announcements/{one.id}/edit"):
        assert writer.post(address, **form).status_code == 422
    session.expire_all()
    assert [each.title["zh"] for each in written(session)] == ["原来"]


def test_it_shows_from_its_first_day_to_its_last(news, visitor) -> None:
    today = clock.today()
    shown = news("everybody", "今天", ends_on=today)
    tomorrow = news("everybody", "明天", starts_on=today.replace(day=today.day + 1))
    assert visitor.get(f"/announcements/{shown.id}").status_code == 200
    assert visitor.get(f"/announcements/{tomorrow.id}").status_code == 404
    clock.freeze(clock.now().replace(day=today.day + 1))
    assert visitor.get(f"/announcements/{shown.id}").status_code == 404
    assert visitor.get(f"/announcements/{tomorrow.id}").status_code == 200


def test_staff_write_with_a_file_change_and_withdraw(session, browse, visitor) -> None:
    from certflow.demo.records import proof

    make_user(session, "gu.qiao", "reviewer")
    writer = browse("gu.qiao")
    told = {"title_zh": "系统维护", "body_zh": "周六维护", "audience": "everybody"}
    told |= {"starts_on": "2026-11-20", "ends_on": ""}
    assert writer.post("/announcements/new", **(told | {"title_zh": ""})).status_code == 422
    assert (
        writer.post("/announcements/new", **(told | {"ends_on": "2026-11-01"})).status_code == 422
    )
    file = (io.BytesIO(proof()), "通知.pdf")
    writer.post("/announcements/new", **told, file=file, save="1")
    page = visitor.get("/announcements").text
    (address,) = re.findall(r'href="(/announcements/\d+)"', page)
    (paper,) = re.findall(rf'href="({address}/files/\w+)"', visitor.get(address).text)
    assert visitor.get(paper).data.startswith(b"%PDF")
    writer.post(f"{address}/edit", **(told | {"title_zh": "维护改期"}), save="1")
    assert "维护改期" in visitor.get(address).text
    assert visitor.get(paper).status_code == 404  # the file was not sent along again
    writer.post(f"{address}/withdraw")
    assert visitor.get(address).status_code == 404


def test_an_announcement_cannot_give_anothers_file_away(session, story, browse, visitor) -> None:
    from certflow.core.files import StoredFile

    secret = session.scalars(select(StoredFile.id)).first()
    told = {"title_zh": "甲", "body_zh": "乙", "audience": "everybody", "starts_on": "2026-11-20"}
    browse("gu.nanqiao").post("/announcements/new", **told, file_id=secret, save="1")
    page = visitor.get("/announcements").text
    (address,) = re.findall(r'href="(/announcements/\d+)"', page)
    assert visitor.get(f"{address}/files/{secret}").status_code == 404


def find(browser, text: str) -> str:
    return browser.post("/search", q=text).text


def test_a_reviewer_finds_cases_people_and_certificates(session, story, browse) -> None:
    story.begin().choose().apply()
    person = session.get_one(Person, story.cast.applicant.person_id)
    told = NewCertificate(
        person_id=person.id, field="EMS", mode="first_intern", specialities=(), organisation_id=None
    )
    held = issue_certificate(session, told, clock.now())
    reviewer = browse("gu.nanqiao")
    number = story.case.number
    for text in (number, number[:8]):
        assert number in find(reviewer, text)
    for text in ("lin", resident_number(1), person.archive_number, "13800000001"):
        page = find(reviewer, text)
        assert person.archive_number in page
        assert number in page
        assert held.number in page
    assert held.number in find(reviewer, held.number[:10].lower())
    assert resident_number(1) not in find(reviewer, "lin")


def test_a_number_is_found_by_its_exact_value_alone(session, story, browse) -> None:
    person = session.get_one(Person, story.cast.applicant.person_id)
    page = find(browse("gu.nanqiao"), resident_number(1)[:-1])
    assert person.archive_number not in page
    assert "没有找到" in page


def test_nobody_finds_what_is_beyond_their_rights(session, story, browse) -> None:
    story.begin().choose().apply()
    person = session.get_one(Person, story.cast.applicant.person_id)
    rival = make_body(session, "别的机构")
    make_user(session, "far", "body_admin", rival)
    for login in ("far", "expert0"):
        other = browse(login)
        for text in ("lin", resident_number(1), person.archive_number, story.case.number):
            page = find(other, text)
            assert person.archive_number not in page.replace(f'value="{text}"', "")
            assert f">{story.case.number}<" not in page
    assert person.archive_number in find(browse("liu"), "lin")
    assert browse("lin").get("/search").status_code == 403


def test_what_is_searched_for_stands_in_no_address(story, browse) -> None:
    answer = browse("gu.nanqiao").post("/search", q=resident_number(1))
    assert answer.status_code == 200
    assert resident_number(1) not in str(answer.headers)


def test_everything_that_is_held_about_me_comes_as_one_file(session, story, browse) -> None:
    story.begin().choose().apply()
    answer = browse("lin").post("/my/data")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    parts = {name: archive.read(name) for name in archive.namelist()}
    person = json.loads(parts["person.json"])
    assert person["document_number"] == resident_number(1)
    account = parts["account.json"].decode()
    assert "password_hash" not in account
    assert "token_hash" not in account
    assert json.loads(parts["cases.json"])["cases"][0]["number"] == story.case.number
    assert len(json.loads(parts["profile_library.json"])) > 5
    assert any(content.startswith(b"%PDF") for name, content in parts.items() if "files/" in name)


def test_a_verified_record_cannot_be_altered_in_an_application(session, story) -> None:
    from certflow.core.errors import Invalid
    from certflow.demo import records
    from certflow.personnel.models import ProfileRecord

    query = select(ProfileRecord).where(ProfileRecord.kind == "audit")
    verified = session.scalars(query).first()
    verified.verified, verified.source = True, "platform"
    story.begin().choose()
    data = records.application(session, story.cast.applicant.person_id, "QMS")
    row = next(one for one in data["audit"] if one.get("source") == str(verified.id))
    kept, row["onsite_days"] = row["onsite_days"], 59
    with pytest.raises(Invalid) as refused:
        story.do("apply", story.cast.applicant, data, "submit")
    assert list(refused.value.fields) == [f"audit/{row['id']}"]
    row["onsite_days"] = kept
    story.do("apply", story.cast.applicant, data, "submit")
    assert story.case.number


def test_what_an_application_used_stays_as_it_was_sent(session, story) -> None:
    from certflow.cases.queries import latest_data
    from certflow.personnel.library import delete_record, update_record
    from certflow.personnel.queries import records_of

    story.begin().choose().apply()
    before = latest_data(session, story.case_id, "apply")
    person_id = story.cast.applicant.person_id
    school, *_rest = records_of(session, person_id, "education")
    update_record(session, person_id, school.id, {"school": "改过"}, clock.now())
    for one in records_of(session, person_id, "employment"):
        delete_record(session, person_id, one.id)
    session.flush()
    session.expire_all()
    assert latest_data(session, story.case_id, "apply") == before
