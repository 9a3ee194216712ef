"""Two small services, of which one calls the other: filed, checked on site, granted."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from certflow.cases import operations, versions
from certflow.cases.calling import CALLED
from certflow.cases.models import Case, CaseLink
from certflow.cases.turn import looked_at
from certflow.core import outbox
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.demo.quarrels import Walk
from certflow.studio import fresh
from factories.actors import actor, make_person, make_user
from factories.drawing import arrows, bpmn, call, choice, edge, end, start, timer, user

CALLER, CHECK = "site_permit", "site_check"
MATTER = {"matter": "南山样例实验室"}


def check_content(key: str = CHECK) -> dict[str, Any]:
    """Return the service that is called: the applicant files it, the association reviews it."""
    return fresh.content(key, Text("现场核实", "Site check"), {})


def caller_content(
    called: str = CHECK, key: str = CALLER, *, limit: str = "P30D", **given: str
) -> dict[str, Any]:
    """Return the service that calls it after filing, and ends as it ended."""
    content = fresh.content(key, Text("场所许可", "Site permit"), {})
    content["forms"] = {"file": content["forms"]["file"]}
    named = {name: _text(name) for name in ("granted", "denied", "lapsed")}
    content["service"] |= {
        "stages": {
            name: {"name": _text(name), "hint": _text(name)} for name in ("file", "checked")
        },
        "outcomes": {name: {"name": one, "kind": "bad"} for name, one in named.items()},
        "steps": [],
        "names": {},
        "notices": {},
        "withdraw_until": ["file", "checked"],
    }
    content["bpmn"] = bpmn(
        start(),
        user("file", assignee="applicant"),
        call("checked", called, result="check", **given),
        edge("limit", "checked", timer(limit)),
        choice("how", default="how_to_denied"),
        *(end(name) for name in named),
        arrows(
            "start -> file -> checked -> how",
            "how -> granted ? check.outcome == 'accepted'",
            "how -> denied",
            "limit -> lapsed",
        ),
        lane="applicant",
    ).decode()
    return content


def _text(name: str) -> dict[str, str]:
    return {"zh": name, "en": name.capitalize()}


def publish(session: Session, *contents: dict[str, Any]) -> None:
    """Put services in force."""
    for one in contents:
        versions.publish(session, one["service"]["key"], one, "")


@dataclass(kw_only=True)
class Permit(Walk):
    """A case that calls, who filed it and who checks."""

    person: Actor
    reviewer: Actor

    def file(self) -> "Permit":
        """Start it and file it: it then waits for the case that it calls."""
        self.case_id = operations.start_case(self.session, self.person, CALLER).id
        self.do("file", self.person, MATTER, "submit")
        return self

    @property
    def check(self) -> Case:
        """The case that it called last."""
        links = select(CaseLink.case_id).where(
            CaseLink.other_id == self.case_id, CaseLink.kind == CALLED
        )
        found = select(Case).where(Case.id.in_(links)).order_by(Case.id.desc()).limit(1)
        return self.session.scalars(found.execution_options(populate_existing=True)).one()

    @property
    def check_walk(self) -> Walk:
        """How to do the tasks of the called case."""
        return Walk(session=self.session, case_id=self.check.id)

    def checked(self, outcome: str = "accept") -> "Permit":
        """Walk the called case to its end."""
        self.check_walk.do("file", self.person, MATTER, "submit")
        self.check_walk.do("review", self.reviewer, {"opinion": "已看过。"}, outcome)
        return self

    @property
    def variables(self) -> dict[str, Any]:
        """The decision variables of the case that calls."""
        return looked_at(self.session, self.case).run.data

    def relay(self) -> "Permit":
        """Let the outbox do its work, as the background does after a commit."""
        self.session.commit()
        while outbox.relay():
            pass
        return self


def make_permit(session: Session) -> Permit:
    """Publish both services and make the people."""
    publish(session, check_content(), caller_content())
    user = make_user(session, "lin", "applicant")
    return Permit(
        session=session,
        person=actor(user, "applicant", person=make_person(session, user, 1, None)),
        reviewer=actor(make_user(session, "gu.nanqiao", "reviewer"), "reviewer"),
    )
