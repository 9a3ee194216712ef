"""May this bundle be published? The server's own answer, whatever a page says (catalogue H3, H4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from certflow.cases.versions import calls_in_force
from certflow.core.db import Session
from certflow.studio import own_tests
from certflow.studio.checking import Remark, check, stands_in_the_way
from certflow.studio.own_tests import OwnTest
from certflow.studio.release_errors import BROKEN, FAILING, NotPublishable


@dataclass(frozen=True)
class Gate:
    """What checking and the process's own tests said of a bundle."""

    remarks: list[Remark]
    tests: list[OwnTest]

    @property
    def broken(self) -> bool:
        """Whether an error stands."""
        return stands_in_the_way(self.remarks)

    @property
    def failing(self) -> bool:
        """Whether one of the process's tests did not pass."""
        return not all(one.passed for one in self.tests)

    @property
    def open(self) -> bool:
        """Whether the bundle may be published."""
        return not (self.broken or self.failing)


def examine(session: Session, key: str, content: Mapping[str, Any]) -> Gate:
    """Check a bundle for a page, and tell what comes of its tests; a broken one is not run."""
    return _gate(session, key, content, own_tests.remembered)


def pass_through(session: Session, key: str, content: Mapping[str, Any]) -> Gate:
    """Check a bundle and run its tests now; return what was found when it may be published.

    Raises:
        NotPublishable: an error stands, or a test fails.

    """
    gate = _gate(session, key, content, own_tests.run)
    if not gate.open:
        raise NotPublishable(BROKEN if gate.broken else FAILING)
    return gate


def _gate(
    session: Session,
    key: str,
    content: Mapping[str, Any],
    tests: Callable[[Session, str, Mapping[str, Any]], list[OwnTest]],
) -> Gate:
    remarks = check(key, content, calls_in_force(session))
    return Gate(remarks, [] if stands_in_the_way(remarks) else tests(session, key, content))
