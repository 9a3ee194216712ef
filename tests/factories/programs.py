"""Programs that live through a registration over HTTP, each with a token of its own."""

import dataclasses
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from certflow.core.actor import Actor
from certflow.core.db import Session, transaction
from certflow.demo import records
from certflow.demo.story import Cast, Story
from factories.people import PASSWORD

LOGINS = {"applicant": "lin", "body_staff": "liu", "reviewer": "gu.nanqiao", "approver": "song"}


@dataclasses.dataclass
class Programs(Story):
    """The story's people as programs; every step is an HTTP request."""

    app: Flask = dataclasses.field(kw_only=True)
    tokens: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    @contextmanager
    def inside(self) -> Iterator[Session]:
        """The database, for what no program may do: let money arrive."""
        with self.app.app_context(), transaction() as session:
            yield session

    def log_in(self, login: str, **more: Any) -> str:
        sent = {"login_name": login, "password": PASSWORD, **more}
        answer = self.client.post("/api/v1/tokens", json=sent)
        assert answer.status_code == 201, answer.text
        return answer.json["token"]

    def call(self, who: Actor | str, method: str, path: str, **more: Any) -> TestResponse:
        """One request of a person (by actor or login name), with their token."""
        login = who if isinstance(who, str) else self.login(who)
        if login not in self.tokens:
            self.tokens[login] = self.log_in(login)
        headers = {"Authorization": f"Bearer {self.tokens[login]}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def login(self, actor: Actor) -> str:
        return LOGINS.get(actor.role, actor.name)

    def begin(self) -> "Programs":
        answer = self.call("lin", "POST", "/cases", json={"service": "registration"})
        assert answer.status_code == 201, answer.text
        self.case_id = answer.json["id"]
        return self

    def apply(self) -> "Programs":
        with self.inside() as session:
            person_id = self.cast.applicant.person_id or 0
            self.application = records.application(session, person_id, self.field)
        return self.do("apply", self.cast.applicant, self.application, "submit")

    def pay(self) -> "Programs":
        with self.inside() as session:
            Story(session, self.cast, case_id=self.case_id).pay()
        return self

    def evaluate(self, fails: Collection[str] = (), declines: Collection[int] = ()) -> "Programs":
        answers = {"result": "pass", "opinion": "逐条评价完毕。"}
        for expert in self.cast.experts[:2]:
            verdicts = self._verdicts(fails, "")
            self.do("evaluate", expert, answers | {"verdicts": verdicts}, "submit")
        return self

    def do(self, element: str, actor: Actor, answers: Any, outcome: str) -> "Programs":
        task = self.find(actor, element)
        if not task["mine"]:
            claimed = self.call(actor, "POST", f"/tasks/{task['id']}/claim")
            assert claimed.status_code == 200, claimed.text
        answer = self.finish(actor, task["id"], answers, outcome)
        assert answer.status_code == 200, answer.text
        return self

    def finish(
        self, actor: Actor, task_id: int, answers: Any, outcome: str, **more: Any
    ) -> TestResponse:
        """Complete a task against the version that its form was read with."""
        form = self.call(actor, "GET", f"/tasks/{task_id}").json["form"]
        sent = {"outcome": outcome, "data": answers, "seen": form["case_version"]}
        return self.call(actor, "POST", f"/tasks/{task_id}/complete", json=sent | more)

    def find(self, actor: Actor, element: str) -> dict[str, Any]:
        """The open task of an element that the actor's inbox shows."""
        view = "mine" if actor.role in {"applicant", "expert"} else "all"
        items = self.call(actor, "GET", f"/tasks?view={view}&element={element}").json["items"]
        return next(one for one in items if one["case"]["id"] == self.case_id)


def make_programs(app: Flask, cast: Cast) -> Programs:
    return Programs(None, cast, app=app)  # type: ignore[arg-type]
