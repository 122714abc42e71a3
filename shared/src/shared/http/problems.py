"""Every error as a problem document (RFC 9457): what is wrong, where, and what a program can branch on."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import errors as pg
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.context import current_cause
from shared.errors import DomainError, MergedAway
from shared.log import get_logger

log = get_logger(__name__)

TITLES = {
    301: "Moved permanently",
    400: "Bad request",
    401: "Not signed in",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timed out",
    409: "Conflict",
    410: "Gone",
    412: "Precondition failed",
    413: "Too large",
    414: "Address too long",
    415: "Unsupported media type",
    421: "Misdirected request",
    422: "Invalid input",
    428: "Precondition required",
    429: "Too many requests",
    431: "Header too large",
    500: "Internal error",
    502: "Bad gateway",
    503: "Unavailable",
    504: "Timed out",
}

#: Errors that pass by themselves: connection lost, deadlock, serialization, lock and statement timeouts.
TRANSIENT = (
    pg.OperationalError,
    pg.DeadlockDetected,
    pg.SerializationFailure,
    pg.LockNotAvailable,
    pg.QueryCanceled,
    pg.TransactionTimeout,
)


class FieldProblem(BaseModel):
    """One field that is wrong."""

    pointer: str
    code: str
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457). Further members hold facts of the case."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[FieldProblem] = []


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """Return a problem answer. `code` never changes; `detail` is a sentence for a person and holds no personal data."""
    body = {
        "type": f"urn:trust-crm:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "instance": f"urn:request:{current_cause().correlation_id}",
        **({"errors": errors} if errors else {}),
        **jsonable_encoder(facts),
    }
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def from_domain(error: DomainError) -> Response:
    """Return the problem answer of a domain error."""
    fields = [{"pointer": error.pointer, "code": error.code, "message": error.detail}] if error.pointer else None
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else None
    return problem(error.status, error.code, error.detail, errors=fields, headers=headers, **error.facts)


def docs(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that may raise `errors`."""
    by_status: dict[int, list[str]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error.code)
    return {
        status: {"model": Problem, "description": f"{TITLES[status]}: {', '.join(codes)}"}
        for status, codes in by_status.items()
    }


#: What every route may answer besides its own.
ALWAYS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": TITLES[status]} for status in (401, 403, 422, 503)
}


def pointer(location: Sequence[Any], sent: Any) -> str:
    """Return the JSON Pointer (RFC 6901) of the place that a validation error tells.

    Args:
        location: Names and places, as Pydantic tells them: among them stand names of the forms that a field may have.
        sent: What was validated; the names of forms do not stand in it.
    """
    parts: list[str | int] = []
    for n, part in enumerate(location):
        is_last = n == len(location) - 1
        if isinstance(sent, Mapping) and isinstance(part, str) and (part in sent or is_last):
            parts.append(part)
            sent = sent.get(part)
        elif isinstance(sent, list) and isinstance(part, int):
            parts.append(part)
            sent = sent[part] if part < len(sent) else None
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


async def _invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class only
    fields = [
        {"pointer": _pointer(item["loc"], error.body), "code": item["type"], "message": item["msg"]}
        for item in error.errors()[:50]
    ]
    first = fields[0]
    return problem(422, "invalid", f"{first['pointer'] or 'The body'}: {first['message']}", errors=fields)


def _pointer(location: Sequence[Any], body: Any) -> str:
    where, *path = location
    return pointer(path, body) if where == "body" else f"/{where}" + "".join(f"/{part}" for part in path)


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  # registered for this class only
    log.info("refused", code=error.code, status=error.status)
    if isinstance(error, MergedAway) and request.method in ("GET", "HEAD"):
        # The same question about the record that stands for this one. A read-only answer, so it may be followed.
        place = request.url.path.replace(error.merged, error.into) + (
            f"?{request.url.query}" if request.url.query else ""
        )
        return problem(301, error.code, error.detail, headers={"Location": place}, merged_into=error.into)
    return from_domain(error)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class only
    code = TITLES.get(error.status_code, "error").lower().replace(" ", "_")
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


async def _database(_request: Request, error: Exception) -> Response:
    # COPY speaks to the driver directly, whose errors SQLAlchemy does not wrap.
    cause = getattr(error, "orig", error)
    if isinstance(cause, pg.UniqueViolation):
        return problem(
            409, "already_exists", "Another record with this value exists.", constraint=cause.diag.constraint_name
        )
    if isinstance(error, PoolTimeout) or isinstance(cause, TRANSIENT):
        log.warning("database is away or busy", error=type(cause or error).__name__)
        return problem(503, "unavailable", "The database is away or busy; try again.", headers={"Retry-After": "2"})
    return await _unexpected(_request, error)


async def _caller_gone(_request: Request, _error: Exception) -> Response:
    log.info("the caller went away in the middle of the body")
    return problem(400, "caller_gone", "The body did not come to its end.")


async def _unexpected(_request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return problem(500, "internal", "Something went wrong on our side. Quote the instance when you report it.")


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem document."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _caller_gone)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(pg.Error, _database)
    app.add_exception_handler(PoolTimeout, _database)
    app.add_exception_handler(Exception, _unexpected)
