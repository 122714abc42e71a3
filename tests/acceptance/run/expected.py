"""What the independent reading says, as tables to compare: by the files' own ids, amounts in fen."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from oracle.commission import RATES, entries, statements
from oracle.dates import month_of
from oracle.reading import Reading

Table = Mapping[Any, tuple[Any, ...]]

#: Reasons as the complaints service calls them.
REASONS = {
    "open_complaint": "ordinary_complaint_open",
    "overdue_complaint": "complaint_overdue",
    "complaints_2_in_180_days": "several_complaints",
    "complaints_3_in_180_days": "many_complaints",
    "silence_over_1_cadence": "contact_overdue",
    "silence_over_2_cadences": "contact_long_overdue",
    "outflow_30_percent": "outflow",
    "outflow_60_percent": "large_outflow",
}


def clients(reading: Reading) -> Table:
    """Return status, sex and birth year by client."""
    sexes = {"F": "female", "M": "male"}
    return {one.client_id: ("active", sexes[one.gender], one.born_on.year) for one in reading.book.clients}


def agents(reading: Reading) -> Table:
    """Return the kind of relationship by owner and agent."""
    return {pair: ("authorized_agent",) for pair in reading.book.agents}


def dealings(reading: Reading) -> Table:
    """Return kind, client, product, channel, amount, day and original by confirmation number."""
    found: dict[str, tuple[Any, ...]] = {}
    for deal in reading.book.subscriptions:
        on = deal.business_date.isoformat()
        sold = (deal.client_id, deal.product, deal.channel_id, deal.amount_fen, on, None)
        found[deal.confirmation_number] = ("subscription", *sold)
    for redemption in reading.book.redemptions:
        deal, on = redemption.subscription, redemption.business_date.isoformat()
        what = (deal.client_id, deal.product, deal.channel_id, deal.amount_fen, on, deal.confirmation_number)
        found[redemption.confirmation_number] = ("redemption", *what)
    return found


def classes(reading: Reading) -> Table:
    """Return the service class that the holdings deserve, and the holdings, by client."""
    return {one: (it.service_class, it.aum_fen) for one, it in reading.pictures.items()}


def contacts(reading: Reading) -> Table:
    """Return contacts, reached, interested, seconds and the last day reached by client."""
    seconds: dict[int, int] = defaultdict(int)
    interested: dict[int, int] = defaultdict(int)
    for one in reading.interactions:
        seconds[one.client_id] += one.duration_seconds
        interested[one.client_id] += one.interested
    return {
        client_id: (it.contacts, it.reached, interested[client_id], seconds[client_id], _iso(it.last_reached_on))
        for client_id, it in reading.pictures.items()
    }


def complaints(reading: Reading) -> Table:
    """Return what a case is about, then its clock, then its outcome, by row number."""
    return {
        str(one.external_id): (
            *(one.client_id, one.channel_id, one.product_class, one.reason),
            *(one.received_on.isoformat(), one.due_on.isoformat(), _iso(one.informed_on)),
            *(None if one.informed_on is None else one.was_in_time(), one.is_open(reading.now)),
            *(one.is_overdue(reading.now), one.compensation_fen, one.review_requested),
        )
        for one in reading.complaints
    }


def risk(reading: Reading) -> Table:
    """Return level, score and reasons by client."""
    return {
        client_id: (
            it.risk.level.lower(),
            sum(it.risk.points.values()),
            tuple(sorted(REASONS[reason] for reason in it.risk.points)),
        )
        for client_id, it in reading.pictures.items()
    }


def fees(reading: Reading) -> Table:
    """Return channel, product, month and amount of each entry by confirmation number, without tiered products."""
    return {
        one.confirmation_number: (one.channel_id, one.product, one.month, one.amount_fen)
        for one in entries(reading.book)
        if one.product in RATES
    }


def tiered_fees(reading: Reading) -> Table:
    """Return volume and fee by channel, product and month of the products with tiers: they add up by the month."""
    volume: dict[tuple[int, str, str], int] = defaultdict(int)
    fee: dict[tuple[int, str, str], int] = defaultdict(int)
    for deal in reading.book.subscriptions:
        if deal.product not in RATES:
            volume[deal.channel_id, deal.product, month_of(deal.business_date)] += deal.amount_fen
    for one in entries(reading.book):
        if one.product not in RATES:
            fee[one.channel_id, one.product, one.month] += one.amount_fen
    return {key: (volume[key], fee[key]) for key in volume}


def settlements(reading: Reading) -> Table:
    """Return opening, net, payable and carried by channel and month, months without a movement left out."""
    return {
        (it.channel_id, it.month): (it.opening, it.net, it.payable, it.carried)
        for it in statements(reading.book)
        if it.opening or it.net
    }


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
