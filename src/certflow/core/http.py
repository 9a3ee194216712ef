"""The web edge: one transaction a request, errors as pages or problem+json."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import structlog
from flask import Flask, Request, Response, g, request
from flask.json.provider import DefaultJSONProvider
from sqlalchemy.exc import OperationalError
from werkzeug.formparser import FormDataParser

from certflow.core.db import Repeat, Session, db, transaction, writing
from certflow.core.errors import Conflict
from certflow.core.text import Text

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ERROR = 400
_BUSY_WORDS = ("lock timeout", "deadlock detected", "database is locked")
_log = structlog.get_logger()
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\uD800-\uDFFF\uFFFE\uFFFF]")

_DEEPEST = 100

BUSY = Text(
    "这件业务正在被他人办理，请几秒后再试。您填写的内容没有丢失。",
    "Somebody else is working on this case right now. Try again in a few seconds; "
    "nothing you typed is lost.",
)


class CleanForms(FormDataParser):
    """Reads forms without the characters that nobody types or sees.

    They come along when words are copied from elsewhere; no database and no printed page holds
    them, and a person told of them could not find them.
    """

    def parse(self, *args: Any, **options: Any) -> Any:
        """Read the fields and files that were sent."""
        stream, form, files = super().parse(*args, **options)
        sent = [(_seen(name), _seen(told)) for name, told in form.items(multi=True)]
        return stream, self.cls(sent), files


class CleanJSON(DefaultJSONProvider):
    """Reads JSON as strictly: no lone surrogates, no NaN, nothing nested beyond reason."""

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return what was sent. Raises ValueError when it is no such JSON."""
        return _seen(orjson.loads(s))


def _seen(value: Any, deep: int = 0) -> Any:
    if deep > _DEEPEST:
        raise ValueError
    if isinstance(value, str):
        return _UNSEEN.sub("", value)
    if isinstance(value, list):
        return [_seen(one, deep + 1) for one in value]
    if isinstance(value, dict):
        return {_seen(key): _seen(one, deep + 1) for key, one in value.items()}
    return value


class CleanRequest(Request):
    """A request whose fields hold only what a person may have typed."""

    form_data_parser_class = CleanForms


class WebApplication(Flask):
    """Flask, with every request that writes as one transaction.

    A view's changes are committed when it answers below 400 and rolled back otherwise: views,
    operations and queries never commit (design §3). After an error that `Repeat` names it is
    carried out once more.
    """

    request_class = CleanRequest
    json_provider_class = CleanJSON

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
                _carry_out_beside(session)
                return answer
        except OperationalError as error:
            if any(words in str(error.orig) for words in _BUSY_WORDS):
                raise Conflict(BUSY) from error
            raise


def keep_changes() -> None:
    """Commit although the answer is an error: a counted wrong password, a kept draft."""
    g.keep_changes = True


def beside(work: Callable[[Session], None]) -> None:
    """Do a small piece of work with this request, whatever becomes of the request itself.

    It goes into the request's own transaction, last, so that it locks nothing for long and
    costs no commit; where there is none (a read, an error), it gets one of its own.
    """
    g.beside = work
    if request.method in SAFE:
        with transaction() as session:
            _carry_out_beside(session)


def _carry_out_beside(session: Session) -> None:
    work = g.pop("beside", None)
    if work is not None:
        work(session)


def forget_session(app: Flask) -> None:
    """Give the session back at the end of every request."""

    @app.after_request
    def carry_out_beside(response: Response) -> Response:
        if "beside" in g:
            # A busy database must not turn an answer into an error: the next request does it.
            with suppress(OperationalError), transaction() as session:
                _carry_out_beside(session)
        return response

    @app.teardown_appcontext
    def remove(_error: BaseException | None) -> None:
        db.session.remove()
