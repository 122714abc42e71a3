import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals.rules import Booked
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.products.rules import Bearer
from shared.rows import copy

#: The database itself says when it was written.
_COLUMNS = tuple(name for name in AccrualEntry.model_fields if name != "known_at")


class Group(NamedTuple):
    """Fees that are looked at together: those of a rate (hence of one channel) in a product, for some months."""

    rate_rule_id: UUID
    product_id: UUID
    bearer: Bearer
    #: First and last month of the business dates, both included.
    first: str
    last: str

    def columns(self) -> dict[str, Any]:
        """Return the values as parameters of a statement."""
        return {**self._asdict(), "bearer": self.bearer.value}


_IN_GROUP = (
    "component = 'upfront' AND rate_rule_id = :rate_rule_id AND product_id = :product_id AND bearer = :bearer"
    " AND earned_period BETWEEN :first AND :last"
)


async def booked(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, tuple[Booked, UUID]]:
    """Return what is booked of upfront fees for each dealing that has entries, and its last entry."""
    statement = text(
        "SELECT dealing_id, sum(amount_fen) FILTER (WHERE kind <> 'cap_cut')::bigint AS fen,"
        " sum(base_fen)::bigint AS base_fen,"
        " coalesce(sum(amount_fen) FILTER (WHERE kind = 'cap_cut'), 0)::bigint AS cut_fen,"
        " (array_agg(id ORDER BY id DESC))[1] AS last_id"
        " FROM accrual_entry WHERE dealing_id = ANY(:ids) AND component = 'upfront' GROUP BY dealing_id"
    )
    rows = await session.execute(statement, {"ids": list(dealing_ids)})
    return {row.dealing_id: (Booked(row.fen, row.base_fen, row.cut_fen), row.last_id) for row in rows}


async def booked_trailing(
    session: AsyncSession, dealing_ids: Collection[UUID]
) -> dict[UUID, dict[str, tuple[int, UUID]]]:
    """Return for each dealing with trailing fees, by the month earned, what is booked and the last entry."""
    statement = text(
        "SELECT dealing_id, earned_period, sum(amount_fen)::bigint AS fen,"
        " (array_agg(id ORDER BY id DESC))[1] AS last_id FROM accrual_entry"
        " WHERE dealing_id = ANY(:ids) AND component = 'trailing' GROUP BY 1, 2"
    )
    found: dict[UUID, dict[str, tuple[int, UUID]]] = {}
    for row in await session.execute(statement, {"ids": list(dealing_ids)}):
        found.setdefault(row.dealing_id, {})[row.earned_period] = (row.fen, row.last_id)
    return found


async def booked_in_groups(session: AsyncSession, groups: Collection[Group]) -> dict[Group, Booked]:
    """Return volume and fees booked in each group that has entries."""
    statement = text(
        "SELECT wanted.*, sum(amount_fen) FILTER (WHERE kind <> 'cap_cut')::bigint AS fen,"
        " sum(base_fen)::bigint AS base_fen,"
        " coalesce(sum(amount_fen) FILTER (WHERE kind = 'cap_cut'), 0)::bigint AS cut_fen FROM accrual_entry"
        " JOIN unnest(CAST(:rules AS uuid[]), CAST(:products AS uuid[]), CAST(:bearers AS text[]),"
        "  CAST(:firsts AS char(7)[]), CAST(:lasts AS char(7)[]))"
        "  AS wanted (rate_rule_id, product_id, bearer, first, last)"
        " USING (rate_rule_id, product_id, bearer)"
        " WHERE component = 'upfront' AND earned_period BETWEEN wanted.first AND wanted.last GROUP BY 1, 2, 3, 4, 5"
    )
    rules, products, bearers, firsts, lasts = zip(*groups, strict=True) if groups else ((), (), (), (), ())
    wanted = {
        "rules": [*rules], "products": [*products], "bearers": [bearer.value for bearer in bearers],
        "firsts": [*firsts], "lasts": [*lasts],
    }  # fmt: skip
    return {
        Group(row.rate_rule_id, row.product_id, Bearer(row.bearer), row.first, row.last): Booked(
            row.fen, row.base_fen, row.cut_fen
        )
        for row in await session.execute(statement, wanted)
    }


async def latest(session: AsyncSession, group: Group, fen: int) -> list[tuple[UUID, int]]:
    """Return the dealings of a group, with the fee booked for each, the latest first, until they make up `fen`.

    Dealings taken back are left out; those that earned nothing are not: after a change below them they may earn.
    """
    return await _stack(session, group, fen, amount="amount_fen", of="kind <> 'cap_cut'", having="sum(base_fen) > 0")


async def latest_cut(session: AsyncSession, group: Group, fen: int) -> list[tuple[UUID, int]]:
    """Return the dealings of a group that a cap cut, with what was cut (negative), the latest first, up to `fen`."""
    found = await _stack(session, group, fen, amount="-amount_fen", of="kind = 'cap_cut'", having="sum(amount_fen) < 0")
    return [(dealing_id, -cut) for dealing_id, cut in found]


async def _stack(
    session: AsyncSession, group: Group, fen: int, *, amount: str, of: str, having: str
) -> list[tuple[UUID, int]]:
    statement = text(
        "SELECT dealing_id, fen FROM ("
        " SELECT dealing_id, fen, coalesce(sum(fen) OVER ("
        "   ORDER BY first_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS above, first_id"
        f" FROM (SELECT dealing_id, sum({amount})::bigint AS fen, (array_agg(id ORDER BY id))[1] AS first_id"
        f"  FROM accrual_entry WHERE {_IN_GROUP} AND {of} GROUP BY dealing_id HAVING {having}) AS per_dealing) AS stack"
        " WHERE above < :fen ORDER BY first_id DESC"
    )
    return [(row.dealing_id, row.fen) for row in await session.execute(statement, {**group.columns(), "fen": fen})]


async def insert(session: AsyncSession, entries: Sequence[AccrualEntry]) -> None:
    """Write new entries: one COPY however many there are."""
    values = ([getattr(entry, name) for name in _COLUMNS] for entry in entries)
    written = ([json.dumps(value) if isinstance(value, dict) else value for value in row] for row in values)
    await copy(session, "accrual_entry", _COLUMNS, written)
