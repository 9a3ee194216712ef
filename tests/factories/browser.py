"""A person at a browser: logs in, opens pages, submits forms with their token."""

import re
from contextvars import Context
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from certflow.core.db import Session
from factories.people import PASSWORD

TOKEN = re.compile(r'data-csrf="([^"]+)"')


class Browser:
    """One browser with its cookies. The test's own transaction ends before each request."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.client = app.test_client()
        self._session = session

    def sign_in(self, login_name: str) -> "Browser":
        answer = self.post("/login", name=login_name, password=PASSWORD)
        assert answer.status_code == 302, answer.text
        return self

    def get(self, address: str, **options: Any) -> TestResponse:
        return self.send("GET", address, **options)

    def post(self, address: str, **fields: Any) -> TestResponse:
        return self.send("POST", address, data={"csrf_token": self.token(), **fields})

    def send(self, method: str, address: str, **options: Any) -> TestResponse:
        """Send a request in a context of its own: what the test holds in hand is not the page's."""
        self._session.commit()
        answer = Context().run(self.client.open, address, method=method, **options)
        self._session.expire_all()
        return answer

    def token(self) -> str:
        found = TOKEN.search(self.get("/verify").text)
        assert found is not None
        return found[1]
