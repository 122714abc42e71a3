"""Overrides: what a head office gets of the fees its branches earn by their sales, beside those fees."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from channel_commission.accruals.rules import Draft, EntryKind, calculate, override_inputs
from channel_commission.rates.rules import Component


def drafts(
    share: Decimal, fees: Sequence[tuple[UUID, int]], booked: Mapping[UUID, int], *, sale_id: UUID
) -> list[Draft]:
    """Return the entries that bring the override of a sale to what it should be.

    Each dealing is due `round(share of the total up to it) - round(share of the total before it)`: so a sale taken back
    leaves nothing, and what a redemption takes of the fee it takes of the override.

    Args:
        share: The part of the fee.
        fees: The sale and its redemptions in business order, each with the upfront fee booked for it in fen.
        booked: What is booked of the override for each that has entries.
        sale_id: The sale.
    """
    found, fee, total = list[Draft](), 0, 0
    for dealing_id, fen in fees:
        fee += fen
        before = booked.get(dealing_id)
        inputs = override_inputs(share, fee_fen=fee, booked_before_fen=total + (before or 0))
        made = calculate(inputs)
        total = made.due_fen
        if made.amount_fen:
            first = EntryKind.ACCRUE if dealing_id == sale_id else EntryKind.CLAWBACK
            kind = first if before is None else EntryKind.RERATE_DELTA
            found.append(Draft(dealing_id, kind, 0, inputs, Component.OVERRIDE))
    return found
