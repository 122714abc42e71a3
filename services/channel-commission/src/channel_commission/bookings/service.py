from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accounts.rules import Account, Paid, held_too_much
from channel_commission.accruals import service as accruals
from channel_commission.accruals.rules import Draft, EntryKind, calculate, reversal_inputs, tariff_inputs
from channel_commission.admission import service as admission
from channel_commission.balances.rules import Days
from channel_commission.bookings import rules
from channel_commission.clawbacks.rules import parts
from channel_commission.corrections import service as corrections
from channel_commission.corrections.service import Corrections
from channel_commission.cycles.rules import cycle_of
from channel_commission.dealings import service as dealings
from channel_commission.dealings.rules import Refusal, Terms
from channel_commission.dealings.service import DealingEvent, Known
from channel_commission.dealings.tables import Dealing
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.queries import Group
from channel_commission.ledger.service import Ledger, Occasion
from channel_commission.overrides import service as overrides
from channel_commission.periods import service as periods
from channel_commission.periods.rules import period_of, previous_period
from channel_commission.products.rules import Bearer
from channel_commission.rates import service as rates
from channel_commission.rates.rules import Component, RuleInForce, Sale, Window, WindowCap
from channel_commission.trailing import service as trailing
from shared.clock import business_date
from shared.context import current_cause
from shared.events.base import Received
from shared.ids import new_id

