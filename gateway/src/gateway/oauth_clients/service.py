"""Letting a program of a channel in, and out."""

from collections.abc import Container
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import import_key
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.oauth_clients import queries, rules
from gateway.oauth_clients.rules import OAuthClientStatus
from gateway.oauth_clients.schemas import OAuthClientCreate
from gateway.oauth_clients.tables import OAuthClient


async def register(
    session: AsyncSession, wanted: OAuthClientCreate, *, plans: Container[str], by: str, now: datetime
) -> OAuthClient:
    """Register a program of a channel with its public keys.

    Args:
        session: The request's session.
        wanted: Channel, name, keys, scopes and plan.
        plans: Names of the plans there are.
        by: Who registers, as `staff:<uuid>`.
        now: The instant of registration.

    Raises:
        KeyRefused: a key cannot be relied on.
        PlanUnknown: there is no such plan.
    """
    rules.require_public_keys(wanted.jwks.keys)
    if wanted.plan not in plans:
        raise rules.PlanUnknown("There is no such plan.", pointer="/plan")
    client = OAuthClient(
        channel_id=wanted.channel_id,
        name=wanted.name,
        jwks={"keys": [_read(key, place) for place, key in enumerate(wanted.jwks.keys)]},
        scopes=sorted({scope.value for scope in wanted.scopes}),
        plan=wanted.plan,
        status=OAuthClientStatus.ACTIVE,
        registered_by=by,
        created_at=now,
        changed_at=now,
    )
    session.add(client)
    await session.flush()
    return client


def _read(key: dict[str, Any], place: int) -> dict[str, Any]:
    """Return only what a public key needs, after a cryptographic library has accepted it."""
    try:
        public = import_key(key).as_dict(private=False)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise rules.KeyRefused("This is not a well-formed public key.", pointer=f"/jwks/keys/{place}") from error
    return {name: public[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid") if name in public}


async def change(session: AsyncSession, client_id: UUID, command: str, *, now: datetime) -> OAuthClient:
    """Suspend or resume a program of a channel; every gateway process heeds it within two seconds.

    Raises:
        NotFound: there is no such OAuth client.
        OAuthClientInState: it is suspended, or active, already.
    """
    client = await queries.get_client_for_update(session, client_id)
    client.status = rules.after(client.status, command)
    client.changed_at = now
    await session.flush()
    return client
