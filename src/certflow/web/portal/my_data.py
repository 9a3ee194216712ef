"""Everything that is held about me, to download (issue 5 §1).

The answer is one ZIP: a JSON file a part and my files as I sent them. It is made while it is
sent, a file at a time, and stands nowhere on disk.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, render_template

from certflow.accounts.held import files_of
from certflow.core import audit, clock, files
from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.core.holdings import Subject, all_held
from certflow.personnel.queries import certificate_rows, pdf_of
from certflow.web.portal.blueprint import APPLICANT, blueprint


@blueprint.get("/my/data")
@allow(APPLICANT)
def my_data() -> str:
    """Say what is held, offer it to download, and to have it erased."""
    return render_template("portal/my_data.html")


@blueprint.post("/my/data")
@allow(APPLICANT)
def download_my_data() -> Response:
    """Give everything that is held about me as one file."""
    session, actor = db.session(), current_actor()
    user_id = actor.user_id or 0
    held = all_held(session, Subject(user_id, actor.person_id))
    certificates = certificate_rows(session, actor.person_id or 0)
    papers = [pdf for one in certificates if (pdf := pdf_of(session, one)) is not None]
    stored = {one.id: one for one in (*files_of(session, user_id), *papers)}
    audit.record(session, "personal_data.downloaded", actor, subject=f"user/{user_id}")
    answer = Response(_zipped(held, list(stored.values())), content_type="application/zip")
    name = f"my-data-{clock.today():%Y%m%d}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _zipped(held: dict[str, Any], stored: Sequence[Any]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in held.items():
            text = json.dumps(part, ensure_ascii=False, indent=2)
            archive.writestr(f"{name}.json", text.encode())
            yield pipe.taken()
        for one in stored:
            try:
                content = files.read(one)
            except NotFound:
                continue
            archive.writestr(f"files/{one.id[:8]}-{one.name}", content)
            yield pipe.taken()
    yield pipe.taken()


class _Pipe:
    """What a ZIP is written into: what was written is taken out and sent on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What was written is still there to be taken."""

    def taken(self) -> bytes:
        """Return what has been written since."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found
