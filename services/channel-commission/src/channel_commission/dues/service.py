from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.cycles.rules import Run, quarter_of
from channel_commission.dues import queries, rules
from channel_commission.dues.rules import Facts
from channel_commission.dues.schemas import Due, DueReason
from channel_commission.settlements.rules import payable_fen
from shared.http.callers import Actor
from shared.money import Money


async def read(session: AsyncSession, channel_id: UUID, period: str, *, actor: Actor) -> Due:
    """Return what a channel is paid for a month, and why not more.

    Raises:
        NotFound: no channel has this id.
    """
    await channels.get(session, channel_id, actor=actor)
    statements = await queries.statements(session, channel_id, period)
    facts = _facts(
        period,
        await queries.is_closed(session, period),
        await queries.sales(session, channel_id, period),
        await queries.entries(session, channel_id, period),
        statements,
    )
    reasons = [
        DueReason(
            code=one.why,
            code_zh=one.why.zh,
            detail=one.detail,
            sales=one.sales,
            amount=None if one.fen is None else Money.from_fen(one.fen),
        )
        for one in rules.reasons(facts)
    ]
    payable = sum(payable_fen(one.closing_fen, one.held_fen) for one in statements)
    return Due(
        channel_id=channel_id,
        period=period,
        payable=Money.from_fen(payable),
        settlement_ids=[one.id for one in statements],
        reasons=reasons,
    )


def _facts(
    period: str, is_closed: bool, sales: Sequence[Row[Any]], entries: Sequence[Row[Any]], statements: Sequence[Row[Any]]
) -> Facts:
    booked, of = Counter[Run](), Counter[str]()
    for row in entries:
        if row.is_booked:
            booked[Run(row.run)] += row.fen
            of[row.component] += row.fen
    out = {Run(one.run) for one in statements}
    refused = Counter[str]()
    for row in sales:
        if row.refusal is not None and not row.is_reversed:
            refused[row.refusal] += row.n
    return Facts(
        is_closed=is_closed,
        sales=sum(row.n for row in sales if not row.is_reversed),
        taken_back=sum(row.n for row in sales if row.is_reversed),
        refused=refused,
        booked=booked,
        waiting={run: fen for run, fen in booked.items() if run not in out},
        later_fen=sum(row.fen for row in entries if not row.is_booked and row.component in ("upfront", "trailing")),
        withheld_fen=of["withheld"],
        disputed_fen=of["disputed"],
        closing=[one.closing_fen for one in statements],
        quarter_end=quarter_of(period)[-1],
    )
