"""Small JSON answers the gateway itself asks the services for."""

import asyncio
from dataclasses import dataclass

import aiohttp

from gateway.refusals import Refused
from gateway.upstreams.upstream import Upstream
from shared.context import current_cause

#: More than any part of an overview holds.
_MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered: status and the body's bytes, JSON or a problem document."""

    status: int
    body: bytes


async def get(upstream: Upstream, target: str, *, token: str, seconds: float) -> Answer:
    """Return the JSON answer of a service to `GET target`, asked with an internal token.

    Raises:
        Refused: 502, 503 or 504, the service did not answer with JSON in `seconds`.
    """
    cause = current_cause()
    headers = [
        ("accept", "application/json"),
        ("authorization", f"Bearer {token}"),
        ("x-request-id", cause.correlation_id),
        *([("traceparent", cause.traceparent)] if cause.traceparent else []),
    ]
    with upstream.enter():
        try:
            async with asyncio.timeout(seconds):
                response = await upstream.request("GET", target, headers=headers, body=None)
                async with response:
                    return await _read(upstream, response)
        except TimeoutError:
            upstream.failed("timeout")
            raise Refused(504, "timed_out", f"The service {upstream.name} took longer than {seconds:g} s.") from None


async def _read(upstream: Upstream, response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > _MAX_BYTES:
                raise Refused(502, "bad_gateway", f"The service {upstream.name} answered too much.")
    except aiohttp.ClientError as error:
        upstream.failed("broken")
        raise Refused(502, "bad_gateway", f"The service {upstream.name} broke off its answer.") from error
    if response.content_type not in ("application/json", "application/problem+json"):
        raise Refused(502, "bad_gateway", f"The service {upstream.name} did not answer with JSON.")
    return Answer(response.status, bytes(body))
