"""Files: sent up, looked at, downloaded (design §6)."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, request, send_file, url_for

from certflow.accounts.roles import WORKING
from certflow.cases.evidence import readable_file, readable_files
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import Session, db
from certflow.core.errors import Invalid
from certflow.core.files import StoredFile, read, store
from certflow.core.text import Text
from certflow.forms.display import FileInfo
from certflow.web.edge import locale

blueprint = Blueprint("files", __name__)

SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; object-src 'self'; "
    "frame-ancestors 'none'; sandbox"
)
NO_FILE = Text("请选择一个文件再上传。", "Choose a file to upload.")


@blueprint.post("/files")
@allow(*WORKING)
def upload() -> Any:
    """Take one file; the answer is JSON, {"id", "name", "size", "url"} or {"error"}."""
    session, actor = db.session(), current_actor()
    try:
        file = store_upload(session, actor, "file")
    except Invalid as error:
        return {"error": error.message.of(locale())}, error.status
    url = url_for("files.download", file_id=file.id, preview=1)
    return {"id": file.id, "name": file.name, "size": file.size, "url": url}


@blueprint.get("/files/<file_id>")
@allow(SIGNED_IN)
def download(file_id: str) -> Any:
    """Give a file to who may read it: to keep, or with ?preview=1 to look at."""
    file = readable_file(db.session(), current_actor(), file_id)
    return serve(file, preview=bool(request.args.get("preview")))


def store_upload(session: Session, actor: Actor, field: str) -> StoredFile:
    """Store the file that was posted under a field's name.

    Raises:
        Invalid: when there is none, or it is not one that may be kept.

    """
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        raise Invalid(NO_FILE, {field: NO_FILE})
    try:
        return store(session, cast("BinaryIO", sent.stream), sent.filename, actor.user_id)
    except Invalid as error:
        raise Invalid(error.message, {field: error.message}) from error


def infos(session: Session, actor: Actor, file_ids: Iterable[str]) -> dict[str, FileInfo]:
    """Return what a form shows of those of the named files that the actor may read, by id."""
    found = readable_files(session, actor, file_ids)
    return {
        file.id: FileInfo(
            file.id,
            file.name,
            url_for("files.download", file_id=file.id, preview=1),
            file.size,
            file.created_at,
        )
        for file in found.values()
    }


def serve(file: StoredFile, *, preview: bool = False) -> Response:
    """Answer with a stored file that the caller has made sure the actor may read.

    Shown in the browser only when asked for and harmless by kind, and even then on its own.
    """
    shown = preview and file.media_type in SHOWN
    return attachment(read(file), file.media_type, file.name, shown=shown)


def attachment(content: bytes, media_type: str, name: str, *, shown: bool = False) -> Response:
    """Answer with a file to keep; `shown` in the browser only what is harmless by kind."""
    answer = send_file(
        BytesIO(content),
        mimetype=media_type,
        as_attachment=not shown,
        download_name=name,
        etag=False,
        max_age=0,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = ALONE
    return answer
