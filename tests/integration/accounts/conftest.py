import pytest
from sqlalchemy.orm import Session

from certflow.accounts.models import User
from factories import people


@pytest.fixture
def lin(session: Session) -> User:
    """Lin, an applicant who is also an expert."""
    return people.user(session, "Lin", "applicant", "expert")


@pytest.fixture
def body_id(session: Session) -> int:
    return people.body(session).id
