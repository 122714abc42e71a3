"""The request's body on its way through: bounded, never collected, and what happens when the caller goes away."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message, Receive

from gateway.refusals import CallerGone
from gateway.routing import guard

#: Most requests are answered sooner; only for slower ones a task is spent on watching whether the caller is there.
_WATCH_AFTER_SECONDS = 0.05


class Inbound:
    """The receiving side of a request. After the body it watches for the caller to go away.

    Args:
        receive: The ASGI receive function.
        has_body: Whether a body follows the head.
        limit: Bytes it may have.
    """

    def __init__(self, receive: Receive, *, has_body: bool, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._has_body = has_body
        self._size = 0
        self._work: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.is_gone = False

    @property
    def is_complete(self) -> bool:
        """Whether the whole body has come."""
        return not self._has_body

    async def body(self) -> bytes | AsyncIterator[bytes] | None:
        """Return the body: the bytes if they came in one piece, else an iterator of its pieces.

        Raises:
            Refused: 413, over the limit.
            CallerGone: the connection was closed.
        """
        if not self._has_body:
            return None
        first = self._bounded(await self._receive())
        if first.get("more_body"):
            return self._pieces(first)
        self._has_body = False
        body: bytes = first["body"]
        return body

    async def _pieces(self, message: Message) -> AsyncIterator[bytes]:
        while True:
            if message["body"]:
                yield message["body"]
            if not message.get("more_body"):
                break
            message = self._bounded(await self._receive())
        self._has_body = False
        self._begin()

    def _bounded(self, message: Message) -> Message:
        if message["type"] == "http.disconnect":
            raise CallerGone
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise guard.too_large(self._limit)
        return message

    def watch(self) -> None:
        """From the end of the body on, cancel the running task when the caller goes away."""
        self._work = asyncio.current_task()
        if not self._has_body:
            self._begin()

    def _begin(self) -> None:
        if self._work is not None:
            self._timer = asyncio.get_running_loop().call_later(_WATCH_AFTER_SECONDS, self._start_watcher)

    def _start_watcher(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        if self._work is not None:
            self._work.cancel()

    def end(self) -> None:
        """Stop watching."""
        self._work = None
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()


def bounded(receive: Receive, *, has_body: bool, seconds: float) -> Receive:
    """Return `receive` for the gateway's own pages, which take no files.

    Args:
        receive: The ASGI receive function.
        has_body: Whether a body follows the head.
        seconds: Longest time for all of the body.
    """
    size, is_complete = 0, not has_body
    deadline = asyncio.get_running_loop().time() + seconds

    async def receive_bounded() -> Message:
        nonlocal size, is_complete
        if is_complete:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise guard.too_late() from None
        if message["type"] == "http.disconnect":
            raise CallerGone
        size += len(message.get("body", b""))
        if size > guard.MAX_BODY_BYTES:
            raise guard.too_large(guard.MAX_BODY_BYTES)
        is_complete = not message.get("more_body")
        return message

    return receive_bounded
