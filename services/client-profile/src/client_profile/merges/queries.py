from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.merges.tables import MergeRecord
from shared.errors import NotFound


def _over(table: str) -> TextClause:
    return text(f"UPDATE {table} SET client_id = :into WHERE client_id = :client_id RETURNING id")  # ours


def _relationships(side: str, other: str) -> TextClause:
    """What the surviving client has already, and what binds the two to each other, stays with the merged one."""
    return text(
        f"UPDATE client_relationship AS own SET {side} = :into"  # names of ours, no value
        f" WHERE {side} = :client_id AND {other} <> :into AND NOT EXISTS (SELECT FROM client_relationship AS known"
        f" WHERE known.{side} = :into AND known.{other} = own.{other} AND known.kind = own.kind"
        " AND daterange(known.started_on, known.ended_on, '[]') && daterange(own.started_on, own.ended_on, '[]'))"
        " RETURNING id"
    )


#: What goes over with a merged client, by the column that names the client. Personal record, documents, screenings and
#: what other systems call the client stay: they are its own, and its numbers go on being found by registrations.
_OVER: Mapping[str, TextClause] = {
    "dealing.client_id": _over("dealing"),
    "sale_check.client_id": _over("sale_check"),
    "risk_assessment.client_id": _over("risk_assessment"),
    "qualification.client_id": _over("qualification"),
    "client_relationship.client_id": _relationships("client_id", "other_client_id"),
    "client_relationship.other_client_id": _relationships("other_client_id", "client_id"),
}
# What was done since to a dealing that went over goes back with it: a redemption follows its subscription.
_FOLLOWERS = text("SELECT id FROM dealing WHERE original_dealing_id = ANY(CAST(:ids AS uuid[]))")


async def move(session: AsyncSession, client_id: UUID, into: UUID) -> dict[str, list[str]]:
    """Move a merged client's rows to the surviving one; return their ids by column."""
    moved = {}
    for name, statement in _OVER.items():
        found = await session.execute(statement, {"client_id": client_id, "into": into})
        moved[name] = sorted(str(id_) for id_ in found.scalars())
    return moved


async def move_back(session: AsyncSession, record: MergeRecord) -> None:
    """Give a formerly merged client back what went over, and what followed from it since."""
    for name, ids in record.moved.items():
        table, column = name.split(".")
        if table == "dealing":
            followers = (await session.execute(_FOLLOWERS, {"ids": ids})).scalars()
            ids = [*ids, *(str(id_) for id_ in followers)]
        statement = text(
            f"UPDATE {table} SET {column} = :client_id"  # names of ours, no value
            f" WHERE {column} = :into AND id = ANY(CAST(:ids AS uuid[]))"
        )
        wanted = {"client_id": record.merged_client_id, "into": record.surviving_client_id, "ids": ids}
        await session.execute(statement, wanted)


async def get_record(session: AsyncSession, merge_id: UUID, survivor_id: UUID) -> MergeRecord:
    found = (await session.execute(select_of(survivor_id).where(col(MergeRecord.id) == merge_id))).scalar_one_or_none()
    if found is None:
        raise NotFound("No merger into this client has this id.")
    return found


def select_of(survivor_id: UUID) -> Select[MergeRecord]:
    return select(MergeRecord).where(col(MergeRecord.surviving_client_id) == survivor_id)


async def has_merged(session: AsyncSession, client_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the clients that others are merged into at present."""
    statement = select(col(MergeRecord.surviving_client_id)).where(
        col(MergeRecord.surviving_client_id).in_(client_ids), col(MergeRecord.undone_at).is_(None)
    )
    return set((await session.execute(statement)).scalars())
