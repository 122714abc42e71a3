"""JSON logs on stdout, with the request or event they belong to, and without personal data."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared.context import current_cause

#: Patterns of what must never stand in a log: resident ids, mobile numbers, bank cards, tokens. The first two may be
#: followed or preceded by letters, not by digits.
_SECRETS = re.compile(
    r"(?<!\d)\d{17}[\dXx](?!\d)"
    r"|(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"
    r"|(?<!\d)\d{16,19}(?!\d)"
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
)
#: Fields that are masked whatever they hold.
_SECRET_FIELDS = frozenset(
    {"name", "phone", "email", "address", "document_number", "authorization", "client_assertion", "password", "token"}
)


def mask(value: Any) -> Any:
    """Return `value` with everything that looks like personal data or a credential replaced by `***`."""
    if isinstance(value, str):
        return _SECRETS.sub("***", value)
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET_FIELDS else mask(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(inner) for inner in value]
    return value


def _mask_entry(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        entry[key] = "***" if key in _SECRET_FIELDS else mask(value)
    return entry


def _add_cause(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    cause = current_cause()
    entry.setdefault("correlation_id", cause.correlation_id)
    entry.setdefault("actor", cause.actor)
    if cause.traceparent:
        entry.setdefault("trace_id", cause.traceparent[3:35])
        entry.setdefault("span_id", cause.traceparent[36:52])
    if cause.parent_id:
        entry.setdefault("parent_id", cause.parent_id)
    return entry


def configure(service: str, level: str = "info") -> None:
    """Send every log line of this process, those of libraries too, to stdout as one JSON object.

    Args:
        service: Name shown in each line.
        level: `debug`, `info`, `warning` or `error`.
    """

    def add_service(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        entry["service"] = service
        return entry

    chain: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        _add_cause,
        structlog.processors.format_exc_info,
        _mask_entry,
    ]
    structlog.configure(
        # First of all, so that a level that is not logged costs nothing.
        processors=[
            structlog.stdlib.filter_by_level,
            *chain[:-2],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*chain[:-2], structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *chain[-2:],
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx").setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger called `name`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
