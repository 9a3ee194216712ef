"""Entries from a file of the exam office, until people register here themselves (E2-E8, A12)."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from certflow.accounts.identity import DOCUMENT_TYPES
from certflow.accounts.models import Person
from certflow.accounts.queries import document_index
from certflow.core import audit, imports
from certflow.core.actor import Actor
from certflow.core.cells import folded
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.imports import CarryOut, TableImport, Upload, Verdict
from certflow.core.table_reading import Column, Row
from certflow.core.text import Text
from certflow.exams import errors, queries
from certflow.exams.marks_import import names_of, subject_of
from certflow.exams.models import EntrySubject, Exam, ExamEntry
from certflow.exams.operations import enter

KIND = "exam_entries"
COLUMNS = (
    Column("name", Text("姓名", "Name")),
    Column("document", Text("证件号码", "Document number"), ("身份证号", "身份证号码")),
    Column("subject", Text("科目", "Subject"), ("考试科目",)),
    Column("ticket", Text("准考证号", "Ticket number"), ("ticket",), required=False),
)
_TICKET = re.compile(r"[A-Z0-9]{6,32}")


def check_entries(
    session: Session, exam: Exam, upload: Upload, at: datetime, actor: Actor
) -> TableImport:
    """Judge a file of candidates; nothing is changed (issue 3 §4)."""
    roster = Roster(session, exam)
    return imports.check_table(
        session, KIND, subject_of(exam), upload, COLUMNS, roster.judge, at, actor
    )


def accept_entries(
    session: Session, exam: Exam, made: TableImport, at: datetime, actor: Actor
) -> TableImport:
    """Admit the candidates of the good rows; accepting twice changes nothing twice."""
    queries.lock_exam(session, exam.id)
    return imports.accept_import(session, made, _admitting(session, exam, at, actor), at)


class Roster:
    """The people of a file and who of them is admitted, looked up once."""

    def __init__(self, session: Session, exam: Exam) -> None:
        self.session = session
        subjects = queries.subjects_of(session, exam.id)
        self.subjects = {name: one for one in subjects for name in names_of(one.subject)}
        query = select(ExamEntry).where(ExamEntry.exam_id == exam.id)
        self.entries = {one.person_id: one for one in session.scalars(query)}
        self.owners = {one.ticket_number: one.person_id for one in self.entries.values()}
        sat = select(ExamEntry.person_id, EntrySubject.subject_id).join(
            EntrySubject, EntrySubject.entry_id == ExamEntry.id
        )
        self.sat = set(session.execute(sat.where(ExamEntry.exam_id == exam.id)))
        self.taken = {(person, self._session_of(subject)): subject for person, subject in self.sat}

    def _session_of(self, subject_id: int) -> int:
        return next(one.session_id for one in self.subjects.values() if one.id == subject_id)

    def judge(self, rows: Sequence[Row]) -> Iterator[Verdict]:
        """Say of each row who is admitted for what, or what is wrong with it."""
        people = self._people({row.values["document"] for row in rows})
        seen: dict[tuple[int, int], int] = {}
        for row in rows:
            found = self._read(row.values, people)
            if isinstance(found, Text):
                yield Verdict(row, problem=found)
                continue
            person, subject, ticket = found
            earlier = seen.setdefault((person, subject), row.number)
            if earlier != row.number:
                yield Verdict(row, problem=errors.TWICE.filled(row=earlier))
            elif (person, subject) in self.sat:
                yield Verdict(row)
            else:
                yield Verdict(row, {"person": person, "subject": subject, "ticket": ticket})

    def _read(
        self, values: dict[str, str], people: dict[str, Person]
    ) -> Text | tuple[int, int, str]:
        person = people.get(folded(values["document"]))
        if person is None:
            return errors.PERSON_UNKNOWN
        if folded(person.name) != folded(values["name"]):
            return errors.PERSON_NAME_DIFFERS
        subject = self.subjects.get(folded(values["subject"]))
        if subject is None:
            return errors.SUBJECT_UNKNOWN.filled(subject=values["subject"][:40])
        ticket = folded(values.get("ticket", ""))
        if ticket and (wrong := self._ticket_problem(ticket, person.id)):
            return wrong
        place = (person.id, subject.session_id)
        if self.taken.setdefault(place, subject.id) != subject.id:
            return errors.TWO_IN_A_SESSION.filled(subject=values["subject"][:40])
        return person.id, subject.id, ticket

    def _ticket_problem(self, ticket: str, person_id: int) -> Text | None:
        if not _TICKET.fullmatch(ticket):
            return errors.TICKET_WRONG
        entry = self.entries.get(person_id)
        other = entry is not None and entry.ticket_number != ticket
        owner = self.owners.setdefault(ticket, person_id)
        return errors.TICKET_TAKEN if other or owner != person_id else None

    def _people(self, numbers: set[str]) -> dict[str, Person]:
        """Find people by the keyed index of their documents; numbers are never logged."""
        index = {
            document_index(kind, folded(number)): folded(number)
            for number in numbers
            if number
            for kind in DOCUMENT_TYPES
        }
        keys, found = list(index), {}
        for start in range(0, len(keys), 1000):
            some = Person.document_index.in_(keys[start : start + 1000])
            for person in self.session.scalars(select(Person).where(some)):
                found[index[person.document_index]] = person
        return found


def _admitting(session: Session, exam: Exam, at: datetime, actor: Actor) -> CarryOut:
    def admit(rows: Sequence[dict[str, Any]]) -> list[Text | None]:
        subjects = {one.id: one for one in queries.subjects_of(session, exam.id)}
        problems: list[Text | None] = []
        for row in rows:
            try:
                enter(
                    session,
                    exam,
                    int(row["person"]),
                    [subjects[int(row["subject"])]],
                    at,
                    row["ticket"] or None,
                )
                problems.append(None)
            except Invalid as error:
                problems.append(error.message)
        admitted = {"rows": len(rows)}
        audit.record(
            session, "exam.entries_imported", actor, subject=subject_of(exam), after=admitted
        )
        return problems

    return admit
