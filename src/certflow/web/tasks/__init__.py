"""The task page: any form, for whoever it waits for (design §5)."""

from certflow.web.tasks import handing, page, submitting  # noqa: F401 - register the views
from certflow.web.tasks.blueprint import blueprint

__all__ = ["blueprint"]
