from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, any_, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.cycles.rules import Run, covered, previous_close
from channel_commission.products.rules import Bearer
from channel_commission.settlements.rules import StatementStatus
from channel_commission.settlements.tables import Statement
from channel_commission.taxes.service import InForce
from shared.errors import NotFound
from shared.http.callers import Actor

#: Disputes build on statements, so their table is read here by its name.
_OPEN_DISPUTES = text("SELECT count(*) FROM line_dispute WHERE statement_id = :id AND decided_at IS NULL")

#: A channel sees what was sent to it, also if it became void since.
_IS_SENT = col(Statement.sent_by).is_not(None)

#: Per channel, run, bearer and plan: the entries of the months its statement covers, all of statements that became
#: void in the month, and what else is carried into it: a debt of the statement before, and lines held of earlier ones
#: for disputes raised in these months. The digest is the SHA-256 of one line per fact: opening balance in fen, then
#: `<entry id>:<amount in fen>` for every entry, month by month in the order of ids.
_FROZEN = """
    SELECT channel_id, run, bearer, product_id, sum(entries)::int AS entries, sum(entries_fen)::bigint AS entries_fen,
        sum(opening_fen)::bigint AS opening_fen,
        array(SELECT DISTINCT unnest(array_agg(month) FILTER (WHERE month IS NOT NULL)
            || CASE run WHEN 'quarterly' THEN CAST(:quarter AS char(7)[]) ELSE CAST(:month AS char(7)[]) END) ORDER BY 1
        ) AS months,
        encode(sha256(convert_to(
            concat_ws(E'\\n', sum(opening_fen), string_agg(lines, E'\\n' ORDER BY month)), 'UTF8')), 'hex') AS digest
    FROM (
        SELECT channel_id, run, bearer, CASE WHEN bearer = 'trust_plan' THEN product_id END AS product_id,
            booked_period AS month, count(*) AS entries, sum(amount_fen) AS entries_fen, 0 AS opening_fen,
            string_agg(id || ':' || amount_fen, E'\\n' ORDER BY id) AS lines
        FROM accrual_entry WHERE booked_period = ANY(CAST(:months AS char(7)[])) AND run <> 'at_establishment'
            AND (run <> 'quarterly' OR booked_period = ANY(CAST(:quarter AS char(7)[])))
            AND (run = 'quarterly' OR booked_period = ANY(CAST(:month AS char(7)[])))
            AND (CAST(:channel AS uuid) IS NULL OR channel_id = :channel)
        GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT freed.channel_id, freed.run, freed.bearer, freed.product_id, month, count(entry.id),
            coalesce(sum(amount_fen), 0), 0, string_agg(entry.id || ':' || amount_fen, E'\\n' ORDER BY entry.id)
        FROM statement AS freed CROSS JOIN unnest(freed.months) AS month
        LEFT JOIN accrual_entry AS entry ON entry.channel_id = freed.channel_id AND entry.booked_period = month
            AND entry.run = freed.run AND entry.bearer = freed.bearer
            AND (freed.product_id IS NULL OR entry.product_id = freed.product_id)
        WHERE void_into = ANY(CAST(:month AS char(7)[])) AND freed.run <> 'at_establishment'
            AND (CAST(:channel AS uuid) IS NULL OR freed.channel_id = :channel)
        GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT channel_id, run, bearer, product_id, NULL, 0, 0, opening_fen - held_fen, NULL
        FROM statement WHERE void_into = ANY(CAST(:month AS char(7)[])) AND run <> 'at_establishment'
            AND (CAST(:channel AS uuid) IS NULL OR channel_id = :channel)
        UNION ALL
        SELECT channel_id, run, bearer, product_id, NULL, 0, 0, closing_fen, NULL
        FROM statement WHERE closing_fen < 0
            AND period = CASE run WHEN 'quarterly' THEN CAST(:previous_quarter AS char(7)) ELSE :previous END
            AND (CAST(:channel AS uuid) IS NULL OR channel_id = :channel)
        UNION ALL
        SELECT channel_id, replace(run, 'at_', 'after_'), bearer,
            CASE WHEN bearer = 'trust_plan' THEN product_id END, NULL, 0, 0, held_fen, NULL
        FROM statement WHERE held_fen > 0 AND held_into = ANY(
                CASE run WHEN 'quarterly' THEN CAST(:quarter AS char(7)[]) ELSE CAST(:month AS char(7)[]) END)
            AND (CAST(:channel AS uuid) IS NULL OR channel_id = :channel)
    ) AS part
    GROUP BY channel_id, run, bearer, product_id ORDER BY channel_id, run, bearer, product_id
"""

