"""Every OAuth client in memory, so that no call has to ask the database whether its channel may still call."""

import asyncio
import contextlib
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.oauth_clients.rules import OAuthClientStatus
from gateway.oauth_clients.tables import OAuthClient
from gateway.refusals import Refused
from shared.database import Database
from shared.log import get_logger

log = get_logger(__name__)

REFRESH_SECONDS = 1.0
_STALE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Registered:
    """What a call needs to know of its OAuth client."""

    is_active: bool
    plan: str


class Registry:
    """Reads all OAuth clients each second; while the database is away the last reading stands.

    Nobody can suspend a channel while the database is away either, so nothing is lost by going on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._clients: dict[str, Registered] = {}
        self._read_at = self._tried_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()

    async def start(self) -> None:
        """Begin to read each second."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def find(self, client_id: str) -> Registered | None:
        """Return the OAuth client; an unknown one is read at once, since it may have been registered just now.

        Raises:
            Refused: 503, nothing could be read yet.
        """
        found = self._clients.get(client_id)
        if found is None:
            await self._read()
            found = self._clients.get(client_id)
        if found is None and self._read_at == float("-inf"):
            raise Refused(
                503, "unavailable", "Channels cannot be checked yet; try again.", headers={"Retry-After": "2"}
            )
        return found

    async def problems(self) -> list[str]:
        """Return what is wrong: nothing read for half a minute."""
        is_fresh = time.monotonic() - self._read_at < _STALE_SECONDS
        return [] if is_fresh else [f"OAuth clients could not be read for {_STALE_SECONDS} seconds"]

    async def _run(self) -> None:
        while True:
            await self._read()
            await asyncio.sleep(REFRESH_SECONDS)

    async def _read(self) -> None:
        asked_at = time.monotonic()
        async with self._reading:
            if self._tried_at > asked_at:
                return  # Somebody read after we asked, while we waited.
            self._tried_at = time.monotonic()
            statement = select(OAuthClient.client_id, OAuthClient.status, OAuthClient.plan)  # type: ignore[call-overload]  # SQLModel's columns read as values
            try:
                async with asyncio.timeout(5), self._database.session() as session:
                    rows = (await session.execute(statement)).all()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("OAuth clients not read", error=type(error).__name__)
                return
            self._clients = {
                str(client_id): Registered(is_active=status is OAuthClientStatus.ACTIVE, plan=plan)
                for client_id, status, plan in rows
            }
            self._read_at = time.monotonic()
