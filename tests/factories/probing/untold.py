"""Watches requests of tests: whoever writes is told of in the audit trail (J6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, request, request_finished, request_started
from werkzeug.wrappers import Response

from factories.house import WRITES
from factories.probing.submitting import NEEDS_NONE, UNTOLD, statements


@contextmanager
def watched(app: Flask) -> Iterator[list[str]]:
    """Collect requests that wrote something of which the trail does not tell."""
    untold: list[str] = []
    with statements(app) as written:

        def begins(_app: Flask, **_rest: Any) -> None:
            written.clear()

        def ends(_app: Flask, response: Response, **_rest: Any) -> None:
            told = set(written) - NEEDS_NONE
            rule = str(request.url_rule or "")
            quiet = "audit_event" in written or rule in UNTOLD or request.method not in WRITES
            if told and response.status_code < 400 and not quiet:
                untold.append(f"{request.method} {rule}: {sorted(told)}")

        request_started.connect(begins, app)
        request_finished.connect(ends, app)
        try:
            yield untold
        finally:
            request_started.disconnect(begins, app)
            request_finished.disconnect(ends, app)