#: Refused dealings looked at again, or holdings whose month is booked, in one transaction.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about the dealings at hand.

    Attributes:
        known: The dealings.
        sales: What decides the rates of those to be decided.
        terms: What holds for these.
        rates: The rates of all dealings, by id.
        active: Half-open days on which the channels of trailing fees could sell.
        ledger: What is booked for them.
        paid: For each dealing and account, the fees booked before less what is disputed, and what is withheld of that.
        corrected: For each dealing and account, what decided disputes changed of its lines.
    """

    known: Known
    sales: Mapping[UUID, Sale]
    terms: Mapping[Sale, Terms | Refusal]
    rates: Mapping[UUID, RuleInForce]
    active: Mapping[UUID, Sequence[Days]]
    ledger: Ledger
    paid: dict[UUID, dict[Account, Paid]] = field(default_factory=dict)
    corrected: Corrections = field(default_factory=dict)


async def take(session: AsyncSession, received: Sequence[Received[DealingEvent]]) -> None:
    """Keep what dealing events tell and book the fees that follow from them, whatever order they come in."""
    events = [one.event for one in received]
    involved = {event.channel_id for event in events if event.channel_id is not None}
    case = await open_case(session, dealings.ids_of(events), involved, await dealings.sales(session, events))
    for one in received:
        subscription = dealings.keep(session, case.known, one)
        if subscription is not None:
            await settle(session, case, subscription, Occasion(one.id, one.cause(), one.event.occurred_at))
    await finish(session, case)


async def finish(session: AsyncSession, case: Case) -> None:
    """Write the entries made for the case, and what head offices get of them."""
    await ledgers.write(session, case.ledger)
    await overrides.settle(session, case.ledger)


async def accrue_trailing(session: AsyncSession, now: datetime, limit: int) -> int:
    """Book the trailing fees of months that are over; a timer's work.

    Returns:
        `limit` as long as there may be more to do, then 0.
    """
    through = previous_period(period_of(business_date(now)))
    waiting = await dealings.without_trailing(session, through, AT_ONCE)
    if not waiting:
        return 0
    case = await open_case(session, waiting, (), {})
    run = Occasion(new_id(), current_cause(), now)
    for dealing_id in waiting:
        dealing = case.known.by_id[dealing_id]
        dealing.trailing_through = through
        _settle_trailing(case, dealing, run)
    await ledgers.write(session, case.ledger)
    return limit


async def open_case(
    session: AsyncSession, ids: Collection[UUID], channel_ids: Collection[UUID], sales: Mapping[UUID, Sale]
) -> Case:
    """Lock and read what the dealings `ids` and the `sales` need: the period first, then the channels."""
    closed_through = await periods.hold(session)
    known = await dealings.lock_and_load(session, ids, channel_ids)
    terms = await dealings.terms(session, set(sales.values()))
    decided = [dealing for dealing in known.by_id.values() if dealing.bearer is not None]
    found = await rates.by_id(session, {id for one in decided for id in (one.rate_rule_id, one.trailing_rule_id) if id})
    found |= {rate.id: rate for one in terms.values() if isinstance(one, Terms) for rate in one.rates}
    groups = {group for one in decided for group in groups_of(_rate(found, one.rate_rule_id), one, one.bearer)}
    for sale, one in terms.items():
        if isinstance(one, Terms):
            groups |= groups_of(one.upfront, sale, one.bearer)
    products = {sale.product_id for sale in sales.values()} | {one.product_id for one in decided}
    ledger = await ledgers.open_ledger(session, closed_through, of=known.by_id.keys(), groups=groups, products=products)
    earning = {one.channel_id for one in decided if one.trailing_rule_id and one.channel_id}
    active = await admission.active_days(session, earning)
    paid = await accruals.by_account(session, known.by_id)
    corrected = await accruals.corrected(session, known.by_id)
    return Case(known, sales, terms, found, active, ledger, paid, corrected)


def _rate(found: Mapping[UUID, RuleInForce], id: UUID | None) -> RuleInForce | None:
    return None if id is None else found[id]


def groups_of(rate: RuleInForce | None, sold: Sale | Dealing, bearer: Bearer | None) -> set[Group]:
    """Return what a sale is priced and capped together with."""
    if rate is None or bearer is None:
        return set()
    day = sold.day if isinstance(sold, Sale) else sold.confirmed_on
    found = {ledgers.group_of(rate.id, sold.product_id, bearer, day)} if rate.is_by_month else set()
    return found | ({ledgers.group_of(rate.id, sold.product_id, bearer, day, rate.cap.per)} if rate.cap else set())


async def settle(session: AsyncSession, case: Case, subscription: Dealing, occasion: Occasion) -> None:
    """Bring what is booked for a subscription and its redemptions to what it should be."""
    sale = case.sales.get(subscription.id)
    if not dealings.decide(subscription, None if sale is None else case.terms.get(sale)):
        return
    rate = _rate(case.rates, subscription.rate_rule_id)
    if rate is not None:
        await _settle_fee(session, case.ledger, subscription, rate, occasion)
        _settle_clawbacks(case, subscription, rate, occasion)
        corrections.settle(
            case.ledger,
            subscription,
            rate,
            redemptions=case.known.redemptions[subscription.id],
            corrected=case.corrected,
            occasion=occasion,
        )
    if subscription.trailing_through is not None:
        _settle_trailing(case, subscription, occasion)
    for dealing in (subscription, *case.known.redemptions[subscription.id]):
        if subscription.reversed_by is not None or dealing.reversed_by is not None:
            corrections.take_back(case.ledger, dealing, subscription, corrected=case.corrected, occasion=occasion)
    _release(case, subscription, occasion)


async def settle_again(session: AsyncSession, subscription_id: UUID, account: Account, occasion: Occasion) -> int:
    """Book what follows from a line of a sale that was corrected; return what that brings an account, in fen."""
    case = await open_case(session, [subscription_id], (), {})
    await settle(session, case, case.known.by_id[subscription_id], occasion)
    brought = sum(
        entry.amount_fen
        for entry, _ in case.ledger.entries
        if entry.component is not Component.WITHHELD and Account(entry.channel_id, cycle_of(entry.run)) == account
    )
    await ledgers.write(session, case.ledger)
    return brought


def _release(case: Case, subscription: Dealing, occasion: Occasion) -> None:
    """Put back what is withheld of a sale beyond what it still earns: no more is withheld than would be paid."""
    held = case.paid.get(subscription.id, {})
    if not any(paid.withheld_fen for paid in held.values()):
        return
    ids = {subscription.id, *(one.id for one in case.known.redemptions[subscription.id])}
    earned = Counter[Account]()
    for id in ids:
        earned.update({account: paid.fen for account, paid in case.paid.get(id, {}).items()})
    for entry, _ in case.ledger.entries:
        if entry.dealing_id in ids and entry.component is not Component.WITHHELD:
            earned[Account(entry.channel_id, cycle_of(entry.run))] += entry.amount_fen
    for account, paid in held.items():
        excess = held_too_much(0 if subscription.reversed_by else earned[account], paid.withheld_fen)
        if excess:
            kind, rate_id = EntryKind.RELEASE, paid.rate_rule_id
            ledgers.withhold(case.ledger, subscription, subscription, kind, -excess, account, rate_id, occasion)
            case.paid[subscription.id][account] = replace(paid, withheld_fen=paid.withheld_fen + excess)


async def _settle_fee(
    session: AsyncSession, ledger: Ledger, subscription: Dealing, rate: RuleInForce, occasion: Occasion
) -> None:
    booked = ledger.of_dealing(subscription.id)
    if booked is None:
        ledgers.enter(ledger, subscription, subscription, _fee(ledger, subscription, rate), occasion, rate)
    elif subscription.reversed_by is not None and booked.base_fen:
        await _take_back(session, ledger, subscription, rate, occasion)
    else:
        return
    if rate.cap is not None:
        await _settle_cap(session, ledger, subscription, rate, rate.cap, occasion)


def _settle_clawbacks(case: Case, subscription: Dealing, rate: RuleInForce, occasion: Occasion) -> None:
    if rate.clawback is None:
        return
    redemptions = case.known.redemptions[subscription.id]
    booked = case.ledger.of_dealing(subscription.id) or ledgers.NOTHING
    drafts = rules.clawbacks(
        fee_fen=0 if subscription.reversed_by else booked.fen,
        subscribed_fen=subscription.amount_fen,
        subscribed_on=subscription.confirmed_on,
        schedule=rate.clawback,
        redemptions=[dealings.redemption_of(one) for one in redemptions],
        booked={one.id: found for one in redemptions if (found := case.ledger.of_dealing(one.id)) is not None},
    )
    for draft in drafts:
        ledgers.enter(case.ledger, subscription, case.known.by_id[draft.dealing_id], draft, occasion, rate)


def _settle_trailing(case: Case, subscription: Dealing, occasion: Occasion) -> None:
    rate = _rate(case.rates, subscription.trailing_rule_id)
    if rate is None or subscription.channel_id is None:
        return
    redemptions = [dealings.redemption_of(one) for one in case.known.redemptions[subscription.id]]
    redeemed = [(one.on, part) for one, part in parts(redemptions, subscription.amount_fen)]
    active = case.active.get(subscription.channel_id, ())
    trailing.settle(case.ledger, subscription, rate, redeemed=redeemed, active=active, occasion=occasion)


def _fee(ledger: Ledger, subscription: Dealing, rate: RuleInForce) -> Draft:
    amount = subscription.amount_fen
    assert rate.tariff is not None  # noqa: S101  # an upfront rate has one
    inputs = tariff_inputs(rate.tariff, amount)
    if rate.is_by_month:
        before = ledger.of_group(_group(subscription, rate))
        inputs = tariff_inputs(rate.tariff, before.base_fen + amount, booked_before_fen=before.fen)
    return Draft(subscription.id, EntryKind.ACCRUE, amount, inputs)


def _group(subscription: Dealing, rate: RuleInForce, per: Window = Window.MONTH) -> Group:
    assert subscription.bearer is not None  # noqa: S101  # decided with its rate
    return ledgers.group_of(rate.id, subscription.product_id, subscription.bearer, subscription.confirmed_on, per)


async def _take_back(
    session: AsyncSession, ledger: Ledger, subscription: Dealing, rate: RuleInForce, occasion: Occasion
) -> None:
    booked, _ = ledger.by_dealing[subscription.id]
    reversal = Draft(subscription.id, EntryKind.REVERSE, -booked.base_fen, reversal_inputs(booked.fen))
    ledgers.enter(ledger, subscription, subscription, reversal, occasion, rate)
    if booked.cut_fen:
        release = Draft(subscription.id, EntryKind.CAP_CUT, 0, reversal_inputs(booked.cut_fen))
        ledgers.enter(ledger, subscription, subscription, release, occasion, rate)
    if not rate.is_by_month or rate.tariff is None:
        return
    group = _group(subscription, rate)
    left = ledger.of_group(group)
    difference = calculate(tariff_inputs(rate.tariff, left.base_fen, booked_before_fen=left.fen)).amount_fen
    if not difference:
        return
    stack = await ledgers.latest(session, ledger, group, max(-difference, 1))
    drafts = rules.slide(rate.tariff, left.base_fen, booked_fen=left.fen, stack=stack)
    await _enter_for(session, ledger, subscription, drafts, occasion, rate)


async def _settle_cap(
    session: AsyncSession, ledger: Ledger, subscription: Dealing, rate: RuleInForce, cap: WindowCap, occasion: Occasion
) -> None:
    group = _group(subscription, rate, cap.per)
    booked = ledger.of_group(group)
    back = min(0, cap.fen - booked.fen) - booked.cut_fen
    others = await ledgers.latest(session, ledger, group, back, cut=True) if back > 0 else []
    drafts = rules.cut(cap.fen, booked, dealing_id=subscription.id, others=others)
    await _enter_for(session, ledger, subscription, drafts, occasion, rate)


async def _enter_for(
    session: AsyncSession, ledger: Ledger, mine: Dealing, drafts: Sequence[Draft], at: Occasion, rate: RuleInForce
) -> None:
    """Make entries for the dealing at hand, or for others of its group."""
    sold, others = {mine.id: mine}, [draft.dealing_id for draft in drafts if draft.dealing_id != mine.id]
    if others:
        # New dealings are not in the database before this.
        await session.flush()
        sold |= (await dealings.load(session, others)).by_id
    for draft in drafts:
        ledgers.enter(ledger, sold[draft.dealing_id], sold[draft.dealing_id], draft, at, rate)
