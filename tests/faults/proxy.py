"""A TCP proxy that misbehaves on demand: on loopback, in the campaign's own event loop."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_CHUNK = 64 * 1024


@dataclass(eq=False)
class _Link:
    """One connection through the proxy. `is_lost`: nothing arrives any more and nobody says so."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    left: int | None = None
    is_lost: bool = False

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()


@dataclass
class Proxy:
    """Passes on what comes to `port` to `target`, until told otherwise.

    Attributes:
        target: Port of the server behind it.
        port: Where it listens; 0 until started.
    """

    target: int
    port: int = 0
    _links: set[_Link] = field(default_factory=set)
    _flow: asyncio.Event = field(default_factory=asyncio.Event)
    _refuses: bool = False
    _loses_answers: bool = False
    _is_unready: bool = False
    _delay_seconds: float = 0.0
    _budget: int | None = None
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._flow.set()
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        self.cut()
        if self._server is not None:
            self._server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), 2)

    def heal(self) -> None:
        """Pass everything on again; what was lost stays lost."""
        self._refuses = self._loses_answers = self._is_unready = False
        self._delay_seconds, self._budget = 0.0, None
        for link in self._links:
            link.left = None
        self._flow.set()

    def cut(self) -> None:
        """End every connection at once, as a reset does; new ones are welcome."""
        for link in list(self._links):
            link.cut()

    def refuse(self) -> None:
        """End every connection and each new one: the server is away."""
        self._refuses = True
        self.cut()

    def delay(self, seconds: float) -> None:
        """Pass every piece on only after a while."""
        self._delay_seconds = seconds

    def hold(self) -> None:
        """Take everything and pass nothing on until healed, as a black hole that TCP outlasts."""
        self._flow.clear()

    def forget(self) -> None:
        """Lose the connections there are without a word, both ways and for good: half-open. New ones work."""
        for link in self._links:
            link.is_lost = True

    def lose_answers(self) -> None:
        """Let requests through and lose what is answered: of these connections and new ones, until healed."""
        self._loses_answers = True

    def cut_after(self, size: int) -> None:
        """Cut each connection once it has carried so many more bytes, until healed."""
        self._budget = size
        for link in self._links:
            link.left = size

    def client_port(self, port: int) -> int:
        """Return the client's own port of the connection that reaches the server from `port`."""
        for link in self._links:
            client, server = link.ends
            if server.get_extra_info("sockname")[1] == port:
                found: int = client.get_extra_info("peername")[1]
                return found
        raise LookupError(port)

    def answer_unready(self) -> None:
        """Let new connections be answered once as Kafka 4 does in the first moment of its start, until healed.

        The request for its API versions, the first of every connection, gets error -1 and an empty list. A client that
        does not look at the error keeps the connection and can send nothing on it any more.
        """
        self._is_unready = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            behind, before = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        if self._is_unready:
            size, _, _, number = struct.unpack(">ihhi", await reader.readexactly(12))
            await reader.readexactly(size - 8)
            writer.write(struct.pack(">iihi", 10, number, -1, 0))
        link = _Link((writer, before), left=self._budget)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, before, link, is_lost=lambda: False))
                both.create_task(self._pass_on(behind, writer, link, is_lost=lambda: self._loses_answers))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._links.discard(link)
            link.cut()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: _Link, *, is_lost: Callable[[], bool]
    ) -> None:
        while data := await reader.read(_CHUNK):
            await self._flow.wait()
            if self._delay_seconds:
                await asyncio.sleep(self._delay_seconds)
            if is_lost():
                link.is_lost = True
            if link.is_lost:
                continue
            if link.left is not None:
                data, link.left = data[: link.left], link.left - len(data)
            writer.write(data)
            await writer.drain()
            if link.left is not None and link.left <= 0:
                raise ConnectionResetError
        raise ConnectionResetError  # One end is enough: neither protocol closes one direction only.
