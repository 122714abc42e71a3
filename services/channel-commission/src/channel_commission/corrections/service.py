from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from channel_commission.accounts.rules import Account, Corrected
from channel_commission.accruals.rules import Draft, EntryKind, calculate
from channel_commission.clawbacks.rules import Clawback
from channel_commission.corrections import rules
from channel_commission.dealings.service import redemption_of
from channel_commission.dealings.tables import Dealing
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.service import Ledger, Occasion
from channel_commission.rates.rules import Component, RuleInForce

#: By dealing and account.
Corrections = dict[UUID, dict[Account, Corrected]]


def settle(
    ledger: Ledger,
    subscription: Dealing,
    rate: RuleInForce,
    *,
    redemptions: Sequence[Dealing],
    corrected: Corrections,
    occasion: Occasion,
) -> None:
    """Bring what redemptions take of a corrected fee to what they should.

    Args:
        ledger: What is booked; gets the entries.
        subscription: The sale.
        rate: Its upfront rate.
        redemptions: All redemptions of it known by now.
        corrected: What decided disputes changed; the entries are counted in.
        occasion: What makes the entries.
    """
    if rate.clawback is None or subscription.reversed_by is not None:
        return
    by_id = {one.id: one for one in redemptions}
    for account, change in corrected.get(subscription.id, {}).items():
        if not change.fee_fen:
            continue
        booked = {id: corrected[id][account].back_fen for id in by_id if account in corrected.get(id, {})}
        for draft in _drafts(change.fee_fen, subscription, redemptions, rate.clawback, booked):
            dealing = by_id[draft.dealing_id]
            ledgers.enter_into(ledger, dealing, subscription, draft, occasion, account=account, rate_rule_id=rate.id)
            before = corrected.setdefault(draft.dealing_id, {}).get(account, Corrected(0, 0, 0, rate.id))
            fen = calculate(draft.inputs).amount_fen
            after = replace(before, fen=before.fen + fen, back_fen=before.back_fen + fen)
            corrected[draft.dealing_id][account] = after


def clawed_back(change_fen: int, subscription: Dealing, redemptions: Sequence[Dealing], schedule: Clawback) -> int:
    """Return what redemptions take of a change of a sale's fee, in fen: negative of one that raises it."""
    drafts = _drafts(change_fen, subscription, redemptions, schedule, {})
    return sum(calculate(draft.inputs).amount_fen for draft in drafts)


def _drafts(
    change_fen: int,
    subscription: Dealing,
    redemptions: Sequence[Dealing],
    schedule: Clawback,
    booked: Mapping[UUID, int],
) -> list[Draft]:
    return rules.clawbacks(
        change_fen,
        subscribed_fen=subscription.amount_fen,
        subscribed_on=subscription.confirmed_on,
        schedule=schedule,
        redemptions=[redemption_of(one) for one in redemptions],
        booked=booked,
    )


def take_back(
    ledger: Ledger, dealing: Dealing, subscription: Dealing, *, corrected: Corrections, occasion: Occasion
) -> None:
    """Undo what disputes changed of a dealing that was taken back: it earns nothing, whatever was decided before."""
    for account, change in corrected.pop(dealing.id, {}).items():
        if change.fen:
            kind, of, rate_id = EntryKind.REVERSE, Component.DISPUTED, change.rate_rule_id
            ledgers.withhold(ledger, dealing, subscription, kind, change.fen, account, rate_id, occasion, of)
