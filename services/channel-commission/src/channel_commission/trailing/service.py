from collections.abc import Sequence
from datetime import date

from channel_commission.balances.rules import Days
from channel_commission.dealings.tables import Dealing
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.service import Ledger, Occasion
from channel_commission.rates.rules import RuleInForce
from channel_commission.trailing import rules


def settle(
    ledger: Ledger,
    subscription: Dealing,
    rate: RuleInForce,
    *,
    redeemed: Sequence[tuple[date, int]],
    active: Sequence[Days],
    occasion: Occasion,
) -> None:
    """Bring the trailing fees of a holding to what they should be, up to the month its dealing names.

    Args:
        ledger: What is booked; gets the entries.
        subscription: The holding.
        rate: Its trailing rate.
        redeemed: Day and amount in fen of each redemption, in business order.
        active: Half-open days on which the channel could sell.
        occasion: What makes the entries.
    """
    if rate.trailing is None or subscription.trailing_through is None:
        return
    steps = rules.balance_steps(subscription.confirmed_on, subscription.amount_fen, redeemed)
    drafts = rules.fees(
        subscription.id,
        rate.trailing,
        [] if subscription.reversed_by else steps,
        counted=[(subscription.confirmed_on, None)] if rate.trailing.goes_on else active,
        through=subscription.trailing_through,
        booked=ledger.trailing_of(subscription.id),
    )
    for draft in drafts:
        ledgers.enter(ledger, subscription, subscription, draft, occasion, rate)
