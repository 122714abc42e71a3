"""Idempotency-Key: a repeated POST gets the first answer, and the record stands in the transaction of the write.

Scope is (caller, method, path, key). Only 2xx answers are kept, and none marked
`Cache-Control: no-store`; a crash leaves neither the write nor the record.
"""

import hashlib
import json
import re
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Conflict, Invalid

HEADER = "idempotency-key"
KEEP = timedelta(days=7)
_KEPT_HEADERS = ("content-type", "etag", "location")
_WELL_FORMED = re.compile(r"[\x21-\x7e]{16,128}")

_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:caller || ' ' || :operation || ' ' || :key, 0))")
_FIND = text(
    "SELECT fingerprint, status, headers, body FROM idempotency_key"
    " WHERE caller = :caller AND operation = :operation AND key = :key"
)
_KEEP = text(
    "INSERT INTO idempotency_key (caller, operation, key, fingerprint, status, headers, body)"
    " VALUES (:caller, :operation, :key, :fingerprint, :status, CAST(:headers AS jsonb), :body)"
)
_FORGET = text(
    "DELETE FROM idempotency_key WHERE ctid IN"
    " (SELECT ctid FROM idempotency_key WHERE created_at < :before LIMIT :limit) RETURNING 1"
)

IDEMPOTENCY_V1 = """
CREATE TABLE idempotency_key (
    caller text NOT NULL,
    operation text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status int NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, operation, key)
);
CREATE INDEX idempotency_key_created_at_idx ON idempotency_key (created_at);
"""


class KeyReused(Invalid):
    """The key was used before with another body."""

    code = "idempotency_key_reused"


class StillRunning(Conflict):
    """The first request with this key has not finished."""

    code = "idempotency_key_in_use"
    retry_after_seconds = 1


Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Identity = dict[str, str]


async def replay_or(request: Request, session: AsyncSession, handle: Handler, *, caller: str) -> Response:
    """Return the kept answer of an earlier request with the same key, or run `handle` and keep its answer.

    Raises:
        Invalid: the key is malformed (16 to 128 visible ASCII characters).
        KeyReused: the same key came with another body.
        StillRunning: a request with this key is under way.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return await handle(request)
    if not _WELL_FORMED.fullmatch(key):
        raise Invalid("Idempotency-Key needs 16 to 128 visible ASCII characters.", pointer="/header/Idempotency-Key")
    identity = {"caller": caller, "operation": f"POST {request.url.path}", "key": key}
    fingerprint = hashlib.sha256(await request.body()).digest()
    if not (await session.execute(_LOCK, identity)).scalar_one():
        raise StillRunning("The first request with this key is still running.")
    kept = await _find(session, identity, fingerprint)
    if kept is not None:
        return kept
    response = await handle(request)
    # Personal data in clear is answered with no-store and must not come to rest here.
    if 200 <= response.status_code < 300 and response.headers.get("cache-control") != "no-store":
        await _keep(session, identity, fingerprint, response)
    return response


async def _find(session: AsyncSession, identity: Identity, fingerprint: bytes) -> Response | None:
    found = (await session.execute(_FIND, identity)).one_or_none()
    if found is None:
        return None
    if bytes(found.fingerprint) != fingerprint:
        raise KeyReused("This Idempotency-Key came with another body before.", pointer="/header/Idempotency-Key")
    return Response(bytes(found.body), found.status, {**found.headers, "Idempotent-Replayed": "true"})


async def _keep(session: AsyncSession, identity: Identity, fingerprint: bytes, response: Response) -> None:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = {"status": response.status_code, "headers": json.dumps(headers), "body": bytes(response.body)}
    await session.execute(_KEEP, {**identity, "fingerprint": fingerprint, **answer})


async def forget_old(session: AsyncSession, now: datetime, limit: int) -> int:
    """Delete up to `limit` records older than `KEEP`; return how many."""
    oldest = {"before": now - KEEP, "limit": limit}
    return len((await session.execute(_FORGET, oldest)).all())
