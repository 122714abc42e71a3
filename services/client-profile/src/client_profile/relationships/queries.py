from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.relationships.tables import ClientRelationship
from shared.errors import NotFound


def select_of(client_id: UUID) -> Select[ClientRelationship]:
    return select(ClientRelationship).where(
        or_(col(ClientRelationship.client_id) == client_id, col(ClientRelationship.other_client_id) == client_id)
    )


async def get_of(session: AsyncSession, client_id: UUID, relationship_id: UUID) -> ClientRelationship:
    statement = select_of(client_id).where(col(ClientRelationship.id) == relationship_id)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("This client has no relationship with this id.")
    return found


async def insert_free(session: AsyncSession, relationships: Sequence[ClientRelationship]) -> set[UUID]:
    """Write relationships and return the ids of those that overlap with no other of their kind and pair."""
    if not relationships:
        return set()
    # In one order, so that two calls never wait for each other.
    ordered = sorted(relationships, key=lambda one: (one.client_id, one.other_client_id, one.kind))
    statement = insert(ClientRelationship).on_conflict_do_nothing().returning(col(ClientRelationship.id))
    written = await session.execute(statement, [one.model_dump() for one in ordered])
    return set(written.scalars())


async def by_external_id(
    session: AsyncSession, origin: str, external_ids: Collection[str]
) -> dict[str, ClientRelationship]:
    statement = select(ClientRelationship).where(
        col(ClientRelationship.origin) == origin, col(ClientRelationship.external_id).in_(external_ids)
    )
    return {str(one.external_id): one for one in (await session.execute(statement)).scalars()}
