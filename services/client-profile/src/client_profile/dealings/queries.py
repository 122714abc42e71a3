from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    Select,
    case,
    func,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.tables import Client
from client_profile.dealings.rules import DealingKind, DealingStatus, Holding, NewDealing
from client_profile.dealings.tables import Dealing
from shared import rows
from shared.erasure.guard import require_present
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.rows import is_one_of

_IS_CONFIRMED = col(Dealing.status) == DealingStatus.CONFIRMED
#: Never null where a dealing is confirmed, says a CHECK.
_CONFIRMED_ON: ColumnElement[date] = type_coerce(col(Dealing.confirmed_on), Date)
_IS_OPEN = col(Dealing.status).in_([DealingStatus.SIGNED, DealingStatus.PAID])
_SUBSCRIBED = case((col(Dealing.kind) == DealingKind.SUBSCRIPTION, col(Dealing.amount_fen)), else_=0)
_REDEEMED = case((col(Dealing.kind) == DealingKind.REDEMPTION, col(Dealing.amount_fen)), else_=0)
_DISTRIBUTED = case((col(Dealing.kind) == DealingKind.DISTRIBUTION, col(Dealing.amount_fen)), else_=0)
_UNITS = case(
    (col(Dealing.kind) == DealingKind.SUBSCRIPTION, col(Dealing.units)),
    (col(Dealing.kind) == DealingKind.REDEMPTION, -col(Dealing.units)),
)
_INSERT = rows.insert("dealing", [field.name for field in fields(NewDealing)], then="RETURNING *")


def is_confirmed() -> ColumnElement[bool]:
    """Return the condition for dealings that count."""
    return _IS_CONFIRMED


def moved() -> ColumnElement[int]:
    """Return what a dealing moves into (above zero) or out of a holding, in fen at cost."""
    return _SUBSCRIBED - _REDEEMED


def select_dealings(actor: Actor, **wanted: Any) -> Select[Dealing]:
    """Return the dealings a caller reaches, narrowed to `column=value` where a value is given."""
    statement = (
        select(Dealing)
        .join(Client, col(Client.id) == col(Dealing.client_id))
        .where(
            actor.within(
                owner=col(Client.manager_id),
                unit=col(Client.unit_id),
                channel=col(Dealing.channel_id),
                client=col(Dealing.client_id),
            )
        )
    )
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(getattr(Dealing, name) == value)
    return statement


async def get_dealing(session: AsyncSession, dealing_id: UUID, actor: Actor) -> Dealing:
    found = (await session.execute(select_dealings(actor, id=dealing_id))).scalar_one_or_none()
    if found is None:
        raise NotFound("No dealing has this id.")
    await require_present(session, found.client_id)
    return found


async def list_of_client(session: AsyncSession, client_id: UUID) -> Sequence[Dealing]:
    """Return every dealing of a client, the oldest first, whoever asks."""
    statement = select(Dealing).where(col(Dealing.client_id) == client_id).order_by(col(Dealing.id))
    return (await session.execute(statement)).scalars().all()


async def locked(session: AsyncSession, dealing: Dealing) -> Dealing:
    """Lock a dealing that was read without a lock, and read it again."""
    await session.refresh(dealing, with_for_update={"key_share": True})
    return dealing


async def owners_of(session: AsyncSession, origin: str, numbers: Collection[str]) -> set[UUID]:
    """Return the clients of the dealings of `origin` with these confirmation numbers."""
    found = await session.execute(
        select(col(Dealing.client_id))
        .where(col(Dealing.origin) == origin, col(Dealing.confirmation_number).in_(numbers))
        .distinct()
    )
    return set(found.scalars())


async def get_named(session: AsyncSession, origin: str, numbers: Collection[str]) -> dict[str, Dealing]:
    """Return the dealings of `origin` by confirmation number."""
    found = await session.execute(
        select(Dealing).where(col(Dealing.origin) == origin, col(Dealing.confirmation_number).in_(numbers))
    )
    return {str(dealing.confirmation_number): dealing for dealing in found.scalars()}


async def insert(session: AsyncSession, dealings: Sequence[NewDealing]) -> dict[UUID, Dealing]:
    """Write confirmed dealings and return them as rows, by id."""
    given = rows.given(asdict(dealing) for dealing in dealings)
    written = await session.execute(select(Dealing).from_statement(_INSERT), given)
    return {dealing.id: dealing for dealing in written.scalars()}


async def holdings_of(session: AsyncSession, subscriptions: Collection[Dealing]) -> dict[UUID, Holding]:
    """Return what is left of each confirmed subscription."""
    taken = await session.execute(
        select(col(Dealing.original_dealing_id), func.sum(col(Dealing.amount_fen)), func.sum(col(Dealing.units)))
        .where(
            col(Dealing.original_dealing_id).in_([dealing.id for dealing in subscriptions]),
            col(Dealing.kind) == DealingKind.REDEMPTION,
            _IS_CONFIRMED,
        )
        .group_by(col(Dealing.original_dealing_id))
    )
    redeemed = {original_id: (int(amount_fen), units) for original_id, amount_fen, units in taken}
    holdings = {}
    for dealing in subscriptions:
        if dealing.confirmed_on is not None and dealing.status is DealingStatus.CONFIRMED:
            amount_fen, units = redeemed.get(dealing.id, (0, None))
            holdings[dealing.id] = Holding(
                dealing.amount_fen, dealing.units, amount_fen, units or Decimal(0), dealing.confirmed_on
            )
    return holdings


