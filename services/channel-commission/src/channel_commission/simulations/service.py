from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import service as accruals
from channel_commission.admission import service as admission
from channel_commission.agreements import service as agreements
from channel_commission.bookings import service as bookings
from channel_commission.bookings.service import Case
from channel_commission.dealings import service as dealings
from channel_commission.dealings.rules import DealingKind, Refusal, Terms
from channel_commission.dealings.service import Known
from channel_commission.dealings.tables import Dealing
from channel_commission.ledger.service import NOTHING, Ledger, Occasion
from channel_commission.rates.rules import Sale
from channel_commission.simulations import rules
from channel_commission.simulations.schemas import NotEarning, Simulate, SimulatedMonth, Simulation, SupposedSale
from shared.context import current_cause
from shared.ids import new_id
from shared.money import Money


async def simulate(
    session: AsyncSession, agreement_id: UUID, version: int, wanted: Simulate, *, now: datetime
) -> Simulation:
    """Return what a version of a rate card, approved or not, would earn for a channel's sales of some months.

    The sales go through the functions that book them, with a ledger that is never written.

    Raises:
        NotFound: there is no such version.
        MonthsOutOfRange, SaleOutsideMonths, SimulationTooLarge: see the rules.
    """
    agreement, card = await agreements.get_card(session, agreement_id, version)
    since, until = rules.days(wanted.first, wanted.last)
    made = await dealings.sold_in(session, agreement.channel_id, since, until, rules.MOST_SALES + 1)
    known = _copies(made, until, through=wanted.last)
    sales = await dealings.sales(session, waiting=_sold(known))
    if len(sales) > rules.MOST_SALES:
        raise rules.SimulationTooLarge(f"One simulation takes {rules.MOST_SALES} sales; ask for fewer months.")
    sales |= _suppose(known, agreement.channel_id, wanted.sales, since, until, through=wanted.last)
    terms = await dealings.terms(session, set(sales.values()), card_id=card.id)
    entries = await _entries(session, known, sales, terms, now)
    booked = rules.by_month(await accruals.by_month_earned(session, list(made.by_id), through=wanted.last))
    return _answer(rules.by_month(entries), booked, sales, terms)


def _copies(made: Known, until: date, *, through: str) -> Known:
    """Return dealings as they were before anything was decided; the session does not know them."""
    fresh = {"rate_rule_id": None, "trailing_rule_id": None, "override_rule_id": None, "bearer": None, "refusal": None}
    known = Known({}, defaultdict(list))
    known.add(
        [
            Dealing(**{**one.model_dump(), **fresh, "trailing_through": through})
            for one in made.by_id.values()
            if one.confirmed_on < until and one.event_id is not None
        ]
    )
    return known


def _sold(known: Known) -> list[Dealing]:
    """Return the sales in business order, as tiers are filled."""
    sold = [one for one in known.by_id.values() if one.kind is DealingKind.SUBSCRIPTION]
    return sorted(sold, key=lambda one: (one.confirmed_on, one.id))


def _suppose(
    known: Known, channel_id: UUID, wanted: Sequence[SupposedSale], since: date, until: date, *, through: str
) -> dict[UUID, Sale]:
    supposed = {}
    for place, sale in enumerate(wanted):
        rules.require_inside(sale.confirmed_on, since, until, pointer=f"/sales/{place}/confirmed_on")
        dealing = Dealing(
            id=new_id(),
            kind=DealingKind.SUBSCRIPTION,
            event_id=new_id(),
            client_id=new_id(),
            channel_id=channel_id,
            confirmation_number="",
            amount_fen=sale.amount.fen,
            trailing_through=through,
            **sale.model_dump(include={"product_id", "share_class", "confirmed_on"}),
        )
        known.add([dealing])
        supposed[dealing.id] = Sale(
            channel_id, sale.product_id, sale.confirmed_on, sale.share_class, sale.investor_kind
        )
    return supposed


async def _entries(
    session: AsyncSession,
    known: Known,
    sales: Mapping[UUID, Sale],
    terms: Mapping[Sale, Terms | Refusal],
    now: datetime,
) -> list[tuple[str, int]]:
    found = [one for one in terms.values() if isinstance(one, Terms)]
    rates = {rate.id: rate for one in found for rate in one.rates}
    groups = {
        group
        for sale, one in terms.items()
        if isinstance(one, Terms)
        for group in bookings.groups_of(one.upfront, sale, one.bearer)
    }
    active = await admission.active_days(session, {sale.channel_id for sale in sales.values()})
    ledger = Ledger(None, {}, {}, {group: NOTHING for group in groups})
    case = Case(known, sales, terms, rates, active, ledger)
    with session.no_autoflush:
        for dealing in _sold(known):
            await bookings.settle(session, case, dealing, Occasion(new_id(), current_cause(), now))
    return [(entry.earned_period, entry.amount_fen) for entry, _ in ledger.entries]


def _answer(
    simulated: Counter[str], booked: Counter[str], sales: Mapping[UUID, Sale], terms: Mapping[Sale, Terms | Refusal]
) -> Simulation:
    refused = Counter(one for sale in sales.values() if isinstance(one := terms[sale], Refusal))
    total, before = simulated.total(), booked.total()
    return Simulation(
        sales=len(sales),
        months=[
            SimulatedMonth(
                period=month,
                booked=Money.from_fen(booked[month]),
                simulated=Money.from_fen(simulated[month]),
                difference=Money.from_fen(simulated[month] - booked[month]),
            )
            for month in sorted({*simulated, *booked})
        ],
        booked=Money.from_fen(before),
        simulated=Money.from_fen(total),
        difference=Money.from_fen(total - before),
        not_earning=[
            NotEarning(reason=reason, reason_zh=reason.zh, sales=count) for reason, count in sorted(refused.items())
        ],
    )
