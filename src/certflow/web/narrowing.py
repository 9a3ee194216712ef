"""What somebody types to narrow a list: it may be a name, so its address holds it sealed (J2).

The field of a list is sent by POST; the answer leads back to the list, with the words encrypted
in its address. Pages read `request.args["q"]` in the clear, and every link that keeps the words
(`url_for`) seals them again. So no name stands in an access log, a history or a Referer.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Flask, redirect, request
from werkzeug import Response
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from certflow.core.access import PUBLIC, allow
from certflow.core.crypto import DecryptionError, decrypt, encrypt
from certflow.core.http import CleanRequest
from certflow.web.auth import local_path

blueprint = Blueprint("narrowing", __name__)
WORDS, _SEALED, _CONTEXT, _LONGEST = "q", "~", "address.q", 100
_OF_THE_OLD_LIST = frozenset({WORDS, "page", "after", "before", "n"})


class ListRequest(CleanRequest):
    """A request whose sealed words are read as they were typed."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The parameters of the address."""
        given: MultiDict[str, str] = super().args
        if not given.get(WORDS, "").startswith(_SEALED):
            return given
        read = [
            (name, _read(told) if name == WORDS else told) for name, told in given.items(multi=True)
        ]
        return ImmutableMultiDict(read)


def install(app: Flask) -> None:
    """Read sealed words, and let every link hold them sealed."""
    app.request_class = ListRequest
    app.url_defaults(_seal_words)


@blueprint.post("/narrow")
@allow(PUBLIC)
def narrow() -> Response:
    """Lead back to the list (`at`), narrowed by the words typed, at its first page."""
    to = urlsplit(local_path(request.form.get("at", "")) or "/")
    kept = [one for one in parse_qsl(to.query) if one[0] not in _OF_THE_OLD_LIST]
    if words := request.form.get(WORDS, "").strip()[:_LONGEST]:
        kept.append((WORDS, _sealed(words)))
    return redirect(f"{to.path}?{urlencode(kept)}" if kept else to.path, 303)


def _seal_words(_endpoint: str, values: dict[str, Any]) -> None:
    words = values.get(WORDS)
    if isinstance(words, str) and words and not words.startswith(_SEALED):
        values[WORDS] = _sealed(words)


def _sealed(words: str) -> str:
    return _SEALED + urlsafe_b64encode(encrypt(words.encode(), _CONTEXT)).decode().rstrip("=")


def _read(told: str) -> str:
    """Return the words; none when they were made up, or sealed with a key that is gone."""
    with suppress(DecryptionError, ValueError):
        sealed = told.removeprefix(_SEALED)
        return decrypt(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), _CONTEXT).decode()
    return ""
