"""Log lines of the scheduler: what happened, how much, how long; never anybody's values.

Enters: events with fields. Leaves: lines on stderr, as JSON or for reading. Only fields on the allowlist
are let through, so a value that is passed by mistake is dropped.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "job",
        "run",
        "created",
        "updated",
        "writes",
        "review",
        "held",
        "failed",
        "requests",
        "stopped_by",
        "plan",
        "seconds",
        "interrupted",
        "error",
        "fix",
        "problems",
        "next",
        "signal",
        "purged",
        "spools",
        "channel",
    ]
)
"""Fields that may be logged: counts, names of ours, times."""


def configure(format: str, level: str, stream: TextIO | None = None) -> None:
    """Sets logging up for this process. ``format``: console, json or auto; ``stream``: default stderr."""
    stream = stream or sys.stderr
    as_json = format == "json" or (format == "auto" and not stream.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allowed_only,
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=stream.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def silence_libraries() -> None:
    """Other libraries' log lines may show addresses with people's values in them: none is written."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def _allowed_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if key in ALLOWED}