#: Likewise of the establishment of one plan, which is closed once: there is nothing before it. A statement that
#: became void is made anew at once, without the lines held of it.
_FROZEN_AT_ESTABLISHMENT = """
    SELECT entry.channel_id, entry.run, entry.bearer, entry.product_id, count(*)::int AS entries,
        sum(amount_fen)::bigint AS entries_fen, opening_fen,
        array_agg(DISTINCT booked_period ORDER BY booked_period) AS months,
        encode(sha256(convert_to(concat_ws(E'\\n', opening_fen,
            string_agg(id || ':' || amount_fen, E'\\n' ORDER BY booked_period, id)), 'UTF8')), 'hex') AS digest
    FROM (
        SELECT one.*, (SELECT coalesce(-sum(held_fen), 0)::bigint FROM statement AS void WHERE void.status = 'void'
            AND void.run = one.run AND void.channel_id = one.channel_id AND void.bearer = one.bearer
            AND void.product_id = one.product_id) AS opening_fen
        FROM accrual_entry AS one WHERE run = 'at_establishment' AND one.product_id = :product
            AND (CAST(:channel AS uuid) IS NULL OR one.channel_id = :channel)
    ) AS entry
    GROUP BY entry.channel_id, entry.run, entry.bearer, entry.product_id, opening_fen
    ORDER BY entry.channel_id, entry.bearer
"""
#: Each with the terms of value added tax of its channel on a day. A status without terms makes NULLs, which the table
#: refuses: no statement is left out.
_FREEZE = """
    INSERT INTO statement (id, version, event_key, channel_id, period, run, bearer, product_id, opening_fen, months,
        entries, entries_fen, closing_fen, held_fen, digest, status, calculated_at,
        tax_status, vat_rate, is_vat_withheld, tax_policy)
    SELECT uuidv7(), 1, channel_id, channel_id, :period, run, bearer, product_id, opening_fen, months, entries,
        entries_fen, opening_fen + entries_fen, 0, digest, 'calculated', :now,
        terms.status, terms.rate, terms.is_withheld, :policy
    FROM ({found}) AS found
    LEFT JOIN LATERAL (
        SELECT status FROM channel_tax_status AS known
        WHERE known.channel_id = found.channel_id AND valid_from <= :on ORDER BY valid_from DESC, id DESC LIMIT 1
    ) AS recorded ON true
    LEFT JOIN unnest(CAST(:statuses AS text[]), CAST(:rates AS numeric[]), CAST(:withheld AS boolean[]))
        AS terms (status, rate, is_withheld) ON terms.status = coalesce(recorded.status, :unknown)
    RETURNING id, channel_id, period, run, bearer, product_id, entries_fen, closing_fen, held_fen, digest
"""


def _of_close(period: str, channel_id: UUID | None) -> dict[str, Any]:
    """Return which booked months the statements cover that come out at the close of `period`, as parameters."""
    month, quarter = covered(Run.MONTHLY, period), covered(Run.QUARTERLY, period)
    return {
        "month": month,
        "quarter": quarter,
        "months": sorted({*month, *quarter}),
        "previous": previous_close(Run.MONTHLY, period),
        "previous_quarter": previous_close(Run.QUARTERLY, period),
        "channel": channel_id,
    }


async def frozen(session: AsyncSession, statement: Statement) -> list[Row[Any]]:
    """Return what the statements of one channel that came out together say by now."""
    if statement.run is Run.AT_ESTABLISHMENT:
        wanted = {"product": statement.product_id, "channel": statement.channel_id}
        return list(await session.execute(text(_FROZEN_AT_ESTABLISHMENT), wanted))
    return list(await session.execute(text(_FROZEN), _of_close(statement.period, statement.channel_id)))


