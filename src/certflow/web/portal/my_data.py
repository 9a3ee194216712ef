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
from certflow.core.db import Session, db
from certflow.core.errors import NotFound
from certflow.core.files import StoredFile
from certflow.core.holdings import Subject, all_held
from certflow.documents.errors import MissingGlyph
from certflow.personnel.queries import certificate_rows
from certflow.personnel.tasks import Paper, paper
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
    papers = [made for one in certificates if (made := _paper(session, one)) is not None]
    own = {one.pdf_file_id for one in certificates}
    stored = [one for one in files_of(session, user_id) if one.id not in own]
    audit.record(session, "personal_data.downloaded", actor, subject=f"user/{user_id}")
    answer = Response(_zipped(held, papers, stored), content_type="application/zip")
    name = f"my-data-{clock.today():%Y%m%d}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _paper(session: Session, certificate: Any) -> Paper | None:
    """Return an e-certificate; None for one that cannot be had: the rest is given all the same."""
    try:
        return paper(session, certificate)
    except (NotFound, MissingGlyph):
        return None


def _zipped(
    held: dict[str, Any], papers: Sequence[Paper], stored: Sequence[StoredFile]
) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in held.items():
            text = json.dumps(part, ensure_ascii=False, indent=2)
            archive.writestr(f"{name}.json", text.encode())
            yield pipe.taken()
        for each in papers:
            archive.writestr(f"certificates/{each.name}", each.content)
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
