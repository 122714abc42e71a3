from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from client_profile.clients.rules import ServiceClass
from client_profile.clients.tables import Client
from client_profile.contribution.rules import Period
from client_profile.contribution.tables import RebateEntry
from client_profile.dealings.queries import is_confirmed, moved
from client_profile.dealings.tables import Dealing
from shared.rows import is_one_of

#: Who pays a fee that lowers what the house earns; a trust plan pays its own.
_COMPANY = "company"


async def keep_entries(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write entries, given as columns, unless they are known."""
    await session.execute(insert(RebateEntry).on_conflict_do_nothing(index_elements=["event_id"]), rows)


async def fen_days(session: AsyncSession, period: Period, clients: ColumnElement[bool]) -> Sequence[Any]:
    """Return (client_id, product_id, fen_days) of the clients: what was held at the end of each day, summed.

    A subscription counts from its day of confirmation, a redemption's own day no more.
    """
    counted = period.ends - func.greatest(col(Dealing.confirmed_on), period.begins)
    total = func.sum(moved() * counted).label("fen_days")
    statement = (
        select(col(Dealing.client_id), col(Dealing.product_id), total)
        .join(Client, col(Client.id) == col(Dealing.client_id))
        .where(is_confirmed(), col(Dealing.confirmed_on) < period.ends, clients)
        .group_by(col(Dealing.client_id), col(Dealing.product_id))
        .having(total != 0)
        .order_by(col(Dealing.client_id), col(Dealing.product_id))
    )
    return (await session.execute(statement)).all()


async def rebates(session: AsyncSession, period: Period, clients: ColumnElement[bool]) -> dict[UUID, int]:
    """Return the clients' rebates in fen that the house bears: entries of the months that begin in the period.

    Entries keep the client they were booked for; those of a merged one count for the client that stands for it.
    """
    booked_for = aliased(Client)
    statement = (
        select(col(Client.id), func.sum(col(RebateEntry.amount_fen)))
        .join(booked_for, col(booked_for.id) == col(RebateEntry.client_id))
        .join(Client, col(Client.id) == func.coalesce(booked_for.merged_into, booked_for.id))
        .where(
            col(RebateEntry.bearer) == _COMPANY,
            col(RebateEntry.earned_month) >= period.begins,
            col(RebateEntry.earned_month) < period.ends,
            clients,
        )
        .group_by(col(Client.id))
    )
    return {client_id: int(amount_fen) for client_id, amount_fen in await session.execute(statement)}


def _ids_of(client_id: UUID) -> Select[UUID]:
    return select(col(Client.id)).where(or_(col(Client.id) == client_id, col(Client.merged_into) == client_id))


async def rebate_entries(session: AsyncSession, period: Period, client_id: UUID, limit: int) -> Sequence[RebateEntry]:
    """Return the entries behind a client's rebate, oldest month first."""
    statement = (
        select(RebateEntry)
        .where(
            col(RebateEntry.client_id).in_(_ids_of(client_id)),
            col(RebateEntry.bearer) == _COMPANY,
            col(RebateEntry.earned_month) >= period.begins,
            col(RebateEntry.earned_month) < period.ends,
        )
        .order_by(col(RebateEntry.earned_month), col(RebateEntry.event_id))
        .limit(limit)
    )
    return (await session.execute(statement)).scalars().all()


async def service_classes(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, ServiceClass]:
    # One array, since a statement takes 65,535 parameters at the most and a ranking is over all clients.
    is_wanted = is_one_of(col(Client.id), ids)
    found = await session.execute(select(col(Client.id), col(Client.service_class)).where(is_wanted))
    return {client_id: service_class for client_id, service_class in found}


def only(client_id: UUID) -> ColumnElement[bool]:
    """Return the condition for one client."""
    return col(Client.id) == client_id
