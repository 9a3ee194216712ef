"""Evidence files: sent up, fetched (design §6)."""

import re
from io import BytesIO
from typing import Any

from flask import send_file
from marshmallow import Schema, fields

from certflow.accounts.roles import WORKING
from certflow.api.document import Blueprint, sent_file
from certflow.cases.evidence import readable_file
from certflow.core.access import SIGNED_IN, allow, current_actor
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.files import read, store
from certflow.core.text import Text

blueprint = Blueprint("files", "Evidence: PDF, JPEG, PNG")

KINDS = ("application/pdf", "image/jpeg", "image/png")
NO_FILE = Text(
    "请用 multipart/form-data 的 file 字段上传一个文件。",
    "Send one file as the field `file` of multipart/form-data.",
)
_ID = re.compile("[a-z2-7]{26}")
_BINARY = {"type": "string", "format": "binary"}


class FileSchema(Schema):
    """A stored file; forms name it by its id."""

    id = fields.String(required=True, metadata={"example": "mfrggzdfmztwq2lknnwg23tpob"})
    name = fields.String(required=True, metadata={"example": "diploma.pdf"})
    media_type = fields.String(required=True, metadata={"enum": list(KINDS)})
    size = fields.Integer(required=True, metadata={"description": "Bytes."})


def _documented(view: Any) -> Any:
    content = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": _BINARY},
                "required": ["file"],
            }
        }
    }
    return blueprint.doc(requestBody={"required": True, "content": content})(view)


@blueprint.operation("post", "/files", "cases:write", 422)
@_documented
@blueprint.answers(201, FileSchema)
@allow(*WORKING)
def upload_file() -> Any:
    """Store a file of at most 20 MB; it is screened and images are made anew."""
    sent = sent_file()
    if sent is None or not sent.filename:
        raise Invalid(NO_FILE, {"file": NO_FILE})
    return store(db.session(), sent.stream, sent.filename, current_actor().user_id)


@blueprint.operation("get", "/files/<file_id>", "cases:read", 404)
@blueprint.answers(200, _BINARY, content_type=KINDS[2])
@blueprint.answers(200, _BINARY, content_type=KINDS[1])
@blueprint.answers(200, _BINARY, content_type=KINDS[0])
@allow(SIGNED_IN)
def download_file(file_id: str) -> Any:
    """Return a file of one's own, or of a case that the token's role may see."""
    if not _ID.fullmatch(file_id):
        raise NotFound
    file = readable_file(db.session(), current_actor(), file_id)
    return attached(read(file), file.media_type, file.name)


def attached(content: bytes, media_type: str, name: str) -> Any:
    """Answer with a file that the caller has made sure the actor may read."""
    answer = send_file(
        BytesIO(content), media_type, as_attachment=True, download_name=name, max_age=0
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
