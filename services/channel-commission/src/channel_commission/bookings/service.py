from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import service as accruals
from channel_commission.accruals.queries import TierGroup
from channel_commission.accruals.rules import Draft, EntryKind, calculate, reversal_inputs, tariff_inputs
from channel_commission.accruals.service import Ledger, Occasion
from channel_commission.agreements import service as agreements
from channel_commission.agreements.rules import RuleInForce
from channel_commission.bookings import rules
from channel_commission.bookings.rules import Redemption
from channel_commission.channels import service as channels
from channel_commission.dealings import service as dealings
from channel_commission.dealings.rules import Refusal, Terms
from channel_commission.dealings.service import DealingEvent, Known, Question
from channel_commission.dealings.tables import Dealing
from channel_commission.periods import service as periods
from channel_commission.periods.rules import period_of
from channel_commission.tariffs.rules import TariffKind
from shared.context import current_cause
from shared.events.base import Received

#: Refused dealings looked at again in one transaction.
REASSESSED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about the dealings at hand.

    Attributes:
        known: The dealings.
        terms: What holds for the sales to be decided.
        rates: The rates of all of them, by id.
        ledger: What is booked for them.
    """

    known: Known
    terms: dict[Question, Terms | Refusal]
    rates: dict[UUID, RuleInForce]
    ledger: Ledger


async def take(session: AsyncSession, received: Sequence[Received[DealingEvent]]) -> None:
    """Keep what dealing events tell and book the fees that follow from them, whatever order they come in."""
    events = [one.event for one in received]
    involved = {event.channel_id for event in events if event.channel_id is not None}
    case = await _open(session, dealings.ids_of(events), involved, dealings.questions(events))
    for one in received:
        subscription = dealings.keep(session, case.known, one)
        if subscription is not None:
            await _settle(session, case, subscription, Occasion(one.id, one.cause(), one.event.occurred_at))
    await accruals.write(session, case.ledger)


async def reassess(session: AsyncSession, now: datetime, limit: int) -> int:
    """Look again at refused dealings of a channel whose admission, rates or products changed; a timer's work.

    Returns:
        `limit` as long as there may be more to do, then 0.
    """
    await periods.hold(session)
    work = await channels.take_reassessment(session)
    if work is None:
        return 0
    waiting = await dealings.refused_of_channel(session, work.channel_id, work.done_up_to, REASSESSED_AT_ONCE)
    questions = {(work.channel_id, dealing.product_id, dealing.confirmed_on) for dealing in waiting}
    case = await _open(session, {dealing.id for dealing in waiting}, {work.channel_id}, questions)
    for dealing in waiting:
        if dealing.event_id is not None:
            await _settle(session, case, dealing, Occasion(dealing.event_id, current_cause(), now))
    await accruals.write(session, case.ledger)
    if len(waiting) == REASSESSED_AT_ONCE:
        work.done_up_to = waiting[-1].id
    else:
        await session.delete(work)
    return limit


async def _open(
    session: AsyncSession, ids: Collection[UUID], channel_ids: Collection[UUID], sold: Collection[Question]
) -> Case:
    """Lock and read what the dealings `ids` and the sales `sold` need: the period first, then the channels."""
    closed_through = await periods.hold(session)
    known = await dealings.lock_and_load(session, ids, channel_ids)
    terms = await dealings.terms(session, sold)
    decided = [dealing for dealing in known.by_id.values() if dealing.rate_rule_id is not None]
    rates = await agreements.rules_by_id(session, {dealing.rate_rule_id for dealing in decided if dealing.rate_rule_id})
    rates |= {found.rate.id: found.rate for found in terms.values() if isinstance(found, Terms)}
    groups = {accruals.tier_group(dealing) for dealing in decided}
    groups |= {
        TierGroup(found.rate.id, product_id, found.bearer, period_of(day))
        for (_, product_id, day), found in terms.items()
        if isinstance(found, Terms)
    }
    tiered = [group for group in groups if rates[group.rate_rule_id].tariff.kind is TariffKind.MARGINAL]
    ledger = await accruals.open_ledger(session, closed_through, of=known.by_id.keys(), groups=tiered)
    return Case(known, terms, rates, ledger)


async def _settle(session: AsyncSession, case: Case, subscription: Dealing, occasion: Occasion) -> None:
    """Bring what is booked for a subscription and its redemptions to what it should be."""
    if not dealings.decide(subscription, _terms(case, subscription)):
        return
    assert subscription.rate_rule_id is not None  # noqa: S101  # just decided
    ledger, rate = case.ledger, case.rates[subscription.rate_rule_id]
    booked = ledger.of_dealing(subscription.id)
    if booked is None:
        accruals.enter(ledger, subscription, subscription, _fee(ledger, subscription, rate), occasion)
    elif subscription.reversed_by is not None and booked.base_fen:
        await _take_back(session, ledger, subscription, rate, occasion)
    if rate.clawback_months is None:
        return
    redemptions = case.known.redemptions[subscription.id]
    drafts = rules.clawbacks(
        fee_fen=0 if subscription.reversed_by else ledger.by_dealing[subscription.id][0].fen,
        subscribed_fen=subscription.amount_fen,
        subscribed_on=subscription.confirmed_on,
        months=rate.clawback_months,
        redemptions=[_redemption(one) for one in redemptions],
        booked={one.id: found for one in redemptions if (found := ledger.of_dealing(one.id)) is not None},
    )
    for draft in drafts:
        accruals.enter(ledger, subscription, case.known.by_id[draft.dealing_id], draft, occasion)


def _terms(case: Case, subscription: Dealing) -> Terms | Refusal | None:
    if subscription.channel_id is None:
        return None
    return case.terms.get((subscription.channel_id, subscription.product_id, subscription.confirmed_on))


def _fee(ledger: Ledger, subscription: Dealing, rate: RuleInForce) -> Draft:
    amount = subscription.amount_fen
    inputs = tariff_inputs(rate.tariff, amount)
    if rate.tariff.kind is TariffKind.MARGINAL:
        before = ledger.of_group(accruals.tier_group(subscription))
        inputs = tariff_inputs(rate.tariff, before.base_fen + amount, booked_before_fen=before.fen)
    return Draft(subscription.id, EntryKind.ACCRUE, amount, inputs)


async def _take_back(
    session: AsyncSession, ledger: Ledger, subscription: Dealing, rate: RuleInForce, occasion: Occasion
) -> None:
    booked, _ = ledger.by_dealing[subscription.id]
    reversal = Draft(subscription.id, EntryKind.REVERSE, -booked.base_fen, reversal_inputs(booked.fen))
    accruals.enter(ledger, subscription, subscription, reversal, occasion)
    if rate.tariff.kind is TariffKind.PERCENT:
        return
    group = accruals.tier_group(subscription)
    left = ledger.of_group(group)
    difference = calculate(tariff_inputs(rate.tariff, left.base_fen, booked_before_fen=left.fen)).amount_fen
    if not difference:
        return
    stack = await accruals.latest(session, ledger, group, max(-difference, 1))
    others = await dealings.load(session, [dealing_id for dealing_id, _ in stack])
    for draft in rules.slide(rate.tariff, left.base_fen, booked_fen=left.fen, stack=stack):
        other = others.by_id[draft.dealing_id]
        accruals.enter(ledger, other, other, draft, occasion)


def _redemption(dealing: Dealing) -> Redemption:
    return Redemption(
        dealing_id=dealing.id,
        on=dealing.confirmed_on,
        number=dealing.confirmation_number,
        fen=dealing.amount_fen,
        is_full=dealing.is_full,
        is_reversed=dealing.reversed_by is not None,
    )
