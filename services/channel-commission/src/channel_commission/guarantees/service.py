from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals.rules import ENGINE_VERSION, EntryKind, calculate, exact_text
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.admission import service as admission
from channel_commission.cycles.rules import Run, run_of
from channel_commission.guarantees import queries, rules
from channel_commission.guarantees.rules import TrueUp
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.service import Occasion
from channel_commission.periods.rules import next_period, period_of
from channel_commission.products import service as products
from channel_commission.products.rules import Bearer
from channel_commission.rates.rules import Component
from shared.context import current_cause
from shared.ids import new_id


async def true_up(session: AsyncSession, closing: str, *, now: datetime) -> None:
    """Book what is missing to the guarantees of periods that end with the month being closed, and what later fees
    change of those of periods closed before.

    The caller keeps bookings out. What the product's fees are borne by bears the guarantee; a product the channel may
    not sell on the last day of the period has none.
    """
    after = next_period(closing)
    floors = await queries.floors(session, date(int(after[:4]), int(after[5:]), 1))
    if not floors:
        return
    ids, closed = [floor.rule_id for floor in floors], await queries.closed_months(session)
    fees, booked = await queries.fees(session, ids), await queries.booked(session, ids)
    active = await admission.active_days(session, {floor.channel_id for floor in floors})
    due = [
        one
        for floor in floors
        for one in rules.true_ups(
            floor,
            closing=closing,
            closed=closed,
            active=active[floor.channel_id],
            fees=fees.get(floor.rule_id, {}),
            booked=booked.get(floor.rule_id, {}),
        )
    ]
    bearers = await products.bearers(session, [_sold(one) for one in due])
    await _book(session, due, bearers, closing, now)


def _sold(one: TrueUp) -> tuple[UUID, UUID, date]:
    return one.floor.channel_id, one.floor.product_id, one.day


async def _book(
    session: AsyncSession,
    due: Sequence[TrueUp],
    bearers: dict[tuple[UUID, UUID, date], Bearer],
    closing: str,
    now: datetime,
) -> None:
    plans = {one.floor.product_id for one in due}
    ledger = await ledgers.open_ledger(session, None, of=[], groups=[], products=plans)
    occasion = Occasion(new_id(), current_cause(), now)
    for place, one in enumerate(due):
        bearer = bearers.get(_sold(one))
        if bearer is not None:
            run = run_of(one.floor.cycle, is_closed=one.floor.product_id in ledger.closed_plans)
            ledger.entries.append(
                (_entry(one, place, occasion, run=run, bearer=bearer, booked_period=closing), occasion)
            )
    await ledgers.write(session, ledger)


def _entry(
    one: TrueUp, place: int, occasion: Occasion, *, run: Run, bearer: Bearer, booked_period: str
) -> AccrualEntry:
    """Return the entry of a guarantee: no dealing earned it, and it is about no client."""
    found, floor = calculate(one.inputs), one.floor
    return AccrualEntry(
        id=new_id(),
        version=1,
        event_key=floor.channel_id,
        channel_id=floor.channel_id,
        rate_rule_id=floor.rule_id,
        run=run,
        product_id=floor.product_id,
        bearer=bearer,
        event_id=occasion.event_id,
        component=Component.GUARANTEE,
        kind=EntryKind.TRUE_UP,
        seq=place,
        base_fen=0,
        exact=exact_text(found.exact),
        amount_fen=found.amount_fen,
        earned_period=period_of(one.day),
        booked_period=booked_period,
        business_date=one.day,
        engine_version=ENGINE_VERSION,
        inputs=dict(one.inputs),
        recorded_at=occasion.at,
    )
