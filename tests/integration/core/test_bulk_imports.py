"""Large imports: tried, carried out piece by piece, gone on with after a stop (catalogue A12)."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from certflow.accounts.models import Organisation, Person
from certflow.accounts.operations import NewPerson, create_person
from certflow.core import bulk, bulk_work, clock
from certflow.core.actor import Actor
from certflow.core.bulk_models import BulkImport, BulkPiece
from certflow.core.db import Session, transaction
from certflow.core.errors import Conflict, Invalid
from certflow.core.imports import Upload
from certflow.core.tables import table_file
from certflow.core.text import Text
from certflow.exams import result_import
from certflow.personnel import certificate_import, record_import
from certflow.personnel.models import Certificate, ExamResult, ProfileRecord
from certflow.personnel.operations import NewCertificate, issue_certificate
from factories.cast import START
from factories.people import resident_number

ADMIN = Actor(None, "admin", "system_admin")
Take = Callable[..., BulkImport]
PEOPLE = ["姓名", "证件号码", "手机号码", "执业机构", "原档案号"]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    clock.freeze(START)
    monkeypatch.setattr(bulk_work, "PIECE", 3)
    yield
    bulk_work._open.clear()


@pytest.fixture
def take(session: Session, app: Flask) -> Take:
    """Sends a table and lets it be checked."""

    def send(kind: str, head: list[str], rows: list[list[str]], ending: str = "csv") -> BulkImport:
        content = table_file(ending, head, rows)
        upload = Upload(io.BytesIO(content), f"rows.{ending}")
        made = bulk.begin(session, bulk.kinds[kind], upload, clock.now(), ADMIN)
        session.commit()
        run()
        return found(session, made.id)

    return send


def run() -> None:
    while bulk_work.work():
        pass


def found(session: Session, import_id: int) -> BulkImport:
    session.expire_all()
    return bulk.find(session, import_id)


def accept(session: Session, made: BulkImport) -> BulkImport:
    bulk.accept(session, made.id, ADMIN)
    session.commit()
    run()
    return found(session, made.id)


def persons(count: int, first: int = 1) -> list[list[str]]:
    return [[f"人员{n}", resident_number(n), "", "", ""] for n in range(first, first + count)]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def reasons(session: Session, made: BulkImport) -> dict[int, str]:
    return {one.number: Text.read(one.problem).zh for one in bulk.problems(session, made)}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_dry_run_changes_nothing_then_the_good_rows_come_in(
    session: Session, take: Take, ending: str
) -> None:
    made = take("people", PEOPLE, [*persons(7), ["错", "123", "", "", ""]], ending)
    assert (made.state, made.good, made.bad, made.total) == ("checked", 7, 1, 8)
    assert count(session, Person) == 0
    made = accept(session, made)
    assert (made.state, made.done, made.bad) == ("accepted", 7, 1)
    assert count(session, Person) == 7
    assert count(session, BulkPiece) == 0
    assert not bulk.path_of(made.id).exists()


def test_people_have_archive_numbers_and_no_account(session: Session, take: Take) -> None:
    rows = persons(2)
    rows[0][4] = "OLD-1"
    accept(session, take("people", PEOPLE, rows))
    people = list(session.scalars(select(Person).order_by(Person.id)))
    assert [one.user_id for one in people] == [None, None]
    assert [one.archive_number for one in people] == ["OLD-1", "A0000001"]
    assert people[0].document_number == resident_number(1)


def test_a_second_import_of_the_same_file_says_nothing_new(session: Session, take: Take) -> None:
    accept(session, take("people", PEOPLE, persons(4)))
    again = take("people", PEOPLE, persons(5))
    assert (again.good, again.same) == (1, 4)


def test_doubles_are_found_across_pieces(session: Session, take: Take) -> None:
    rows = persons(5)
    made = take("people", PEOPLE, [*rows, rows[0]])
    assert (made.good, made.bad) == (5, 1)
    assert reasons(session, made) == {7: "与第 2 行重复，请只留一行。"}


def test_a_stop_is_gone_on_with_where_it_was(
    session: Session, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take("people", PEOPLE, persons(8))
    monkeypatch.setattr(bulk_work, "SLICE_SECONDS", -1.0)  # not even one piece
    bulk.accept(session, made.id, ADMIN)
    session.commit()
    assert bulk_work._piece(made.id)
    bulk.pause(session, made.id, ADMIN, on=True)
    session.commit()
    monkeypatch.undo()
    monkeypatch.setattr(bulk_work, "PIECE", 3)
    run()
    assert (found(session, made.id).position, count(session, Person)) == (3, 3)
    bulk.pause(session, made.id, ADMIN, on=False)
    session.commit()
    run()
    made = found(session, made.id)
    assert (made.state, made.done, count(session, Person)) == ("accepted", 8, 8)


@pytest.mark.parametrize("step", ["reading", "checking", "carrying"])
def test_killed_at_any_piece_nothing_comes_twice(
    session: Session, take: Take, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class KilledError(BaseException):
        pass

    true_step, pieces = bulk_work._STEPS[step], []

    def dies(inner: Session, made: BulkImport) -> bool:
        more = true_step(inner, made)
        pieces.append(made.position)
        if len(pieces) == 2:
            bulk_work._open.clear()
            raise KilledError
        return more

    monkeypatch.setitem(bulk_work._STEPS, step, dies)
    content = table_file("csv", PEOPLE, persons(8))
    upload = Upload(io.BytesIO(content), "rows.csv")
    made = bulk.begin(session, bulk.kinds["people"], upload, clock.now(), ADMIN)
    session.commit()
    try:
        run()
        accept(session, made)
    except KilledError:
        session.rollback()
    run()
    if found(session, made.id).state == "checked":
        accept(session, made)
    made = found(session, made.id)
    assert (made.state, made.total, made.good, made.done) == ("accepted", 8, 8, 8)
    assert count(session, Person) == 8


def test_a_failing_piece_stops_the_import_and_is_shown(
    session: Session, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take("people", PEOPLE, persons(4))

    def fails(*_: object) -> bool:
        raise RuntimeError("the disk is full")

    monkeypatch.setitem(bulk_work._STEPS, "carrying", fails)
    stopped = accept(session, made)
    assert (stopped.state, stopped.paused, count(session, Person)) == ("carrying", True, 0)
    assert stopped.fault is not None


def test_numbers_of_documents_are_nowhere_in_the_clear(
    session: Session, app: Flask, tmp_path: object
) -> None:
    content = table_file("csv", PEOPLE, persons(4))
    upload = Upload(io.BytesIO(content), "rows.csv")
    made = bulk.begin(session, bulk.kinds["people"], upload, clock.now(), ADMIN)
    session.commit()
    secret = resident_number(1).encode()
    assert secret not in bulk.path_of(made.id).read_bytes()
    run()
    stored = session.connection().exec_driver_sql("SELECT rows FROM bulk_piece").all()
    assert stored
    assert not any(secret in bytes(row[0]) for row in stored)


def test_a_file_without_its_columns_is_refused_at_once(session: Session, take: Take) -> None:
    with pytest.raises(Invalid) as refused:
        take("people", ["姓名"], [["人员"]])
    assert "证件号码" in refused.value.message.zh


@pytest.mark.parametrize(
    ("head", "rows", "said"), [(["姓名"], [["甲"]], "证件号码"), (PEOPLE, [], "没有数据")]
)
def test_a_workbook_is_looked_at_in_the_background(
    session: Session, take: Take, head: list[str], rows: list[list[str]], said: str
) -> None:
    made = take("people", head, rows, "xlsx")
    assert made.state == "unreadable"
    assert said in (made.fault or {})["zh"]


def test_what_was_accepted_cannot_be_discarded(session: Session, take: Take) -> None:
    made = accept(session, take("people", PEOPLE, persons(1)))
    with pytest.raises(Conflict):
        bulk.discard(session, made.id, clock.now(), ADMIN)
    with transaction() as writing:
        assert bulk.accept(writing, made.id, ADMIN).done == 1


def test_bad_rows_go_back_with_their_reasons(session: Session, take: Take) -> None:
    made = take("people", PEOPLE, [["无证", "", "", "", ""], *persons(1)])
    head, rows = bulk.given_back(session, made, "zh")
    assert head == [*PEOPLE, "退回原因"]
    assert [row[0] for row in rows] == ["无证"]


ORGANISATIONS = ["机构名称", "统一社会信用代码", "机构类型"]
CODE = "91110000600037341L"


def test_organisations_come_in_by_their_code(session: Session, take: Take) -> None:
    made = take(
        "organisations",
        ORGANISATIONS,
        [
            ["甲认证有限公司", CODE, "认证机构"],
            ["乙", "91110000600037341X", "认证机构"],
            ["丙", "911", "?"],
        ],
    )
    assert (made.good, made.bad) == (1, 2)
    accept(session, made)
    body = session.scalars(select(Organisation)).one()
    assert (body.name, body.uscc, body.kind) == ("甲认证有限公司", CODE, "certification_body")
    rows = [*persons(1)]
    rows[0][3] = "甲认证有限公司"
    accept(session, take("people", PEOPLE, rows))
    assert session.scalars(select(Person)).one().organisation_id == body.id


def somebody(session: Session) -> Person:
    told = NewPerson(name="林知远", document_type="resident_id", document_number=resident_number(1))
    made = create_person(session, told, clock.now())
    session.commit()
    return made


CERTIFICATES = [column.title.zh for column in certificate_import.KIND.columns]


def certificate(**changes: str) -> list[str]:
    told = dict.fromkeys(CERTIFICATES, "") | {
        "证书编号": "2026-N1QMS-0000187",
        "姓名": "林知远",
        "证件号码": resident_number(1),
        "注册领域": "QMS",
        "级别": "审核员",
        "有效期起": "2026-03-01",
        "有效期止": "2029-02-28",
        "专业": "机械设备、批发与零售",
    }
    return list((told | changes).values())


def test_certificates_come_in_and_their_numbers_are_not_given_out_again(
    session: Session, take: Take
) -> None:
    person = somebody(session)
    accept(session, take("certificates", CERTIFICATES, [certificate()]))
    held = session.scalars(select(Certificate)).one()
    assert (held.person_id, held.specialities) == (person.id, ["machinery", "trade"])
    told = NewCertificate(
        person_id=person.id,
        field="QMS",
        mode="re_registration",
        specialities=(),
        organisation_id=None,
    )
    assert issue_certificate(session, told, clock.now()).number == "2026-N1QMS-0000188"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"姓名": "别人"}, "另一个姓名"),
        ({"证件号码": resident_number(2)}, "没有这个证件号码"),
        ({"注册领域": "XYZ"}, "注册领域不认识"),
        ({"专业": "烹饪"}, "烹饪"),
        ({"有效期止": "2020-01-01"}, "止不能早于起"),
        ({"状态": "?"}, "状态应为"),
        ({"执业机构": "没有"}, "没有找到这个机构"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    session: Session, take: Take, changes: dict[str, str], said: str
) -> None:
    somebody(session)
    made = take("certificates", CERTIFICATES, [certificate(**changes)])
    assert said in reasons(session, made)[2]


def test_nobody_gets_two_certificates_in_a_field(session: Session, take: Take) -> None:
    somebody(session)
    rows = [
        certificate(),
        certificate(证书编号="OLD-2"),
        certificate(证书编号="OLD-3", 状态="注销"),
    ]
    made = take("certificates", CERTIFICATES, rows)
    assert (made.good, made.bad) == (2, 1)


def test_results_come_in_once(session: Session, take: Take) -> None:
    person = somebody(session)
    head = [column.title.zh for column in result_import.KIND.columns]
    row = ["林知远", resident_number(1), "认证通用基础", "2024-05-18", "76"]
    made = accept(session, take("results", head, [row, [*row[:4], "101"]]))
    assert (made.done, made.bad) == (1, 1)
    passed = session.scalars(select(ExamResult)).one()
    assert (passed.person_id, passed.subject, passed.score) == (person.id, "general_basis", 76)
    assert take("results", head, [row]).same == 1


def test_audits_become_verified_records(session: Session, take: Take) -> None:
    somebody(session)
    head = [column.title.zh for column in record_import.KIND.columns]
    row = ["林知远", resident_number(1), "云岭示例机械有限公司", "QMS", "监督审核"]
    row += ["2024-05-18", "2024-05-19", "2", "审核员", "是", "否", ""]
    accept(session, take("audits", head, [row]))
    record = session.scalars(select(ProfileRecord)).one()
    assert (record.kind, record.source, record.verified) == ("audit", "platform", True)
    assert (record.data["onsite_days"], record.data["complete"]) == (2, True)
    assert take("audits", head, [row]).same == 1
    wrong = take("audits", head, [[*row[:7], "0", *row[8:]]])
    assert "现场天数" in reasons(session, wrong)[2]


def test_a_file_is_kept_until_its_pieces_are(session: Session, app: Flask) -> None:
    content = table_file("csv", PEOPLE, persons(2))
    made = bulk.begin(
        session, bulk.kinds["people"], Upload(io.BytesIO(content), "a.csv"), clock.now(), ADMIN
    )
    session.commit()
    path = bulk.path_of(made.id)
    with transaction() as inner:
        assert bulk_work._read(inner, bulk.find(inner, made.id))
        inner.rollback()  # as when the server dies before the commit
    assert path.exists()
    bulk.discard(session, made.id, clock.now(), ADMIN)
    session.rollback()
    assert path.exists()
    run()
    assert found(session, made.id).state == "checked"
    assert not path.exists()


def test_imports_that_were_left_stopped_are_forgotten(session: Session, take: Take) -> None:
    waiting = take("people", PEOPLE, persons(2))
    waiting.state, waiting.paused = "checking", True
    half = take("people", PEOPLE, persons(8))
    half.state, half.paused, half.done = "carrying", True, 3
    session.commit()
    assert bulk.forget(session, clock.now()) == 0
    assert bulk.forget(session, clock.now() + timedelta(days=1)) == 2
    assert (waiting.state, half.state, half.done) == ("discarded", "accepted", 3)
    assert count(session, BulkPiece) == 0
