"""Complaint density (投诉密度): complaints per 1,000 clients, and per 100 million yuan sold."""

from decimal import ROUND_HALF_UP, Decimal

CLIENTS = 1000
#: 100 million yuan (一亿元) in fen.
SOLD_FEN = 100_000_000 * 100


def density(cases: int, unit: int, whole: int) -> Decimal | None:
    """Return so many cases per `unit` of `whole`, two places, halves up; None where there is nothing to divide by."""
    if not whole:
        return None
    return (Decimal(cases) * unit / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
