"""The blueprint of the task page, and how a task is opened for a request."""

from flask import Blueprint

from certflow.cases.worksheet import Worksheet, open_worksheet
from certflow.core.access import current_actor
from certflow.core.db import db
from certflow.web.edge import locale

blueprint = Blueprint("tasks", __name__)


def opened(task_id: int) -> Worksheet:
    """Read a task for who asks; one that is not theirs is not found."""
    return open_worksheet(db.session(), current_actor(), task_id, locale())
