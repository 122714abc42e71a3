"""Passing a request on to its service and the response back, both as they come."""

import asyncio

import aiohttp
from starlette.types import Receive

from gateway.refusals import CallerGone, Refused
from gateway.routing import guard, headers
from gateway.routing.body import Inbound
from gateway.routing.guard import Head
from gateway.routing.visit import Visit
from gateway.upstreams.upstream import Slot, Upstream
from shared.log import get_logger

log = get_logger(__name__)

#: A stream of events on which nothing came for so long is ended.
STREAM_IDLE_SECONDS = 300
#: A stream is ended after so long in any case: who comes back with Last-Event-ID is asked again who it is.
STREAM_SECONDS = 900


async def forward(
    visit: Visit, receive: Receive, *, head: Head, upstream: Upstream, token: str | None, seconds: float, limit: int
) -> None:
    """Pass a request on and its response back.

    Args:
        visit: The request.
        receive: The ASGI receive function.
        head: Its head.
        upstream: The service that answers.
        token: Internal token for that service; None for a public page.
        seconds: Longest time for all of it; streams of events and large answers may take longer.
        limit: Bytes the body may have.

    Raises:
        Refused: the service could not answer.
        CallerGone: the caller went away; the service's work was cancelled.
    """
    inbound = Inbound(receive, has_body=head.has_body, limit=limit)
    fields = _fields(visit, head, token)
    with upstream.enter() as slot:
        try:
            async with asyncio.timeout(seconds) as deadline:
                body = await inbound.body()
                inbound.watch()
                response = await upstream.request(visit.scope["method"], _target(visit), headers=fields, body=body)
                await _relay(visit, response, slot, deadline)
        except TimeoutError as error:
            if visit.status:
                log.warning("broke off: out of time", upstream=upstream.name)
                return
            if not inbound.is_complete and not isinstance(error, aiohttp.ServerTimeoutError):
                raise guard.too_late() from None
            upstream.failed("timeout")
            raise Refused(504, "timed_out", f"The service {upstream.name} did not answer in time.") from None
        except aiohttp.ClientError as error:
            if isinstance(error.__cause__, Refused | CallerGone):  # raised by the body, on its way through aiohttp
                raise error.__cause__ from None
            upstream.failed("broken")
            log.warning("broke off: the service did", upstream=upstream.name, error=type(error).__name__)
        except asyncio.CancelledError:
            if not inbound.is_gone:
                raise
            _current_task().uncancel()
            raise CallerGone from None
        finally:
            inbound.end()


def _fields(visit: Visit, head: Head, token: str | None) -> list[tuple[str, str]]:
    fields = headers.to_service(visit.scope["headers"])
    if head.has_body and head.length is not None:
        fields.append(("content-length", str(head.length)))
    if token is not None:
        fields.append(("authorization", f"Bearer {token}"))
    fields.append(("x-request-id", visit.request_id))
    fields.append(("traceparent", visit.traceparent))
    return fields


def _target(visit: Visit) -> str:
    path: bytes = visit.scope["raw_path"]
    query: bytes = visit.scope["query_string"]
    return f"{path.decode()}?{query.decode()}" if query else path.decode()


def _current_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # coroutines run in tasks
    return task


async def _relay(visit: Visit, response: aiohttp.ClientResponse, slot: Slot, deadline: asyncio.Timeout) -> None:
    try:
        is_stream = response.headers.get("Content-Type", "").startswith("text/event-stream")
        if is_stream:
            slot.turn_into_stream()
        elif more := guard.more_seconds(response.content_length or 0):
            deadline.reschedule((deadline.when() or 0) + more)
        start = {"status": response.status, "headers": headers.to_caller(response.raw_headers)}
        await visit.send({"type": "http.response.start", **start})
        content = response.content
        ends_at = asyncio.get_running_loop().time() + STREAM_SECONDS
        is_last = False
        while not is_last:
            if is_stream:
                piece, is_last = await _events(content, deadline, ends_at)
            else:
                piece = await content.readany()
                is_last = content.at_eof()
            await visit.send({"type": "http.response.body", "body": piece, "more_body": not is_last})
        if not content.at_eof():
            response.close()
    except BaseException:
        response.close()
        raise


async def _events(content: aiohttp.StreamReader, deadline: asyncio.Timeout, ends_at: float) -> tuple[bytes, bool]:
    """Return what came next, and whether the stream ends with it: by itself, for lack of events, or at `ends_at`."""
    idle_at = asyncio.get_running_loop().time() + STREAM_IDLE_SECONDS
    # For a caller that takes nothing: only the wait for an event ends a stream in good order.
    deadline.reschedule(idle_at + STREAM_IDLE_SECONDS)
    try:
        async with asyncio.timeout_at(min(idle_at, ends_at)):
            piece = await content.readany()
    except TimeoutError:
        return b"", True
    return piece, content.at_eof()
