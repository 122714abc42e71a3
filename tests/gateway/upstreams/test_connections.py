"""Kept connections that a service closes or resets: what is sent again, and what never is."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from gateway.refusals import Refused
from gateway.upstreams.session import open_session
from gateway.upstreams.upstream import Upstream

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
KEYED = [("idempotency-key", "0123456789abcdef")]


class RawService:
    """Answers with `ANSWER` on connections it keeps, and breaks off the connection on which one of `dies_at` came."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.dies_at: set[int] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := connection.recv(65536):
                self.requests.append(request.split(b"\r\n")[0])
                if len(self.requests) in self.dies_at:
                    return
                connection.sendall(ANSWER)

    def drop_connections(self) -> None:
        """Close every connection; returns when the other side could know."""
        while self._connections:
            with contextlib.suppress(OSError):  # the other side was first
                self._connections.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.drop_connections()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def service() -> Iterator[RawService]:
    service = RawService()
    yield service
    service.close()


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as session:
        yield session


async def send(upstream: Upstream, method: str, target: str, **more: object) -> bytes:
    options = {"headers": [], "body": None, **more}
    async with await upstream.request(method, target, **options) as response:  # type: ignore[arg-type]  # by name
        return await response.read()


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_a_connection_closed_a_moment_ago_is_not_written_to(
    service: RawService, session: aiohttp.ClientSession, method: str
) -> None:
    upstream = Upstream("x", service.address, session, limit=5)
    await asyncio.gather(*(send(upstream, "POST", "/before") for _ in range(3)))

    service.drop_connections()  # no turn of the event loop between this and the request
    answered = await send(upstream, method, "/after")

    assert answered == b"ok"
    assert [request.split()[1] for request in service.requests].count(b"/after") == 1


async def test_a_connection_that_is_kept_is_used_again(service: RawService, session: aiohttp.ClientSession) -> None:
    upstream = Upstream("x", service.address, session, limit=5)
    for _ in range(5):
        await send(upstream, "POST", "/one-after-the-other")

    assert len(service._connections) == 1


@pytest.mark.parametrize(("method", "headers"), [("POST", KEYED), ("GET", []), ("PUT", [])])
async def test_what_may_be_repeated_is_sent_once_more_when_the_connection_breaks_unanswered(
    service: RawService, session: aiohttp.ClientSession, method: str, headers: list[tuple[str, str]]
) -> None:
    upstream = Upstream("x", service.address, session, limit=5)
    service.dies_at = {1}

    assert await send(upstream, method, "/again", headers=headers, body=b"{}") == b"ok"
    assert len(service.requests) == 2


async def test_a_keyed_request_outlives_a_second_broken_connection_and_no_third(
    service: RawService, session: aiohttp.ClientSession
) -> None:
    """While a service is replaced the second try may meet a kept connection of the old process too."""
    upstream = Upstream("x", service.address, session, limit=5)
    service.dies_at = {1, 2, 4, 5, 6}

    assert await send(upstream, "POST", "/again", headers=KEYED, body=b"{}") == b"ok"
    assert len(service.requests) == 3
    with pytest.raises(Refused) as refused:
        await send(upstream, "POST", "/again", headers=KEYED, body=b"{}")
    assert (refused.value.status_code, len(service.requests)) == (502, 6)


async def pieces() -> AsyncIterator[bytes]:
    yield b"{"
    yield b"}"


@pytest.mark.parametrize(
    ("method", "headers", "is_streamed"), [("POST", [], False), ("PATCH", KEYED, False), ("POST", KEYED, True)]
)
async def test_what_may_have_taken_effect_is_never_sent_again(
    service: RawService,
    session: aiohttp.ClientSession,
    method: str,
    headers: list[tuple[str, str]],
    is_streamed: bool,
) -> None:
    upstream = Upstream("x", service.address, session, limit=5)
    service.dies_at = {1}

    with pytest.raises(Refused) as refused:
        await send(upstream, method, "/once", headers=headers, body=pieces() if is_streamed else b"{}")

    assert refused.value.status_code == 502
    assert [request.split()[1] for request in service.requests if b"/" in request].count(b"/once") == 1


class Restarting:
    """A uvicorn of its own process on a socket that outlives it, as a service behind a stable address."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._running = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        number = self._listener.fileno()
        script = Path(__file__).with_name("counting_service.py")
        process = subprocess.Popen([sys.executable, str(script), str(number)], stdout=-1, pass_fds=[number])
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def restart(self) -> None:
        before, self._running = self._running, self._start()
        self._end(before)

    def stop(self) -> None:
        self._end(self._running)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=20)


async def test_no_keyed_request_is_lost_while_a_service_restarts(session: aiohttp.ClientSession) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        service = await asyncio.to_thread(Restarting, listener)
        upstream = Upstream("x", service.address, session, limit=50)
        restarted = asyncio.Event()
        answers: list[bytes] = []

        async def caller(number: int) -> None:
            while not restarted.is_set():
                answers.append(await send(upstream, "POST", f"/{number}", headers=KEYED, body=b"{}"))
                await asyncio.sleep(0.002 * number)

        callers = [asyncio.create_task(caller(number)) for number in range(8)]
        try:
            for _ in range(4):
                await asyncio.to_thread(service.restart)
        finally:
            restarted.set()
            failed = [error for error in await asyncio.gather(*callers, return_exceptions=True) if error]
            await asyncio.to_thread(service.stop)

    assert failed == []
    assert len(set(answers)) == 5, "every process of the service answered"
