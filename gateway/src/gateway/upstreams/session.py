"""The client session that all services share: its time limits, and kept connections that are still there."""

import select
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.connector import Connection

if TYPE_CHECKING:
    from aiohttp.client import ClientTimeout
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.tracing import Trace

#: More than the connections that a service can have closed at the same time.
_MOST_TRIES = 1000


class _LiveConnector(aiohttp.TCPConnector):
    """Hands out a kept connection only if the service has not closed it.

    The event loop learns of a close when it next turns; until then a request would be written to a service that is no
    longer there, and nobody could tell afterwards whether it took effect.
    """

    async def connect(
        self,
        req: "ClientRequest",
        traces: list["Trace"],
        timeout: "ClientTimeout",  # noqa: ASYNC109  # aiohttp's signature; several limits, not one
    ) -> Connection:
        """Return a connection, kept or new, on which a request can be sent."""
        for _ in range(_MOST_TRIES):
            connection = await super().connect(req, traces, timeout)
            if not _is_closed(connection):
                break
            connection.close()
        return connection


def _is_closed(connection: Connection) -> bool:
    """Return whether there is something to read: on an idle connection that is its end, never an answer."""
    transport = connection.transport
    if transport is None or transport.is_closing():
        return True
    poll = select.poll()
    poll.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poll.poll(0))


def open_session() -> aiohttp.ClientSession:
    """Return the client session for all services; must be called in the running event loop.

    Nothing is decoded, no cookie kept, no header added. Idle connections are dropped after 4 seconds, before the
    services (uvicorn: 5 seconds) drop them.
    """
    return aiohttp.ClientSession(
        connector=_LiveConnector(limit=0, keepalive_timeout=4),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=1),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
    )
