from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.products.rules import Grade, ProductKind, ProductStatus
from client_profile.products.tables import Product
from shared.errors import NotFound


def select_products(status: ProductStatus | None, kind: ProductKind | None, grade: Grade | None) -> Select[Product]:
    statement = select(Product)
    wanted = ((col(Product.status), status), (col(Product.kind), kind), (col(Product.grade), grade))
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    return statement


async def get_product(session: AsyncSession, product_id: UUID, *, for_update: bool = False) -> Product:
    # Without the key: rows that refer to the product may still be written meanwhile.
    lock = {"key_share": True} if for_update else None
    product = await session.get(Product, product_id, with_for_update=lock, populate_existing=for_update)
    if product is None:
        raise NotFound("No product has this id.")
    return product


async def get_products(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Product]:
    found = await session.execute(select(Product).where(col(Product.id).in_(ids)))
    return {product.id: product for product in found.scalars()}


async def list_named(
    session: AsyncSession, origin: str, external_ids: Collection[str], numbers: Collection[str]
) -> list[Product]:
    """Return the products that have one of the external ids of `origin` or one of the numbers."""
    is_named = and_(col(Product.origin) == origin, col(Product.external_id).in_(external_ids))
    statement = select(Product).where(or_(is_named, col(Product.number).in_(numbers)))
    return list((await session.execute(statement)).scalars())
