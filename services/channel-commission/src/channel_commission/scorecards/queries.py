from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, inspect, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.scorecards.tables import ChannelComplaint, ChannelMeasure, ChannelOutcome, ChannelScorecard
from shared.errors import NotFound
from shared.http.callers import Actor

# Dealings are kept by a feature above this one; only what can be counted of them matters here. A subscription is taken
# back up to what was paid for it: gains and several parts never make more of it.
_FACTS = text(
    "WITH wanted AS (SELECT DISTINCT channel_id FROM channel_active_span"
    "  WHERE daterange(active_from, active_until) && daterange(:start, :until)"
    "  AND (CAST(:channel AS uuid) IS NULL OR channel_id = :channel)),"
    " back AS (SELECT subscription_id, sum(amount_fen) AS fen,"
    "  coalesce(sum(amount_fen) FILTER (WHERE confirmed_on < :start), 0) AS before_fen,"
    "  bool_or(is_full) AS is_full, bool_or(is_full AND confirmed_on < :start) AS was_full"
    "  FROM dealing WHERE kind = 'redemption' AND reversed_by IS NULL AND confirmed_on < :until GROUP BY 1),"
    " sold AS (SELECT s.channel_id, s.confirmed_on, s.amount_fen,"
    "  CASE WHEN back.is_full THEN s.amount_fen ELSE least(s.amount_fen, coalesce(back.fen, 0)) END AS back_fen,"
    "  CASE WHEN back.was_full THEN s.amount_fen ELSE least(s.amount_fen, coalesce(back.before_fen, 0)) END AS was_fen"
    "  FROM dealing s JOIN wanted USING (channel_id) LEFT JOIN back ON back.subscription_id = s.id"
    "  WHERE s.kind = 'subscription' AND s.reversed_by IS NULL AND s.confirmed_on < :until),"
    " money AS (SELECT channel_id, sum(amount_fen) FILTER (WHERE confirmed_on >= :start) AS sales_fen,"
    "  sum(amount_fen) FILTER (WHERE confirmed_on >= :earlier AND confirmed_on < :start) AS earlier_sales_fen,"
    "  sum(amount_fen - was_fen) FILTER (WHERE confirmed_on < :start) AS held_fen,"
    "  sum(back_fen - was_fen) AS redeemed_fen FROM sold GROUP BY 1),"
    " counted AS (SELECT channel_id, count(*) AS dealings, count(reversed_by) AS reversed_dealings FROM dealing"
    "  JOIN wanted USING (channel_id) WHERE kind IN ('subscription', 'redemption')"
    "  AND confirmed_on >= :start AND confirmed_on < :until GROUP BY 1),"
    " complained AS (SELECT channel_id, count(*) AS complaints,"
    "  count(*) FILTER (WHERE is_upheld IS FALSE) AS unfounded_complaints FROM channel_complaint"
    "  JOIN wanted USING (channel_id) WHERE NOT is_withdrawn AND received_on >= :start AND received_on < :until"
    "  GROUP BY 1),"
    " cooperated AS (SELECT channel_id, count(*) AS ended_complaints,"
    "  count(*) FILTER (WHERE statements > 0) AS answered_complaints"
    "  FROM channel_outcome JOIN wanted USING (channel_id) WHERE outcome IN ('upheld', 'not_upheld')"
    "  AND ended_on >= :start AND ended_on < :until GROUP BY 1),"
    " measured AS (SELECT channel_id, jsonb_object_agg(severity, n) AS measures FROM (SELECT channel_id, severity,"
    "  count(*) AS n FROM channel_measure JOIN wanted USING (channel_id) WHERE measure IS NOT NULL"
    "  AND in_force_from >= :start AND in_force_from < :until GROUP BY 1, 2) AS by_severity GROUP BY 1),"
    " risks AS (SELECT channel_id, jsonb_object_agg(severity, n) AS risk_events FROM (SELECT channel_id, severity,"
    "  count(*) AS n FROM risk_event JOIN wanted USING (channel_id) WHERE occurred_on >= :start"
    "  AND occurred_on < :until GROUP BY 1, 2) AS by_severity GROUP BY 1),"
    " crossed AS (SELECT channel_id, jsonb_agg(DISTINCT red_line) AS red_lines FROM risk_event"
    "  JOIN wanted USING (channel_id) WHERE red_line IS NOT NULL AND occurred_on >= :start AND occurred_on < :until"
    "  GROUP BY 1)"
    " SELECT channel_id, coalesce(sales_fen, 0)::bigint AS sales_fen,"
    "  coalesce(earlier_sales_fen, 0)::bigint AS earlier_sales_fen, coalesce(held_fen, 0)::bigint AS held_fen,"
    "  coalesce(redeemed_fen, 0)::bigint AS redeemed_fen, coalesce(dealings, 0) AS dealings,"
    "  coalesce(reversed_dealings, 0) AS reversed_dealings, coalesce(complaints, 0) AS complaints,"
    "  coalesce(unfounded_complaints, 0) AS unfounded_complaints,"
    "  coalesce(ended_complaints, 0) AS ended_complaints, coalesce(answered_complaints, 0) AS answered_complaints,"
    "  coalesce(measures, '{}') AS measures, coalesce(risk_events, '{}') AS risk_events,"
    "  coalesce(red_lines, '[]') AS red_lines"
    " FROM wanted LEFT JOIN money USING (channel_id) LEFT JOIN counted USING (channel_id)"
    " LEFT JOIN complained USING (channel_id) LEFT JOIN cooperated USING (channel_id)"
    " LEFT JOIN measured USING (channel_id) LEFT JOIN risks USING (channel_id) LEFT JOIN crossed USING (channel_id)"
    " ORDER BY channel_id"
)
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('scorecards', 0))")


