"""One service behind the gateway: its connections, how many requests it may hold, and when it is left in peace."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Self

import aiohttp
from prometheus_client import Counter, Gauge
from yarl import URL

from gateway.refusals import CallerGone, Refused
from gateway.upstreams.session import open_session

FAILURES = Counter("gateway_upstream_failures_total", "Requests a service did not answer.", ["upstream", "reason"])
IN_FLIGHT = Gauge("gateway_upstream_in_flight", "Requests a service is answering.", ["upstream"])

_MOST_TRIES = 3
#: After so many failures in a row the service is left in peace for a while; then one request tries again.
_FAILURES_TO_OPEN = 5
_OPEN_SECONDS = 2.0
#: Streams of events a service may hold open beside its requests.
MAX_STREAMS = 200


class Upstream:
    """A service: bounds the requests it holds and stops asking for a moment when it does not answer.

    Args:
        name: Folder name of the service.
        address: Scheme, host and port.
        session: The client session all services share.
        limit: Requests it may hold at the same time.
    """

    def __init__(self, name: str, address: str, session: aiohttp.ClientSession, *, limit: int) -> None:
        self.name = name
        self._address = address.rstrip("/")
        self._session = session
        self._limit = limit
        self.in_flight = self.streams = self._failures = 0
        self._open_until = 0.0
        self._gauge = IN_FLIGHT.labels(name)

    def enter(self) -> "Slot":
        """Count a request in; leaving the slot counts it out.

        Raises:
            Refused: 503, the service holds enough already or has just failed again and again.
        """
        if self._failures >= _FAILURES_TO_OPEN:
            now = time.monotonic()
            if now < self._open_until:
                raise self._unavailable("not_answering", "does not answer at the moment")
            self._open_until = now + _OPEN_SECONDS
        if self.in_flight >= self._limit:
            raise self._unavailable("busy", "has as much to do as it can bear")
        self._count(1)
        return Slot(self)

    def leave(self) -> None:
        """Count a request out."""
        self._count(-1)

    def _count(self, change: int) -> None:
        self.in_flight += change
        self._gauge.set(self.in_flight)

    def turn_into_stream(self) -> None:
        """Count a request as a stream of events from here on, so that it does not take a request's place for hours.

        Raises:
            Refused: 503, there are enough streams.
        """
        if self.streams >= MAX_STREAMS:
            raise self._unavailable("busy", "has as many streams as it can bear")
        self.leave()
        self.streams += 1

    async def request(
        self, method: str, target: str, *, headers: Sequence[tuple[str, str]], body: bytes | AsyncIterator[bytes] | None
    ) -> aiohttp.ClientResponse:
        """Send a request and return the response as soon as its head is there; the caller releases or closes it.

        One whose connection breaks before an answer is sent again if a service would not let it take effect twice: GET,
        PUT and DELETE, and a POST with Idempotency-Key whose body is at hand. While a service is replaced, the second
        try may meet a kept connection of its old process too, so there is a third.

        Raises:
            Refused: 502, no connection or a broken one; whatever `body` raised.
            TimeoutError: no connection within a second.
        """
        url = URL(self._address + target, encoded=True)
        try:
            response = await self._send_again(method, url, headers, body)
        except TimeoutError:  # of aiohttp's errors, those of time are ClientErrors as well
            raise
        except aiohttp.ClientError as error:
            if isinstance(error.__cause__, Refused | CallerGone):  # raised by the body, on its way through aiohttp
                raise error.__cause__ from None
            is_refused = isinstance(error, aiohttp.ClientConnectorError)
            self.failed("refused" if is_refused else "broken")
            what = "cannot be reached; try again" if is_refused else "broke off; look whether it took effect"
            raise Refused(502, "bad_gateway", f"The service {self.name} {what}.") from error
        self._failures = 0
        return response

    async def _send_again(
        self, method: str, url: URL, headers: Sequence[tuple[str, str]], body: bytes | AsyncIterator[bytes] | None
    ) -> aiohttp.ClientResponse:
        for _ in range(_MOST_TRIES - 1 if _may_be_repeated(method, headers, body) else 0):
            try:
                return await self._send(method, url, headers, body)
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                continue
        return await self._send(method, url, headers, body)

    async def _send(
        self, method: str, url: URL, headers: Sequence[tuple[str, str]], body: bytes | AsyncIterator[bytes] | None
    ) -> aiohttp.ClientResponse:
        return await self._session.request(method, url, headers=headers, data=body, allow_redirects=False)

    def failed(self, reason: str) -> None:
        """Note that the service did not answer."""
        self._failures += 1
        self._open_until = time.monotonic() + _OPEN_SECONDS
        FAILURES.labels(self.name, reason).inc()

    def _unavailable(self, reason: str, what: str) -> Refused:
        FAILURES.labels(self.name, reason).inc()
        detail = f"The service {self.name} {what}; try again."
        return Refused(503, "unavailable", detail, headers={"Retry-After": "1"})


def _may_be_repeated(method: str, headers: Sequence[tuple[str, str]], body: object) -> bool:
    """Return whether a POST can be sent again as it was; aiohttp itself repeats the methods that HTTP calls idempotent.

    A service answers a key it knows with the first answer, and keeps the key in the transaction of the effect.
    """
    return method == "POST" and isinstance(body, bytes) and any(name == "idempotency-key" for name, _ in headers)


class Slot:
    """One request's place at a service, or one stream's; left at the end of the `with` block."""

    __slots__ = ("_is_stream", "_upstream")

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._is_stream = False

    def turn_into_stream(self) -> None:
        """Change the request's place for a stream's.

        Raises:
            Refused: 503, there are enough streams.
        """
        self._upstream.turn_into_stream()
        self._is_stream = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_stream:
            self._upstream.streams -= 1
        else:
            self._upstream.leave()


class Upstreams:
    """All services by folder name, from `start` to `stop`.

    Args:
        addresses: Folder name → scheme, host and port.
        limit: Requests each may hold at the same time.
    """

    def __init__(self, addresses: dict[str, str], *, limit: int) -> None:
        self._addresses = addresses
        self._limit = limit
        self._session: aiohttp.ClientSession | None = None
        self._upstreams: dict[str, Upstream] = {}

    async def start(self) -> None:
        """Open the client session."""
        self._session = session = open_session()
        self._upstreams = {
            name: Upstream(name, address, session, limit=self._limit) for name, address in self._addresses.items()
        }

    async def stop(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)

    def get(self, name: str) -> Upstream:
        """Return the service.

        Raises:
            Refused: 503, no address was configured for it.
        """
        upstream = self._upstreams.get(name)
        if upstream is None:
            raise Refused(503, "unavailable", f"The service {name} is not part of this installation.")
        return upstream
