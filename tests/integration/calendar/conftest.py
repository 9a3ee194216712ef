"""Cases on which deadlines can run, and somebody who keeps the calendar."""

from collections.abc import Callable

import pytest

from certflow.accounts.models import User
from certflow.cases.models import Case, ProcessVersion
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session


@pytest.fixture
def keeper(session: Session) -> Actor:
    user = User(login_name="keeper", password_hash="-", name="历维护", created_at=clock.now())
    session.add(user)
    session.flush()
    return Actor(user.id, user.name, "system_admin")


@pytest.fixture
def new_case(session: Session, keeper: Actor) -> Callable[[], int]:
    now = clock.now()
    version = ProcessVersion(key="t", number=1, bundle={}, checksum="-", published_at=now)
    session.add(version)
    session.flush()

    def make() -> int:
        case = Case(
            service="t",
            version_id=version.id,
            title={"zh": "测试", "en": "Test"},
            summary={},
            stages=[],
            visited=[],
            applicant_id=keeper.user_id,
            run=b"",
            created_at=now,
            updated_at=now,
        )
        session.add(case)
        session.flush()
        return case.id

    return make


@pytest.fixture
def case_id(new_case: Callable[[], int]) -> int:
    return new_case()