def _of_taxes(taxes: InForce, on: date) -> dict[str, Any]:
    return {
        "on": on,
        "policy": taxes.version,
        "unknown": taxes.unknown.value,
        "statuses": [status.value for status in taxes.terms],
        "rates": [terms.rate for terms in taxes.terms.values()],
        "withheld": [terms.is_withheld for terms in taxes.terms.values()],
    }


async def freeze(session: AsyncSession, period: str, taxes: InForce, *, on: date, now: datetime) -> list[Row[Any]]:
    """Write the statements that come out at the close of a month in one statement of SQL, and return them."""
    wanted = {**_of_close(period, None), **_of_taxes(taxes, on), "period": period, "now": now}
    return list(await session.execute(text(_FREEZE.format(found=_FROZEN)), wanted))


async def freeze_establishment(
    session: AsyncSession,
    product_id: UUID,
    period: str,
    taxes: InForce,
    *,
    on: date,
    now: datetime,
    channel_id: UUID | None = None,
) -> list[Row[Any]]:
    """Write the statements of a plan's establishment, of one channel or of all, and return them."""
    of_plan = {"product": product_id, "channel": channel_id, "period": period, "now": now}
    wanted = {**of_plan, **_of_taxes(taxes, on)}
    return list(await session.execute(text(_FREEZE.format(found=_FROZEN_AT_ESTABLISHMENT)), wanted))


async def of_entry(
    session: AsyncSession, actor: Actor, *, channel_id: UUID, run: Run, period: str, bearer: Bearer, product_id: UUID
) -> UUID | None:
    """Return the statement an entry stands in, as far as the caller sees it; None while its month is open.

    Of one that became void until the next one has taken its entries.
    """
    is_of_plan = bearer is Bearer.TRUST_PLAN or run is Run.AT_ESTABLISHMENT
    statement = select(col(Statement.id)).where(
        col(Statement.channel_id) == channel_id,
        literal(period) == any_(col(Statement.months)),
        col(Statement.run) == run,
        col(Statement.bearer) == bearer,
        col(Statement.product_id).is_not_distinct_from(product_id if is_of_plan else None),
    )
    if actor.kind == "channel":
        statement = statement.where(_IS_SENT)
    latest = statement.order_by(col(Statement.period).desc(), col(Statement.id).desc()).limit(1)
    return (await session.execute(latest)).scalar_one_or_none()


async def get_statement(
    session: AsyncSession, statement_id: UUID, actor: Actor, *, for_update: bool = False
) -> Statement:
    statement = select(Statement).where(
        col(Statement.id) == statement_id, actor.within(channel=col(Statement.channel_id))
    )
    if actor.kind == "channel":
        statement = statement.where(_IS_SENT)
    if for_update:
        # Its state is that under the lock, also where the session read it before.
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No statement has this id.")
    return found


async def lock_statements(session: AsyncSession, ids: Collection[UUID]) -> None:
    statement = select(col(Statement.id)).where(col(Statement.id).in_(ids)).order_by(col(Statement.id))
    await session.execute(statement.with_for_update(key_share=True))


def select_statements(
    actor: Actor,
    *,
    channel_id: UUID | None,
    period: str | None,
    status: StatementStatus | None,
    bearer: Bearer | None,
) -> Select[Statement]:
    wanted = {
        col(Statement.channel_id): channel_id,
        col(Statement.period): period,
        col(Statement.status): status,
        col(Statement.bearer): bearer,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    statement = select(Statement).where(actor.within(channel=col(Statement.channel_id)), *conditions)
    return statement.where(_IS_SENT) if actor.kind == "channel" else statement


async def open_disputes(session: AsyncSession, statement_id: UUID) -> int:
    """Return how many lines of a statement are in dispute and not decided."""
    return int((await session.execute(_OPEN_DISPUTES, {"id": statement_id})).scalar_one())
