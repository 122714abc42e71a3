"""Reading OAuth clients."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.oauth_clients.tables import OAuthClient
from shared.errors import NotFound


def select_clients() -> Select[tuple[OAuthClient]]:
    """Return the select of every OAuth client."""
    return select(OAuthClient)


async def find_client(session: AsyncSession, client_id: UUID) -> OAuthClient | None:
    """Return the OAuth client, or None."""
    return await session.get(OAuthClient, client_id)


async def get_client_for_update(session: AsyncSession, client_id: UUID) -> OAuthClient:
    """Return the OAuth client with its row locked.

    Raises:
        NotFound: there is none.
    """
    client = await session.get(OAuthClient, client_id, with_for_update=True)
    if client is None:
        raise NotFound("No OAuth client has this id.")
    return client
