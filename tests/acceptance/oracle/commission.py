"""Fees of the first rate card and the channels' monthly statements, in whole fen."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from oracle.berka import NO_SYMBOL, Book, Redemption, Subscription
from oracle.dates import MONTHS, month_of, whole_months

RATES = {
    "SIPO": Fraction("0.0060"),
    "UVER": Fraction("0.0085"),
    "LEASING": Fraction("0.0075"),
    NO_SYMBOL: Fraction("0.0050"),
}
# Each slice: its upper bound in fen, which still belongs to it, and its rate.
TIERS = {
    "POJISTNE": (
        (1_000_000_00, Fraction("0.0030")),
        (5_000_000_00, Fraction("0.0045")),
        (None, Fraction("0.0060")),
    )
}
CLAWBACK_MONTHS = 60


@dataclass(frozen=True)
class Entry:
    """A signed amount in fen; `confirmation_number` is the dealing's, `month` the month that books it."""

    confirmation_number: str
    channel_id: int
    product: str
    kind: str
    month: str
    amount_fen: int


@dataclass(frozen=True)
class Statement:
    """A channel's month: opening + accrued + clawed_back = payable + carried, with payable >= 0 >= carried."""

    channel_id: int
    month: str
    opening: int
    accrued: int
    clawed_back: int
    payable: int
    carried: int

    @property
    def net(self) -> int:
        """The signed sum of the month's own entries, without what was carried into it."""
        return self.accrued + self.clawed_back


def half_up(exact: Fraction) -> int:
    """Return the nearest whole number, halves away from zero, so that -2.5 gives -3."""
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def marginal_price(product: str, volume_fen: int) -> Fraction:
    """Return the exact fee of a month's volume, each slice at its own rate."""
    price, lower = Fraction(0), 0
    for upper, rate in TIERS[product]:
        reached = volume_fen if upper is None else min(volume_fen, upper)
        price += (reached - lower) * rate
        if reached == volume_fen:
            break
        lower = reached
    return price


def in_order(subscriptions: list[Subscription]) -> list[Subscription]:
    """Return the deals by business date, then confirmation number as text: the order that fills the tiers."""
    return sorted(subscriptions, key=lambda it: (it.business_date, it.confirmation_number))


def accruals(subscriptions: list[Subscription]) -> list[Entry]:
    """Return one entry per subscription.

    In a tiered product an entry is `round(price(volume so far)) - booked so far` within channel, product and
    calendar month, so that the month adds up to `round(price(month volume))` whatever the order of its deals.
    A later redemption does not lower the volume: what was sold in the month was sold.
    """
    volume: dict[tuple[int, str, str], int] = defaultdict(int)
    booked: dict[tuple[int, str, str], int] = defaultdict(int)
    found = []
    for deal in in_order(subscriptions):
        month = month_of(deal.business_date)
        if deal.product in RATES:
            amount = half_up(deal.amount_fen * RATES[deal.product])
        else:
            key = (deal.channel_id, deal.product, month)
            volume[key] += deal.amount_fen
            amount = half_up(marginal_price(deal.product, volume[key])) - booked[key]
            booked[key] += amount
        found.append(Entry(deal.confirmation_number, deal.channel_id, deal.product, "accrual", month, amount))
    return found


def clawback(fee_fen: int, redemption: Redemption) -> int:
    """Return what the channel owes back (negative or zero) of a fully redeemed deal's fee as booked, in whole fen.

    Of the booked fee and not of the exact one, so that a redemption at once returns what was booked.
    """
    held = whole_months(redemption.subscription.business_date, redemption.business_date)
    return -half_up(Fraction(fee_fen * max(CLAWBACK_MONTHS - held, 0), CLAWBACK_MONTHS))


def entries(book: Book) -> list[Entry]:
    """Return all entries of the book, each in the month of its own business date, so that none changes a closed month.

    A clawback of zero is no entry; a tiered product has no clawback.
    """
    booked = accruals(book.subscriptions)
    fees = {entry.confirmation_number: entry.amount_fen for entry in booked}
    for redemption in sorted(book.redemptions, key=lambda it: (it.business_date, it.confirmation_number)):
        deal, month = redemption.subscription, month_of(redemption.business_date)
        if deal.product in TIERS:
            continue
        amount = clawback(fees[deal.confirmation_number], redemption)
        if amount:
            booked.append(
                Entry(redemption.confirmation_number, deal.channel_id, deal.product, "clawback", month, amount)
            )
    return booked


def statements(book: Book, months: list[str] | None = None) -> list[Statement]:
    """Return every channel's statement of every month, months in order, also those without any entry.

    A balance below zero is not paid but carried into the next month of the same channel.
    """
    sums: dict[tuple[int, str, str], int] = defaultdict(int)
    for entry in entries(book):
        sums[entry.channel_id, entry.month, entry.kind] += entry.amount_fen
    found = []
    for channel_id in sorted(book.channels):
        carried = 0
        for month in months or MONTHS:
            accrued, clawed_back = sums[channel_id, month, "accrual"], sums[channel_id, month, "clawback"]
            balance = carried + accrued + clawed_back
            payable = max(balance, 0)
            found.append(
                Statement(channel_id, month, carried, accrued, clawed_back, payable, carried := balance - payable)
            )
    return found
