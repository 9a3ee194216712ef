"""What stands in a statement does not stand in the error that reaches log and incident (J1)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certflow.core.db import Session

NUMBER = "110101199003070000"


def test_a_failing_statement_does_not_tell_its_values(session: Session) -> None:
    with pytest.raises(DBAPIError) as raised:
        session.execute(text("INSERT INTO nowhere VALUES (:number)"), {"number": NUMBER})
    assert NUMBER not in str(raised.value)
