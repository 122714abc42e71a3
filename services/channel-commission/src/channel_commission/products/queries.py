from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.products.rules import Bearer
from channel_commission.products.tables import Product, ProductAuthorization
from shared.http.callers import Actor


async def keep_product(session: AsyncSession, product: Product) -> None:
    given = insert(Product).values(product.model_dump())
    changes = {"kind": given.excluded.kind, "grade": given.excluded.grade}
    await session.execute(given.on_conflict_do_update(index_elements=["id"], set_=changes))


async def known(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    return set((await session.execute(select(col(Product.id)).where(col(Product.id).in_(ids)))).scalars())


def select_authorizations(channel_id: UUID, actor: Actor) -> Select[ProductAuthorization]:
    return select(ProductAuthorization).where(
        col(ProductAuthorization.channel_id) == channel_id,
        actor.within(channel=col(ProductAuthorization.channel_id)),
    )


async def latest_authorization(
    session: AsyncSession, channel_id: UUID, product_id: UUID
) -> ProductAuthorization | None:
    statement = (
        select(ProductAuthorization)
        .where(col(ProductAuthorization.channel_id) == channel_id, col(ProductAuthorization.product_id) == product_id)
        .order_by(col(ProductAuthorization.valid_from).desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def last_priced_on(session: AsyncSession, channel_id: UUID, product_id: UUID) -> date | None:
    # Dealings are kept by accruals, a feature above this one; only their last business date matters here.
    statement = text(
        "SELECT max(confirmed_on) FROM dealing"
        " WHERE channel_id = :channel AND product_id = :product AND bearer IS NOT NULL"
    )
    wanted = {"channel": channel_id, "product": product_id}
    found: date | None = (await session.execute(statement, wanted)).scalar_one()
    return found


async def bearers(
    session: AsyncSession, wanted: Sequence[tuple[UUID, UUID, date]]
) -> dict[tuple[UUID, UUID, date], Bearer]:
    statement = text(
        "SELECT wanted.*, product_authorization.bearer"
        " FROM unnest(CAST(:channels AS uuid[]), CAST(:products AS uuid[]), CAST(:days AS date[]))"
        "  AS wanted (channel_id, product_id, day)"
        " JOIN product_authorization USING (channel_id, product_id)"
        " WHERE daterange(valid_from, valid_to) @> wanted.day"
    )
    channels, products, days = zip(*wanted, strict=True) if wanted else ((), (), ())
    rows = await session.execute(statement, {"channels": [*channels], "products": [*products], "days": [*days]})
    return {(row.channel_id, row.product_id, row.day): Bearer(row.bearer) for row in rows}
