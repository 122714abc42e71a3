from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.cycles.rules import Cycle
from channel_commission.guarantees.rules import Floor
from channel_commission.rates.rules import Window


async def floors(session: AsyncSession, before: date) -> list[Floor]:
    """Return the guarantees of rules in force on some day before `before`."""
    statement = text(
        "SELECT id, channel_id, product_id, cycle, window_floor_fen, floor_window, floor_is_taken_back, valid_from,"
        " valid_to FROM rate_rule WHERE window_floor_fen IS NOT NULL AND is_in_force AND valid_from < :before"
        " ORDER BY channel_id, id"
    )
    return [
        Floor(
            row.id,
            row.channel_id,
            row.product_id,
            Cycle(row.cycle),
            row.window_floor_fen,
            Window(row.floor_window),
            row.floor_is_taken_back,
            (row.valid_from, row.valid_to),
        )
        for row in await session.execute(statement, {"before": before})
    ]


async def closed_months(session: AsyncSession) -> list[str]:
    return list((await session.execute(text("SELECT period FROM period WHERE status = 'closed'"))).scalars())


async def fees(session: AsyncSession, rule_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return what sales earned under each rule, by the month of their business date; redemptions left out."""
    statement = (
        "SELECT entry.rate_rule_id, earned_period, sum(entry.amount_fen)::bigint AS fen FROM accrual_entry AS entry"
        " JOIN dealing ON dealing.id = entry.dealing_id AND dealing.kind = 'subscription'"
        " WHERE entry.rate_rule_id = ANY(:rules) AND component = 'upfront' GROUP BY 1, 2"
    )
    return await _by_month(session, statement, rule_ids)


async def booked(session: AsyncSession, rule_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return what is booked of each guarantee, by the last month of its period."""
    statement = (
        "SELECT rate_rule_id, earned_period, sum(amount_fen)::bigint AS fen FROM accrual_entry"
        " WHERE rate_rule_id = ANY(:rules) AND component = 'guarantee' GROUP BY 1, 2"
    )
    return await _by_month(session, statement, rule_ids)


async def _by_month(session: AsyncSession, statement: str, rule_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for row in await session.execute(text(statement), {"rules": list(rule_ids)}):
        found.setdefault(row.rate_rule_id, {})[row.earned_period] = row.fen
    return found