async def flows(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, list[tuple[date, int]]]:
    """Return each client's confirmed dealings by day: business date and fen, redemptions below zero, sorted."""
    found = await session.execute(
        select(col(Dealing.client_id), _CONFIRMED_ON, func.sum(moved()))
        .where(is_one_of(col(Dealing.client_id), client_ids), _IS_CONFIRMED)
        .group_by(col(Dealing.client_id), _CONFIRMED_ON)
        .order_by(col(Dealing.client_id), _CONFIRMED_ON)
    )
    by_client: dict[UUID, list[tuple[date, int]]] = {}
    for client_id, on, amount_fen in found:
        by_client.setdefault(client_id, []).append((on, int(amount_fen)))
    return by_client


async def list_holdings(session: AsyncSession, client_id: UUID, on: date) -> Sequence[Row[Any]]:
    """Return per product: product_id, units, subscribed, left and distributed in fen, from dealings until `on`."""
    statement = (
        select(
            col(Dealing.product_id),
            func.sum(_UNITS).label("units"),
            func.sum(_SUBSCRIBED).label("subscribed"),
            func.sum(moved()).label("left"),
            func.sum(_DISTRIBUTED).label("distributed"),
        )
        .where(col(Dealing.client_id) == client_id, _IS_CONFIRMED, col(Dealing.confirmed_on) <= on)
        .group_by(col(Dealing.product_id))
        .order_by(col(Dealing.product_id))
    )
    rows: Sequence[Row[Any]] = (await session.execute(statement)).all()
    return rows


async def count_followers(session: AsyncSession, dealing_id: UUID) -> int:
    """Return how many confirmed redemptions and distributions follow from a subscription."""
    statement = select(func.count()).where(col(Dealing.original_dealing_id) == dealing_id, _IS_CONFIRMED)
    return (await session.execute(statement)).scalar_one()


async def list_open_clients(session: AsyncSession, product_id: UUID) -> set[UUID]:
    """Return the clients with subscriptions of a product that are signed or paid."""
    statement = select(col(Dealing.client_id)).where(col(Dealing.product_id) == product_id, _IS_OPEN).distinct()
    return set((await session.execute(statement)).scalars())


async def has_open(session: AsyncSession, client_id: UUID) -> bool:
    """Return whether a client has subscriptions that are signed or paid."""
    statement = select(col(Dealing.id)).where(col(Dealing.client_id) == client_id, _IS_OPEN).limit(1)
    return (await session.execute(statement)).first() is not None


async def last_paid_on(session: AsyncSession, product_id: UUID) -> date | None:
    statement = select(func.max(col(Dealing.paid_on))).where(
        col(Dealing.product_id) == product_id, col(Dealing.status) == DealingStatus.PAID
    )
    return (await session.execute(statement)).scalar_one()


async def confirm_paid(session: AsyncSession, product_id: UUID, *, on: date, net_value: Decimal) -> list[Dealing]:
    """Confirm every paid subscription of a product under its own number, in one statement; return them by id."""
    units = func.round(col(Dealing.amount_fen) / (100 * net_value), 4)
    statement = (
        update(Dealing)
        .where(col(Dealing.product_id) == product_id, col(Dealing.status) == DealingStatus.PAID)
        .values(
            status=DealingStatus.CONFIRMED,
            confirmed_on=on,
            confirmation_number=col(Dealing.number),
            net_value=net_value,
            units=units,
        )
        .returning(Dealing)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted((await session.execute(statement)).scalars(), key=lambda dealing: dealing.id)


async def cancel_open(session: AsyncSession, product_id: UUID) -> int:
    """Cancel the subscriptions of a product that are signed or paid; return how many."""
    statement = (
        update(Dealing)
        .where(col(Dealing.product_id) == product_id, _IS_OPEN)
        .values(status=DealingStatus.CANCELLED)
        .returning(col(Dealing.id))
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement)).scalars().all())


async def left_of_product(session: AsyncSession, product_id: UUID) -> int:
    """Return the fen that all clients together hold of a product, at cost."""
    statement = select(func.coalesce(func.sum(moved()), 0)).where(col(Dealing.product_id) == product_id, _IS_CONFIRMED)
    return int((await session.execute(statement)).scalar_one())


async def next_numbers(session: AsyncSession, count: int) -> list[int]:
    statement = text("SELECT nextval('dealing_number_seq') FROM generate_series(1, :count)")
    return list((await session.execute(statement, {"count": count})).scalars())
