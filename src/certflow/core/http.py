"""The web edge: one transaction a request, errors as pages or problem+json."""

from typing import Any

import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import OperationalError

from certflow.core.db import Repeat, db, transaction, writing
from certflow.core.errors import Conflict
from certflow.core.text import Text

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ERROR = 400
_BUSY_WORDS = ("lock timeout", "deadlock detected", "database is locked")
_log = structlog.get_logger()

BUSY = Text(
    "这件业务正在被他人办理，请几秒后再试。您填写的内容没有丢失。",
    "Somebody else is working on this case right now. Try again in a few seconds; "
    "nothing you typed is lost.",
)


class WebApplication(Flask):
    """Flask, with every request that writes as one transaction.

    A view's changes are committed when it answers below 400 and rolled back otherwise: views,
    operations and queries never commit (design §3). After an error that `Repeat` names it is
    carried out once more.
    """

    def full_dispatch_request(self) -> Response:
        """Say at the start whether this request may write."""
        with writing(on=request.method not in SAFE):
            return super().full_dispatch_request()

    def dispatch_request(self) -> Any:
        """Run the view in its transaction."""
        if request.method in SAFE:
            return super().dispatch_request()
        try:
            return self._in_transaction()
        except Repeat.after as failure:
            _log.error("step.failed", error=str(failure), endpoint=request.endpoint)
            with Repeat.within(str(failure)):
                return self._in_transaction()

    def _in_transaction(self) -> Response:
        try:
            with transaction() as session:
                answer = self.make_response(super().dispatch_request())
                if answer.status_code >= _ERROR and not g.get("keep_changes"):
                    session.rollback()
                return answer
        except OperationalError as error:
            if any(words in str(error.orig) for words in _BUSY_WORDS):
                raise Conflict(BUSY) from error
            raise


def keep_changes() -> None:
    """Commit although the answer is an error: a counted wrong password, a kept draft."""
    g.keep_changes = True


def forget_session(app: Flask) -> None:
    """Give the session back at the end of every request."""

    @app.teardown_appcontext
    def remove(_error: BaseException | None) -> None:
        db.session.remove()
