"""Bookings: which entries bring a subscription and what hangs on it to what is due, in whatever order facts came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from channel_commission.accruals.rules import (
    Booked,
    Draft,
    EntryKind,
    calculate,
    clawback_inputs,
    reversal_inputs,
    tariff_inputs,
)
from channel_commission.tariffs.rules import Tariff


def whole_months(start: date, end: date) -> int:
    """Return the whole months from `start` to `end` (0 if `end` is earlier).

    A month is whole on the same day, or on the month's last day where it is shorter: January 31 to February 28 is one.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    is_last_day = (end + timedelta(days=1)).day == 1
    return max(months if end.day >= start.day or is_last_day else months - 1, 0)


@dataclass(frozen=True, slots=True)
class Redemption:
    """A redemption of one subscription, as far as the clawback needs it."""

    dealing_id: UUID
    on: date
    number: str
    fen: int
    is_full: bool
    is_reversed: bool


def clawbacks(
    *,
    fee_fen: int,
    subscribed_fen: int,
    subscribed_on: date,
    months: int,
    redemptions: Sequence[Redemption],
    booked: Mapping[UUID, Booked],
) -> list[Draft]:
    """Return the entries that bring the clawbacks of one subscription to what they should be.

    Redemptions count in business order (day, then confirmation number), whatever the order they became known in, each
    for `total up to it - total before it`: parts of a redemption give exactly what the whole gives, and together never
    more than the fee (guide: cumulative rule; `domain.md` §4.5).

    Args:
        fee_fen: The fee of the subscription; 0 once it is reversed.
        subscribed_fen: What was subscribed.
        subscribed_on: Its business date.
        months: Months after which nothing goes back.
        redemptions: All redemptions of it known by now.
        booked: What is booked for each that has entries.
    """
    drafts, redeemed, total, left = [], list[tuple[int, int]](), 0, subscribed_fen
    for one in sorted(redemptions, key=lambda it: (it.on, it.number)):
        before = booked.get(one.dealing_id)
        net = before.fen if before else 0
        if one.is_reversed or not fee_fen:
            if net:
                drafts.append(
                    Draft(one.dealing_id, EntryKind.REVERSE, -(before.base_fen if before else 0), reversal_inputs(net))
                )
            continue
        part = left if one.is_full else min(one.fen, left)
        left -= part
        redeemed.append((part, whole_months(subscribed_on, one.on)))
        inputs = clawback_inputs(
            fee_fen=fee_fen,
            subscribed_fen=subscribed_fen,
            months=months,
            redeemed=redeemed,
            booked_before_fen=total + net,
        )
        found = calculate(inputs)
        total = found.due_fen
        if found.amount_fen:
            kind, base = (EntryKind.RERATE_DELTA, 0) if before else (EntryKind.CLAWBACK, part)
            drafts.append(Draft(one.dealing_id, kind, base, inputs))
    return drafts


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
