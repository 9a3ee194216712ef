"""People and organisations that files name, found a batch at a time (catalogue A11, A12)."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from certflow.accounts.identity import DOCUMENT_TYPES
from certflow.accounts.models import FormerName, Organisation, Person
from certflow.accounts.queries import document_index
from certflow.core.cells import folded
from certflow.core.db import Session
from certflow.core.text import Text

NO_DOCUMENT = Text("请填写证件号码。", "Enter the document number.")
UNKNOWN_PERSON = Text(
    "平台上没有这个证件号码的人员，请先导入人员。",
    "The platform knows nobody with this document number. Import the people first.",
)
OTHER_NAME = Text(
    "这个证件号码在平台上登记的是另一个姓名，请核对。",
    "The platform has another name for this document number. Check both.",
)
UNKNOWN_BODY = Text(
    "没有找到这个机构。请写机构全称或统一社会信用代码，或先导入机构。",
    "There is no such organisation. Write its full name or code, or import it first.",
)


class Found(NamedTuple):
    """Somebody whom a file names."""

    id: int
    name: str
    organisation_id: int | None


def people_by_number(session: Session, numbers: Iterable[str]) -> dict[str, Found]:
    """Find people by document numbers, whatever the document; by the folded number."""
    spelled = {folded(number) for number in numbers} - {""}
    index = {document_index(kind, one): one for one in spelled for kind in DOCUMENT_TYPES}
    query = select(Person.document_index, Person.id, Person.name, Person.organisation_id)
    rows = session.execute(query.where(Person.document_index.in_(index)))
    return {index[row[0]]: Found(row[1], row[2], row[3]) for row in rows}


def the_one(people: dict[str, Found], number: str, name: str) -> Found | Text:
    """Return the person whom a row names, or why nobody is meant."""
    if not folded(number):
        return NO_DOCUMENT
    found = people.get(folded(number))
    if found is None:
        return UNKNOWN_PERSON
    return found if folded(found.name) == folded(name) else OTHER_NAME


def organisations_by_name(session: Session) -> dict[str, int]:
    """Return the ids of organisations by folded name and by code, former ones too."""
    former = select(
        FormerName.organisation_id, FormerName.name, FormerName.name_en, FormerName.uscc
    )
    present = select(
        Organisation.id, Organisation.name, Organisation.name_en, Organisation.uscc
    ).where(Organisation.kind != "pending")
    rows = [*session.execute(former), *session.execute(present)]
    return {folded(one): row[0] for row in rows for one in row[1:] if one}
