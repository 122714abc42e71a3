from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, not_, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.parties.rules import Relation, Term
from complaints.parties.tables import ClientChannel, ClientSale, ClientStub, Complainant, ManagerTerm, StaffStub
from shared.clock import business_date
from shared.errors import NotFound
from shared.lineage.clients import is_about, is_merged
from shared.rows import is_one_of

_HEAR_OF = text(
    "INSERT INTO client_stub (id, heard_at, assigned_version, classified_version)"
    " SELECT id, at, 0, 0 FROM unnest(CAST(:clients AS uuid[]), CAST(:ats AS timestamptz[])) AS told (id, at)"
    " ORDER BY id"
    " ON CONFLICT (id) DO UPDATE SET heard_at = excluded.heard_at WHERE client_stub.heard_at > excluded.heard_at"
)
# An older event that comes late changes nothing: what was told last holds, whatever the order of arrival.
_ASSIGN = text(
    "UPDATE client_stub SET manager_id = :manager_id, unit_id = :unit_id,"
    " assigned_at = :at, assigned_version = :version"
    " WHERE id = :client_id AND (coalesce(assigned_at, '-infinity'), assigned_version)"
    " <= (CAST(:at AS timestamptz), CAST(:version AS bigint))"
)
_CLASSIFY = text(
    "UPDATE client_stub SET service_class = :service_class, classified_at = :at, classified_version = :version"
    " WHERE id = :client_id AND (coalesce(classified_at, '-infinity'), classified_version)"
    " <= (CAST(:at AS timestamptz), CAST(:version AS bigint))"
)
_PLACE = text(
    "INSERT INTO staff_stub (id, unit_id, unit_path, roles, placed_at, placed_version)"
    " VALUES (:staff_id, :unit_id, :unit_path, :roles, :at, :version)"
    " ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id, unit_path = excluded.unit_path,"
    " roles = excluded.roles, placed_at = excluded.placed_at, placed_version = excluded.placed_version"
    " WHERE (coalesce(staff_stub.placed_at, '-infinity'), staff_stub.placed_version)"
    " <= (excluded.placed_at, excluded.placed_version)"
)
_LEAVE = text(
    "INSERT INTO staff_stub (id, roles, placed_version, left_at) VALUES (:staff_id, '{}', 0, :at)"
    " ON CONFLICT (id) DO UPDATE SET left_at = excluded.left_at"
)

Rows = Sequence[dict[str, Any]]


async def hear_of(session: AsyncSession, rows: Rows) -> None:
    """Keep a stub per `{"client_id", "at"}`; the earliest hearing counts."""
    earliest: dict[UUID, datetime] = {}
    for row in rows:
        earliest[row["client_id"]] = min(row["at"], earliest.get(row["client_id"], row["at"]))
    if earliest:
        await session.execute(_HEAR_OF, {"clients": list(earliest), "ats": list(earliest.values())})


async def confirm(session: AsyncSession, rows: Rows) -> None:
    await session.execute(text("UPDATE client_stub SET registered_at = :at WHERE id = :client_id"), rows)


async def close(session: AsyncSession, rows: Rows) -> None:
    await session.execute(text("UPDATE client_stub SET closed_at = :at WHERE id = :client_id"), rows)


async def assign(session: AsyncSession, rows: Rows) -> None:
    await session.execute(_ASSIGN, rows)


async def keep_terms(session: AsyncSession, rows: Rows) -> None:
    terms = [
        {"client_id": row["client_id"], "since": row["at"], "manager_id": row["manager_id"]}
        | {"previous_id": row["previous_id"]}
        for row in rows
    ]
    await session.execute(insert(ManagerTerm).on_conflict_do_nothing(), terms)


async def list_terms(session: AsyncSession, client_id: UUID) -> list[Term]:
    statement = select(ManagerTerm).where(is_about(col(ManagerTerm.client_id), client_id))
    return [
        Term(one.client_id, business_date(one.since), one.manager_id, one.previous_id)
        for one in (await session.execute(statement.order_by(col(ManagerTerm.since)))).scalars()
    ]


async def classify(session: AsyncSession, rows: Rows) -> None:
    await session.execute(_CLASSIFY, rows)


async def link_channels(session: AsyncSession, rows: Rows) -> None:
    if rows:
        await session.execute(insert(ClientChannel).on_conflict_do_nothing(), rows)


