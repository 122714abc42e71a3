"""Corrections: what goes back of what a dispute changed, when its sale is redeemed or taken back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from channel_commission.accruals.rules import Draft, EntryKind, calculate, clawback_inputs
from channel_commission.clawbacks.rules import Clawback, Redemption, held, parts
from channel_commission.rates.rules import Component


def clawbacks(
    change_fen: int,
    *,
    subscribed_fen: int,
    subscribed_on: date,
    schedule: Clawback,
    redemptions: Sequence[Redemption],
    booked: Mapping[UUID, int],
) -> list[Draft]:
    """Return the entries that bring what redemptions take of a corrected fee to what they take of any fee.

    What goes back is a part of the fee that was paid in the end. So a correction is redeemed by the same parts as the
    fee itself: a full redemption inside the band of 100 % gives back all of it, and no channel gives back more than it
    got (guide, invariant I8: |cumulative clawback| <= fee paid).

    Args:
        change_fen: What decided disputes changed of an account's fee of the subscription; negative: lowered it.
        subscribed_fen: What was subscribed.
        subscribed_on: Its business date.
        schedule: Which part of the fee goes back.
        redemptions: All redemptions of it known by now.
        booked: What is booked of the correction for each that has entries.
    """
    drafts, redeemed, total = list[Draft](), list[tuple[int, int]](), 0
    for one, part in parts(redemptions, subscribed_fen):
        if one.is_reversed:
            continue
        redeemed.append((part, held(schedule.form, subscribed_on, one.on)))
        inputs: Mapping[str, Any] = clawback_inputs(
            fee_fen=change_fen,
            subscribed_fen=subscribed_fen,
            schedule=schedule,
            redeemed=redeemed,
            booked_before_fen=total + booked.get(one.dealing_id, 0),
        )
        found = calculate(inputs)
        total = found.due_fen
        if found.amount_fen:
            drafts.append(Draft(one.dealing_id, EntryKind.CLAWBACK, 0, inputs, Component.DISPUTED))
    return drafts
