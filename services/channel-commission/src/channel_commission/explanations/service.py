from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import service as accruals
from channel_commission.agreements import service as agreements
from channel_commission.dealings import service as dealings
from channel_commission.explanations import queries, rules
from channel_commission.explanations.schemas import KnownChannel, KnownPeriod, Why
from channel_commission.settlements import service as settlements
from shared.http.callers import Actor
from shared.money import Money


async def explain(session: AsyncSession, accrual_id: UUID, *, actor: Actor) -> Why:
    """Return how an entry came about, calculated again from its stored inputs.

    Raises:
        NotFound: the caller reaches no entry with this id.
    """
    entry = await accruals.get(session, accrual_id, actor=actor)
    agreement, card = await agreements.origin_of_rule(session, entry.rate_rule_id)
    dealing = None if entry.dealing_id is None else await dealings.get(session, entry.dealing_id)
    statement_id = await settlements.of_entry(
        session,
        actor,
        channel_id=entry.channel_id,
        run=entry.run,
        period=entry.booked_period,
        bearer=entry.bearer,
        product_id=entry.product_id,
    )
    why = Why.of(entry, dealing, agreement_number=agreement.number, card=card, settlement_id=statement_id)
    [accrual] = await accruals.read(session, [entry])
    return why.model_copy(update={"accrual": accrual})


async def known(session: AsyncSession, period: str, at: datetime) -> KnownPeriod:
    """Return a month as it looked at the instant `at`, by the clock of the database.

    Raises:
        InstantNotReached: `at` has not come.
    """
    rows, present = await queries.known_at(session, period, at), await queries.database_time(session)
    rules.require_past(at, present)
    channels = [
        KnownChannel(
            channel_id=row.channel_id,
            bearer=row.bearer,
            product_id=row.product_id,
            entries=row.entries,
            earned=Money.from_fen(row.earned_fen),
            booked=Money.from_fen(row.booked_fen),
        )
        for row in rows
    ]
    return KnownPeriod(
        period=period,
        at=at,
        is_final=rules.is_final(at, present),
        earned=Money.from_fen(sum(row.earned_fen for row in rows)),
        booked=Money.from_fen(sum(row.booked_fen for row in rows)),
        channels=channels,
    )
