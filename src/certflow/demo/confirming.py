"""Walks an annual confirmation from step to step, as its people would (demo and tests)."""

from dataclasses import dataclass, field
from typing import Any

from certflow.cases import operations, queries
from certflow.cases.models import Case, HumanTask
from certflow.cases.worksheet import open_worksheet
from certflow.core.actor import Actor
from certflow.core.db import Session

SERVICE = "annual_confirmation"
DECLARATION = {"complaints": False, "development": False, "qualities": True, "conduct": True}


@dataclass
class Confirming:
    """One case of it; each method is a step. `filer` is the holder or somebody of the body."""

    session: Session
    filer: Actor
    staff: Actor
    reviewer: Actor
    certificate_id: int
    case_id: int = 0
    declaration: dict[str, Any] = field(default_factory=lambda: dict(DECLARATION))

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.session.get_one(Case, self.case_id, populate_existing=True)

    def choose(self, certificate_id: int | None = None) -> "Confirming":
        """Begin, and choose the certificate; the self-check runs."""
        if not self.case_id:
            self.case_id = operations.start_case(self.session, self.filer, SERVICE).id
        wanted = str(certificate_id or self.certificate_id)
        return self.do("choose", self.filer, {"certificate": wanted}, "submit")

    def apply(self, **changes: Any) -> "Confirming":
        """Declare and submit; the year is the one that is proposed."""
        task = self.tasks("apply")[0]
        proposed = open_worksheet(self.session, self.filer, task.id, "zh").data
        self.declaration = {**self.declaration, "year": proposed["year"], **changes}
        return self.do("apply", self.filer, self.declaration, "submit")

    def review(self, outcome: str = "agree", opinion: str = "情况属实。") -> "Confirming":
        """Let the body agree, return or refuse."""
        return self.do("body_review", self.staff, {"opinion": opinion}, outcome)

    def decide(self, outcome: str = "confirm", opinion: str = "同意。") -> "Confirming":
        """Let the association confirm, return or refuse."""
        return self.do("decide", self.reviewer, {"opinion": opinion}, outcome)

    def amend(self, **changes: Any) -> "Confirming":
        """Mend what was returned and submit again."""
        self.declaration = {**self.declaration, **changes}
        return self.do("amend", self.filer, self.declaration, "submit")

    def do(self, element: str, who: Actor, answers: dict[str, Any], outcome: str) -> "Confirming":
        """Complete the open task of an element."""
        task = self.tasks(element)[0]
        operations.complete_task(self.session, who, task.id, answers, outcome)
        return self

    def tasks(self, element: str) -> list[HumanTask]:
        """Return the open tasks of an element."""
        found = queries.tasks_of(self.session, self.case_id)
        return [one for one in found if one.element == element]
