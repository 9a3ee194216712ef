"""Pages for administrators: operations, processes, calendar, audit trail, tokens."""

from certflow.web.admin import home, processes, tasks, tokens, trail, working_days
from certflow.web.admin.area import blueprint

__all__ = ["blueprint", "home", "processes", "tasks", "tokens", "trail", "working_days"]
