"""Invented users and people. Region 999999 exists nowhere, so no number is a real person's."""

from datetime import UTC, date, datetime

from stdnum.cn.ric import calc_check_digit

from certflow.accounts.models import Organisation, Person, User
from certflow.accounts.operations import (
    NewPerson,
    create_organisation,
    create_person,
    create_user,
    grant_role,
)
from certflow.core.db import Session

NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""20 November 2026, nine in the morning in Shanghai."""

PASSWORD = "crane-7-over-lake"


def resident_number(sequence: int, born: date = date(1990, 3, 7)) -> str:
    """A resident ID number with a right check digit; an odd sequence number is a man."""
    body = f"999999{born:%Y%m%d}{sequence:03d}"
    return body + str(calc_check_digit(body))


def user(session: Session, login_name: str, *roles: str, name: str = "林知远") -> User:
    made = create_user(
        session, login_name, PASSWORD, name, NINE, email=f"{login_name.lower()}@example.org"
    )
    made.email_confirmed_at = NINE
    for role in roles:
        grant_role(session, made.id, role, NINE)
    return made


def body(session: Session, name: str = "示例认证有限公司") -> Organisation:
    return create_organisation(session, "certification_body", name, None, NINE, name_en="Sample")


def person(session: Session, sequence: int = 1, user_id: int | None = None, **changes) -> Person:
    told = {
        "name": "林知远",
        "document_type": "resident_id",
        "document_number": resident_number(sequence),
        "phone": f"138{sequence:08d}",
        **changes,
    }
    return create_person(session, NewPerson(**told), NINE, user_id)
