"""Holdings of the clients and the service class A, B or C that follows from them."""

from collections import defaultdict
from datetime import date

from oracle.berka import Book

A_FROM_FEN = 10_000_000_00
B_FROM_FEN = 3_000_000_00
CADENCE_DAYS = {"A": 30, "B": 90, "C": 180}


def flows(book: Book) -> dict[int, list[tuple[date, int]]]:
    """Return each client's dealings by day: business date and fen, a redemption below zero."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for subscription in book.subscriptions:
        found[subscription.client_id].append((subscription.business_date, subscription.amount_fen))
    for redemption in book.redemptions:
        deal = redemption.subscription
        found[deal.client_id].append((redemption.business_date, -deal.amount_fen))
    return found


def aum(dealings: list[tuple[date, int]], day: date) -> int:
    """Return the fen held at the end of that day, at cost."""
    return sum(amount for on, amount in dealings if on <= day)


def service_class(aum_fen: int) -> str:
    """Return the class of these holdings; a bound belongs to the higher class.

    The two review periods before a downgrade are left out: the run sees one day, "now", and no reviews before it.
    """
    if aum_fen >= A_FROM_FEN:
        return "A"
    return "B" if aum_fen >= B_FROM_FEN else "C"
