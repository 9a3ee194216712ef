"""A body's list of auditors from a file: accounts for many people at once (catalogue A7, A12)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.identity import DOCUMENT_TYPES, read_document
from certflow.accounts.models import Person, User
from certflow.accounts.operations import NewPerson
from certflow.accounts.people_import import SEXES
from certflow.accounts.queries import document_index
from certflow.accounts.spelling import WRONG_LOGIN_NAME, is_login_name
from certflow.core import audit, imports
from certflow.core.actor import Actor
from certflow.core.cells import folded, read_day, read_key
from certflow.core.clock import today
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.imports import TableImport, TableImportRow, Upload, Verdict
from certflow.core.table_reading import Column, Row, row_of
from certflow.core.text import Text
from certflow.personnel.auditors import ELSEWHERE, OTHER_NAME, open_accounts

KIND = "auditors"
MOST = 500
"""So many accounts are opened by one file: they come to be in one transaction."""
COLUMNS = (
    Column("name", Text("姓名", "Name")),
    Column("document", Text("证件号码", "Document number"), ("身份证号", "身份证号码")),
    Column("login", Text("登录名", "Login name"), ("账号", "用户名")),
    Column("type", Text("证件类型", "Type of document"), required=False),
    Column("sex", Text("性别", "Sex"), required=False),
    Column("born", Text("出生日期", "Date of birth"), required=False),
    Column("pinyin", Text("姓名拼音", "Name in pinyin"), ("拼音",), required=False),
)
TOO_MANY = Text(f"一个文件最多 {MOST} 人，请分开上传。", f"At most {MOST} people a file. Split it.")
_NO_NAME = Text("请填写姓名。", "Enter the name.")
_LOGIN_TAKEN = Text(
    "这个登录名已经有人使用，请换一个。", "This login name is taken. Choose another."
)
_WRONG_TYPE = Text("证件类型不认识。", "Unknown type of document.")
_MISSING = Text("这种证件要写性别和出生日期。", "This document needs sex and date of birth.")
_TWICE = Text("与第 {row} 行重复。", "The same as row {row}.")


def subject_of(organisation_id: int) -> str:
    """Return what a body's imports are filed under."""
    return f"organisation/{organisation_id}"


def check(session: Session, actor: Actor, upload: Upload, at: datetime) -> TableImport:
    """Judge a file; nothing is changed by it."""
    subject = subject_of(actor.organisation_id or 0)

    def judge(rows: Sequence[Row]) -> Iterator[Verdict]:
        return _judge(session, actor.organisation_id or 0, rows)

    return imports.check_table(session, KIND, subject, upload, COLUMNS, judge, at, actor)


def accept(session: Session, actor: Actor, made: TableImport, at: datetime) -> TableImport:
    """Open the accounts of the good rows; a second time opens none twice."""

    def carry_out(rows: Sequence[dict[str, Any]]) -> Sequence[Text | None]:
        told = _told(session, made, [int(row["row"]) for row in rows])
        known = _Known(session, told)
        people: dict[str, NewPerson] = {}
        results: list[Text | None] = []
        for one in told:
            problem = known.stands_against(one)
            results.append(problem)
            if problem is None:
                people[one["login"]] = _person(one)
        open_accounts(session, actor, people, at)
        subject, after = made.subject, {"rows": len(people)}
        audit.record(session, "auditors.imported", actor, subject=subject, after=after)
        return results

    return imports.accept_import(session, made, carry_out, at)


def _told(session: Session, made: TableImport, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Read the good rows again from their encrypted cells: numbers of documents stand only there."""
    wanted = TableImportRow.import_id == made.id, TableImportRow.number.in_(numbers)
    stored = session.scalars(select(TableImportRow).where(*wanted).order_by(TableImportRow.number))
    rows = [row_of(one.number, one.cells or (), made.head, COLUMNS) for one in stored]
    return [read for row in rows if not isinstance(read := _read(row.values), Text)]


class _Known:
    """Which of the people and login names of some rows are there already."""

    def __init__(self, session: Session, told: Sequence[Mapping[str, Any]]) -> None:
        index = [document_index(one["type"], one["number"]) for one in told]
        logins = [one["login"] for one in told]
        query = select(Person).where(Person.document_index.in_(index))
        self.people = {one.document_index: one for one in session.scalars(query)}
        taken = select(User.login_name).where(User.login_name.in_(logins))
        self.logins = set(session.scalars(taken))

    def person(self, told: Mapping[str, Any]) -> Person | None:
        """Return who has the document that a row names."""
        return self.people.get(document_index(told["type"], told["number"]))

    def stands_against(self, told: Mapping[str, Any]) -> Text | None:
        """Return why no account can be opened for a row."""
        if self.person(told) is not None:
            return ELSEWHERE
        return _LOGIN_TAKEN if told["login"] in self.logins else None


def _judge(session: Session, organisation_id: int, rows: Sequence[Row]) -> Iterator[Verdict]:
    if len(rows) > MOST:
        raise Invalid(TOO_MANY)
    read = [(row, _read(row.values)) for row in rows]
    known = _Known(session, [told for _row, told in read if not isinstance(told, Text)])
    seen: dict[str, int] = {}
    for row, told in read:
        if isinstance(told, Text):
            yield Verdict(row, problem=told)
            continue
        first = min(seen.setdefault(one, row.number) for one in (told["login"], told["number"]))
        person = known.person(told)
        if first != row.number:
            yield Verdict(row, problem=_TWICE.filled(row=first))
        elif person is not None:
            yield Verdict(row, problem=_about(person, told["name"], organisation_id))
        else:
            problem = known.stands_against(told)
            yield Verdict(row, None if problem else {"row": row.number}, problem)


def _about(person: Person, name: str, organisation_id: int) -> Text | None:
    """What to say of somebody who is known: nothing when already on the body's list."""
    if folded(person.name) != folded(name):
        return OTHER_NAME
    return None if person.organisation_id == organisation_id else ELSEWHERE


def _read(values: Mapping[str, str]) -> Text | dict[str, Any]:
    kind = read_key(values.get("type") or "resident_id", DOCUMENT_TYPES)
    login = values["login"].strip().lower()
    if kind is None or not values["name"]:
        return _NO_NAME if kind else _WRONG_TYPE
    if not is_login_name(login):
        return WRONG_LOGIN_NAME
    try:
        identity = read_document(kind, values["document"], today())
    except Invalid as error:
        return error.message
    sex = identity.sex or read_key(values.get("sex", ""), SEXES)
    born = identity.birth_date or read_day(values.get("born", ""))
    if sex is None or born is None:
        return _MISSING
    return {
        "name": values["name"][:100],
        "type": kind,
        "number": identity.number,
        "login": login,
        "sex": sex,
        "born": born.isoformat(),
        "pinyin": values.get("pinyin", "")[:100],
    }


def _person(row: Mapping[str, Any]) -> NewPerson:
    return NewPerson(
        name=row["name"],
        document_type=row["type"],
        document_number=row["number"],
        pinyin=row["pinyin"],
        sex=row["sex"],
        birth_date=date.fromisoformat(row["born"]),
    )
