from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.identity.tables import IdentityDocument, PersonalRecord

_IS_CURRENT = col(IdentityDocument.replaced_at).is_(None)


async def get_record(session: AsyncSession, client_id: UUID) -> PersonalRecord:
    return (
        await session.execute(select(PersonalRecord).where(col(PersonalRecord.client_id) == client_id))
    ).scalar_one()


async def list_documents(session: AsyncSession, client_id: UUID) -> list[IdentityDocument]:
    """Return every document of a client, the oldest first, replaced ones included."""
    statement = select(IdentityDocument).where(col(IdentityDocument.client_id) == client_id)
    return list((await session.execute(statement.order_by(col(IdentityDocument.recorded_at)))).scalars())


async def destroy(session: AsyncSession, client_id: UUID) -> None:
    """Delete a client's personal data and documents, with all they are found by."""
    await session.execute(delete(PersonalRecord).where(col(PersonalRecord.client_id) == client_id))
    await session.execute(delete(IdentityDocument).where(col(IdentityDocument.client_id) == client_id))


async def find_holders(session: AsyncSession, number_hashes: Collection[bytes]) -> dict[bytes, UUID]:
    """Return which client holds each document that somebody holds now."""
    statement = select(col(IdentityDocument.number_hash), col(IdentityDocument.client_id)).where(
        col(IdentityDocument.number_hash).in_(number_hashes), _IS_CURRENT
    )
    return {number_hash: client_id for number_hash, client_id in await session.execute(statement)}


async def claim(session: AsyncSession, documents: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Write documents and return the ids of those that nobody else holds; waits for claims under way."""
    if not documents:
        return set()
    # In one order, so that two calls never wait for each other.
    rows = sorted(documents, key=lambda row: bytes(row["number_hash"]))
    statement = insert(IdentityDocument).on_conflict_do_nothing(index_elements=["number_hash"], index_where=_IS_CURRENT)
    return set((await session.execute(statement.returning(col(IdentityDocument.id)), rows)).scalars())
