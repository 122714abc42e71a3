"""Temporary tables under the names of live ones: made, compared with them, and swapped in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: What a consumer needs beside its projections; the rebuild's own are gone with it.
_DELIVERY = ("inbox", "witness", "parked_key", "parked_event")

_KEY = text(
    "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)"
    " WHERE indrelid = to_regclass('public.' || quote_ident(:table)) AND indisprimary"
    " ORDER BY array_position(CAST(indkey AS int2[]), attnum)"
)
_HASH = "to_hex(CAST(mod(coalesce(sum(hashtextextended(CAST({row} AS text), 0)), 0), 4611686018427387904) AS bigint))"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a live table and the rebuilt one differ.

    Attributes:
        missing: Rows that only the rebuilt one has.
        extra: Rows that only the live one has.
        changed: Rows of the same key that differ in a byte.
        live_hash: A hash over the content of all rows, whatever their order.
    """

    table: str
    live: int
    rebuilt: int
    missing: int
    extra: int
    changed: int
    live_hash: str
    rebuilt_hash: str

    @property
    def is_equal(self) -> bool:
        """Whether both hold the same rows, byte for byte."""
        return not (self.missing or self.extra or self.changed)

    def facts(self) -> dict[str, Any]:
        """Return it for the audit trail."""
        return asdict(self)


async def make(session: AsyncSession, tables: Sequence[str]) -> None:
    """Make the temporary tables, like the live ones, and let unqualified names reach nothing but them."""
    await session.execute(text("SET temp_buffers = '64MB'"))
    # Comparing large tables may take longer than a batch; whoever waits for us tries again.
    await session.execute(text("SET transaction_timeout = '15min'"))
    for table in (*_DELIVERY, *tables):
        await session.execute(text(f'CREATE TEMPORARY TABLE "{table}" (LIKE public."{table}" INCLUDING ALL)'))
    await session.execute(text("SET search_path TO pg_temp"))


async def hold(session: AsyncSession, tables: Sequence[str]) -> None:
    """Let nobody else write the live tables until we commit; everybody may read them."""
    live = ", ".join(f'public."{table}"' for table in tables)
    await session.execute(text(f"LOCK TABLE {live} IN SHARE ROW EXCLUSIVE MODE"))


async def compare(session: AsyncSession, table: str) -> Comparison:
    """Return how the live table and the rebuilt one differ."""
    first, *_ = key = await _key(session, table)
    # The rows' images are compared, not their values: 1.0 and 1.00 are equal and yet not the same.
    found = await session.execute(
        text(
            "SELECT count(live.*) AS live, count(rebuilt.*) AS rebuilt,"
            f' count(*) FILTER (WHERE live."{first}" IS NULL) AS missing,'
            f' count(*) FILTER (WHERE rebuilt."{first}" IS NULL) AS extra,'
            f' count(*) FILTER (WHERE live."{first}" IS NOT NULL AND rebuilt."{first}" IS NOT NULL'
            " AND live *<> rebuilt) AS changed,"
            f" {_HASH.format(row='live')} AS live_hash, {_HASH.format(row='rebuilt')} AS rebuilt_hash"
            f' FROM public."{table}" AS live FULL JOIN pg_temp."{table}" AS rebuilt ON {_same(key)}'
        )
    )
    return Comparison(table, **found.one()._mapping)


async def swap(session: AsyncSession, table: str) -> None:
    """Make the live table what the rebuilt one is: rows that differ are replaced, the others not touched.

    The table itself stays, with its indexes, rights and foreign keys under their names.
    """
    same = _same(await _key(session, table))
    await session.execute(
        text(
            f'DELETE FROM public."{table}" AS live WHERE NOT EXISTS'
            f' (SELECT FROM pg_temp."{table}" AS rebuilt WHERE {same} AND live *= rebuilt)'
        )
    )
    await session.execute(
        text(
            f'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE SELECT rebuilt.* FROM pg_temp."{table}" AS rebuilt'
            f' WHERE NOT EXISTS (SELECT FROM public."{table}" AS live WHERE {same})'
        )
    )


async def _key(session: AsyncSession, table: str) -> list[str]:
    return list((await session.execute(_KEY, {"table": table})).scalars())


def _same(key: Sequence[str]) -> str:
    return " AND ".join(f'live."{column}" = rebuilt."{column}"' for column in key)