async def place(session: AsyncSession, row: dict[str, Any]) -> None:
    await session.execute(_PLACE, row)


async def leave(session: AsyncSession, staff_id: UUID, at: datetime) -> None:
    await session.execute(_LEAVE, {"staff_id": staff_id, "at": at})


async def find_client(session: AsyncSession, client_id: UUID) -> ClientStub | None:
    return await session.get(ClientStub, client_id)


async def list_managers(session: AsyncSession, client_id: UUID) -> set[UUID]:
    statement = select(col(ClientStub.manager_id)).where(is_about(col(ClientStub.id), client_id))
    return {manager_id for manager_id in (await session.execute(statement)).scalars() if manager_id is not None}


async def list_units(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, UUID]:
    statement = select(col(ClientStub.id), col(ClientStub.unit_id)).where(is_one_of(col(ClientStub.id), client_ids))
    return {id: unit_id for id, unit_id in await session.execute(statement) if unit_id}


async def list_relations(session: AsyncSession, client_ids: Sequence[UUID]) -> dict[UUID, Relation]:
    statement = select(
        col(ClientStub.id), col(ClientStub.service_class), col(ClientStub.registered_at), col(ClientStub.closed_at)
    ).where(is_one_of(col(ClientStub.id), client_ids))
    return {
        id: Relation(service_class, _day(registered_at), _day(closed_at))
        for id, service_class, registered_at, closed_at in await session.execute(statement)
    }


def _day(at: datetime | None) -> date | None:
    return business_date(at) if at else None


async def list_client_ids(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    statement = select(col(ClientStub.id)).order_by(col(ClientStub.id)).limit(limit)
    statement = statement if after is None else statement.where(col(ClientStub.id) > after)
    return list((await session.execute(statement)).scalars())


async def count_clients(session: AsyncSession) -> int:
    return (await session.execute(select(func.count()).select_from(ClientStub))).scalar_one()


async def count_clients_before(session: AsyncSession, before: datetime) -> int:
    closed = col(ClientStub.closed_at)
    statement = (
        select(func.count())
        .select_from(ClientStub)
        .where(
            col(ClientStub.registered_at) < before,
            or_(closed.is_(None), closed >= before),
            not_(is_merged(col(ClientStub.id))),
        )
    )
    return (await session.execute(statement)).scalar_one()


async def is_of_channel(session: AsyncSession, client_id: UUID, channel_id: UUID) -> bool:
    known = exists().where(col(ClientChannel.client_id) == client_id, col(ClientChannel.channel_id) == channel_id)
    return bool((await session.execute(select(known))).scalar_one())


async def find_staff(session: AsyncSession, staff_id: UUID) -> StaffStub | None:
    return await session.get(StaffStub, staff_id)


async def list_at_work(session: AsyncSession, role: str) -> list[StaffStub]:
    statement = select(StaffStub).where(col(StaffStub.left_at).is_(None), col(StaffStub.roles).contains([role]))
    return list((await session.execute(statement.order_by(col(StaffStub.id)))).scalars())


def select_unconfirmed(before: datetime) -> Select[ClientStub]:
    return select(ClientStub).where(col(ClientStub.registered_at).is_(None), col(ClientStub.heard_at) < before)


async def link_sales(session: AsyncSession, rows: Rows) -> None:
    if rows:
        await session.execute(insert(ClientSale).on_conflict_do_nothing(), rows)


async def list_sellers(session: AsyncSession, client_id: UUID, product_id: UUID) -> list[UUID]:
    statement = select(col(ClientSale.channel_id)).distinct()
    statement = statement.where(
        is_about(col(ClientSale.client_id), client_id), col(ClientSale.product_id) == product_id
    )
    return list((await session.execute(statement)).scalars())


async def list_channels(session: AsyncSession, client_id: UUID) -> list[UUID]:
    statement = select(col(ClientChannel.channel_id)).distinct().order_by(col(ClientChannel.channel_id))
    return list((await session.execute(statement.where(is_about(col(ClientChannel.client_id), client_id)))).scalars())


async def get_complainant(session: AsyncSession, complaint_id: UUID) -> Complainant:
    complainant = await find_complainant(session, complaint_id)
    if complainant is None:
        raise NotFound("No contact data of a complainant is kept with this case; ask client-profile for the client's.")
    return complainant


async def find_complainant(session: AsyncSession, complaint_id: UUID) -> Complainant | None:
    return await session.get(Complainant, complaint_id)