async def hold(session: AsyncSession) -> None:
    """Let computations wait for each other: the second finds nothing new."""
    await session.execute(_HOLD)


async def facts(
    session: AsyncSession, *, start: date, until: date, channel_id: UUID | None
) -> dict[UUID, dict[str, Any]]:
    """Return what was counted of each channel that could sell on one of the half-open days, by one statement."""
    earlier = date.fromordinal(max(1, start.toordinal() - (until - start).days))
    values = {"start": start, "until": until, "earlier": earlier, "channel": channel_id}
    found = (await session.execute(_FACTS, values)).mappings()
    return {row["channel_id"]: {name: row[name] for name in row if name != "channel_id"} for row in found}


async def latest(
    session: AsyncSession, channel_ids: Collection[UUID], *, start: date, until: date
) -> dict[UUID, ChannelScorecard]:
    """Return the last revision of each channel's scorecard of a period."""
    card = ChannelScorecard
    statement = (
        select(card)
        .where(col(card.channel_id).in_(channel_ids), col(card.valid_from) == start, col(card.valid_until) == until)
        .ext(distinct_on(col(card.channel_id)))
        .order_by(col(card.channel_id), col(card.revision).desc())
    )
    return {found.channel_id: found for found in (await session.execute(statement)).scalars()}


def select_scorecards(actor: Actor, *, channel_id: UUID | None) -> Select[ChannelScorecard]:
    statement = select(ChannelScorecard).where(actor.within(channel=col(ChannelScorecard.channel_id)))
    return statement if channel_id is None else statement.where(col(ChannelScorecard.channel_id) == channel_id)


async def get_scorecard(session: AsyncSession, scorecard_id: UUID, *, actor: Actor | None = None) -> ChannelScorecard:
    statement = select(ChannelScorecard).where(col(ChannelScorecard.id) == scorecard_id)
    if actor is not None:
        statement = statement.where(actor.within(channel=col(ChannelScorecard.channel_id)))
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No scorecard has this id.")
    return found


async def keep_complaint(session: AsyncSession, complaint_id: UUID, channel_id: UUID, news: Mapping[str, Any]) -> None:
    """Keep what an event told of a complaint, whatever came before; the channel is the one named last."""
    changes = {"channel_id": channel_id, **news}
    statement = insert(ChannelComplaint).values(complaint_id=complaint_id, **{"is_withdrawn": False, **changes})
    await session.execute(statement.on_conflict_do_update(index_elements=["complaint_id"], set_=changes))


async def keep_newest(
    session: AsyncSession, table: type[ChannelOutcome] | type[ChannelMeasure], values: Mapping[str, Any]
) -> None:
    """Keep what was told of a case, unless a later version of it was told before."""
    (key,) = (column.name for column in inspect(table).primary_key)
    statement = insert(table).values(**values)
    newest = {name: statement.excluded[name] for name in values if name != key}
    is_newer = col(table.version) < statement.excluded["version"]
    await session.execute(statement.on_conflict_do_update(index_elements=[key], set_=newest, where=is_newer))
