"""Structured logs: an allow-list of fields, so that personal data cannot slip in (design §6)."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from certflow.core.settings import Settings

FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "method",
        "endpoint",
        "status",
        "ms",
        "role",
        "case",
        "task",
        "kind",
        "item",
        "element",
        "error",
        "exception",
        "count",
        "process",
        "address",
    }
)


def only_known_fields(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list."""
    return {name: value for name, value in event.items() if name in FIELDS}


def configure_logs(settings: Settings) -> None:
    """Write one JSON line an event in production, readable lines elsewhere."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not settings.production:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            only_known_fields,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if settings.mode == "test" else logging.INFO
        ),
        # Whatever stderr is when a line is written: it may have been replaced since the start.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
