"""The blueprint of the case page, and how a case is opened for a request."""

from flask import Blueprint, url_for

from certflow.cases.dossier import Dossier, open_dossier
from certflow.core import clock
from certflow.core.access import current_actor
from certflow.core.db import db
from certflow.web.edge import locale

blueprint = Blueprint("cases", __name__)


def opened(case_id: int) -> Dossier:
    """Read a case for who asks; another's case is not found."""
    return open_dossier(db.session(), current_actor(), case_id, clock.now(), locale(), file_url)


def file_url(file_id: str) -> str:
    """Return the address at which a file is looked at."""
    return url_for("files.download", file_id=file_id, preview=1)
