"""Bookings: which entries bring a subscription and what hangs on it to what is due, in whatever order facts came."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from channel_commission.accruals.rules import (
    Booked,
    Draft,
    EntryKind,
    calculate,
    cap_inputs,
    clawback_inputs,
    reversal_inputs,
    tariff_inputs,
)
from channel_commission.clawbacks.rules import Clawback, Redemption, held, parts
from channel_commission.tariffs.rules import Tariff


def clawbacks(
    *,
    fee_fen: int,
    subscribed_fen: int,
    subscribed_on: date,
    schedule: Clawback,
    redemptions: Sequence[Redemption],
    booked: Mapping[UUID, Booked],
) -> list[Draft]:
    """Return the entries that bring the clawbacks of one subscription to what they should be.

    Redemptions count in business order, whatever the order they became known in, each for `total up to it - total
    before it`: parts of a redemption give exactly what the whole gives, and together never more than the fee (guide:
    cumulative rule; `domain.md` §4.5).

    Args:
        fee_fen: The fee of the subscription; 0 once it is reversed.
        subscribed_fen: What was subscribed.
        subscribed_on: Its business date.
        schedule: Which part of the fee goes back.
        redemptions: All redemptions of it known by now.
        booked: What is booked for each that has entries.
    """
    drafts, redeemed, total = list[Draft](), list[tuple[int, int]](), 0
    for one, part in parts(redemptions, subscribed_fen):
        before = booked.get(one.dealing_id)
        net = before.fen if before else 0
        if one.is_reversed or not fee_fen:
            if net:
                drafts.append(
                    Draft(one.dealing_id, EntryKind.REVERSE, -(before.base_fen if before else 0), reversal_inputs(net))
                )
            continue
        redeemed.append((part, held(schedule.form, subscribed_on, one.on)))
        inputs = clawback_inputs(
            fee_fen=fee_fen,
            subscribed_fen=subscribed_fen,
            schedule=schedule,
            redeemed=redeemed,
            booked_before_fen=total + net,
        )
        found = calculate(inputs)
        total = found.due_fen
        if found.amount_fen:
            kind, base = (EntryKind.RERATE_DELTA, 0) if before else (EntryKind.CLAWBACK, part)
            drafts.append(Draft(one.dealing_id, kind, base, inputs))
    return drafts


def cut(cap_fen: int, booked: Booked, *, dealing_id: UUID, others: Sequence[tuple[UUID, int]]) -> list[Draft]:
    """Return the entries that bring the fees of a month or year to its cap.

    A dealing that goes beyond it is cut itself. Where one was taken back, others that were cut get theirs back, the
    latest first; the total is the smaller of cap and fees, whatever the order.

    Args:
        cap_fen: The most that the month or year earns.
        booked: What is booked by now: fees, and what is cut of them.
        dealing_id: The dealing at hand.
        others: Dealings that were cut, the latest first, each with how much (negative).
    """
    drafts, cut_fen = list[Draft](), booked.cut_fen
    change = calculate(_cap(cap_fen, booked.fen, cut_fen, None)).amount_fen
    if change < 0:
        return [Draft(dealing_id, EntryKind.CAP_CUT, 0, _cap(cap_fen, booked.fen, cut_fen, None))]
    for other, fen in others:
        inputs = _cap(cap_fen, booked.fen, cut_fen, -fen)
        amount = calculate(inputs).amount_fen
        if amount:
            drafts.append(Draft(other, EntryKind.CAP_CUT, 0, inputs))
        cut_fen += amount
    return drafts


def _cap(cap_fen: int, gross_fen: int, cut_fen: int, at_most_fen: int | None) -> Mapping[str, Any]:
    return cap_inputs(cap_fen=cap_fen, gross_fen=gross_fen, booked_before_fen=cut_fen, at_most_fen=at_most_fen)


def slide(rate: Tariff, volume_fen: int, *, booked_fen: int, stack: Sequence[tuple[UUID, int]]) -> list[Draft]:
    """Return the entries that bring a month's tiered fees to the price of its volume after a dealing was taken back.

    Whoever stands above it slides down: the latest dealings give back first, each at most what it has.

    Args:
        rate: The tariff.
        volume_fen: The month's volume without the dealing.
        booked_fen: What is booked for that volume.
        stack: Dealings left with what is booked for each, the latest first: as many as the difference may reach.
    """
    drafts: list[Draft] = []
    for dealing_id, fen in stack:
        inputs = tariff_inputs(rate, volume_fen, booked_before_fen=booked_fen, at_least_fen=-fen)
        amount = calculate(inputs).amount_fen
        if amount:
            drafts.append(Draft(dealing_id, EntryKind.RERATE_DELTA, 0, inputs))
        booked_fen += amount
    return drafts
