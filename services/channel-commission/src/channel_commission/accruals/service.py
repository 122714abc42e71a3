from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals import queries, rules
from channel_commission.accruals.queries import TierGroup
from channel_commission.accruals.rules import Booked, Draft, EntryKind, Redemption
from channel_commission.accruals.schemas import Why
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.agreements import service as agreements
from channel_commission.agreements.rules import RuleInForce
from channel_commission.channels import service as channels
from channel_commission.dealings import service as dealings
from channel_commission.dealings.rules import Refusal, Terms
from channel_commission.dealings.service import DealingEvent, Known, Question
from channel_commission.dealings.tables import Dealing
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period, period_of
from channel_commission.tariffs.rules import TariffKind
from shared.context import Cause, current_cause
from shared.delivery import outbox
from shared.events.base import Received
from shared.events.channel_commission import AccrualBooked, AccrualClawedBack, AccrualReversed
from shared.events.client_profile import DealingReversed
from shared.http.callers import Actor
from shared.ids import new_id
from shared.money import Money

#: Refused dealings looked at again in one transaction.
REASSESSED_AT_ONCE = 500

_NOTHING = Booked(0, 0)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What makes entries now: the event that caused them, its trace, and the instant."""

    event_id: UUID
    cause: Cause
    at: datetime


@dataclass
class Ledger:
    """What is known and booked about the dealings at hand, and the entries to be written.

    Attributes:
        closed_through: The last closed month.
        known: The dealings.
        terms: What holds for the sales to be decided.
        rates: The rates of all of them, by id.
        booked: Per dealing with entries, what is booked and the last of them.
        groups: Volume and fees booked per tiered month.
    """

    closed_through: str | None
    known: Known
    terms: dict[Question, Terms | Refusal]
    rates: dict[UUID, RuleInForce]
    booked: dict[UUID, tuple[Booked, UUID]]
    groups: dict[TierGroup, Booked]
    entries: list[tuple[AccrualEntry, Occasion]] = field(default_factory=list)
    seqs: Counter[tuple[UUID, EntryKind]] = field(default_factory=Counter)


async def take(session: AsyncSession, received: Sequence[Received[DealingEvent]]) -> None:
    """Keep what dealing events tell and book the fees that follow from them, whatever order they come in."""
    for run in _runs(received):
        events = [one.event for one in run]
        ledger = await _open_ledger(session, dealings.ids_of(events), dealings.questions(events))
        for one in run:
            subscription = dealings.keep(session, ledger.known, one)
            if subscription is not None:
                await _settle(session, ledger, subscription, Occasion(one.id, one.cause(), one.event.occurred_at))
        await _write(session, ledger)


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
    ledger = await _open_ledger(session, {dealing.id for dealing in waiting}, questions)
    for dealing in waiting:
        if dealing.event_id is not None:
            await _settle(session, ledger, dealing, Occasion(dealing.event_id, current_cause(), now))
    await _write(session, ledger)
    if len(waiting) == REASSESSED_AT_ONCE:
        work.done_up_to = waiting[-1].id
    else:
        await session.delete(work)
    return limit


async def explain(session: AsyncSession, accrual_id: UUID, *, actor: Actor) -> Why:
    """Return how an entry came about, calculated again from its stored inputs.

    Raises:
        NotFound: the caller reaches no entry with this id.
    """
    entry = await queries.get_entry(session, accrual_id, actor)
    agreement, card = await agreements.origin_of_rule(session, entry.rate_rule_id)
    dealing = await dealings.get(session, entry.dealing_id)
    return Why.of(entry, dealing, agreement_number=agreement.number, card=card)


def select_lines(actor: Actor, **of_statement: Any) -> Select[AccrualEntry]:
    """Return the select of a statement's entries: by its `channel_id`, `period`, `bearer` and `product_id`."""
    return queries.select_entries(actor, **of_statement)


def _runs(received: Sequence[Received[DealingEvent]]) -> list[list[Received[DealingEvent]]]:
    """Return the events in order, a reversal always by itself: it reads the month's other dealings as written."""
    runs: list[list[Received[DealingEvent]]] = []
    for one in received:
        if not runs or isinstance(one.event, DealingReversed) or isinstance(runs[-1][-1].event, DealingReversed):
            runs.append([])
        runs[-1].append(one)
    return runs


async def _open_ledger(session: AsyncSession, ids: Collection[UUID], sold: Collection[Question]) -> Ledger:
    """Lock and read what the dealings `ids` and the sales `sold` need: the period first, then the channels."""
    closed_through = await periods.hold(session)
    known = await dealings.lock_and_load(session, ids, sold)
    terms = await dealings.terms(session, sold)
    decided = {dealing.rate_rule_id for dealing in known.by_id.values() if dealing.rate_rule_id is not None}
    rates = await agreements.rules_by_id(session, decided)
    rates |= {found.rate.id: found.rate for found in terms.values() if isinstance(found, Terms)}
    booked = await queries.booked(session, known.by_id)
    groups = {_group(dealing) for dealing in known.by_id.values() if dealing.rate_rule_id is not None}
    groups |= {
        TierGroup(found.rate.id, product_id, found.bearer, period_of(day))
        for (_, product_id, day), found in terms.items()
        if isinstance(found, Terms)
    }
    tiered = [group for group in groups if rates[group.rate_rule_id].tariff.kind is TariffKind.MARGINAL]
    return Ledger(closed_through, known, terms, rates, booked, await queries.booked_in_groups(session, tiered))


async def _settle(session: AsyncSession, ledger: Ledger, subscription: Dealing, occasion: Occasion) -> None:
    """Bring what is booked for a subscription and its redemptions to what it should be."""
    if not dealings.decide(subscription, _terms(ledger, subscription)):
        return
    assert subscription.rate_rule_id is not None  # noqa: S101  # just decided
    rate = ledger.rates[subscription.rate_rule_id]
    if subscription.id not in ledger.booked:
        _enter(ledger, subscription, subscription, _fee(ledger, subscription, rate), occasion)
    elif subscription.reversed_by is not None and ledger.booked[subscription.id][0].base_fen:
        await _take_back(session, ledger, subscription, rate, occasion)
    if rate.clawback_months is None:
        return
    redemptions = ledger.known.redemptions[subscription.id]
    drafts = rules.clawbacks(
        fee_fen=0 if subscription.reversed_by else ledger.booked[subscription.id][0].fen,
        subscribed_fen=subscription.amount_fen,
        subscribed_on=subscription.confirmed_on,
        months=rate.clawback_months,
        redemptions=[_redemption(one) for one in redemptions],
        booked={one.id: ledger.booked[one.id][0] for one in redemptions if one.id in ledger.booked},
    )
    for draft in drafts:
        _enter(ledger, subscription, ledger.known.by_id[draft.dealing_id], draft, occasion)


def _terms(ledger: Ledger, subscription: Dealing) -> Terms | Refusal | None:
    if subscription.channel_id is None:
        return None
    return ledger.terms.get((subscription.channel_id, subscription.product_id, subscription.confirmed_on))


def _fee(ledger: Ledger, subscription: Dealing, rate: RuleInForce) -> Draft:
    amount = subscription.amount_fen
    if rate.tariff.kind is TariffKind.PERCENT:
        return Draft(subscription.id, EntryKind.ACCRUE, amount, rules.tariff_inputs(rate.tariff, amount))
    before = ledger.groups.get(_group(subscription), _NOTHING)
    inputs = rules.tariff_inputs(rate.tariff, before.base_fen + amount, booked_before_fen=before.fen)
    earned = period_of(subscription.confirmed_on)
    is_late = booked_period(earned, ledger.closed_through) != earned
    return Draft(subscription.id, EntryKind.RERATE_DELTA if is_late else EntryKind.ACCRUE, amount, inputs)


async def _take_back(
    session: AsyncSession, ledger: Ledger, subscription: Dealing, rate: RuleInForce, occasion: Occasion
) -> None:
    booked, _ = ledger.booked[subscription.id]
    reversal = Draft(subscription.id, EntryKind.REVERSE, -booked.base_fen, rules.reversal_inputs(booked.fen))
    _enter(ledger, subscription, subscription, reversal, occasion)
    if rate.tariff.kind is TariffKind.PERCENT:
        return
    group = _group(subscription)
    stack = [(id, fen) for id, fen in await queries.stack(session, group) if id != subscription.id]
    others = await dealings.load(session, [id for id, _ in stack])
    ledger.booked |= await queries.booked(session, [id for id, _ in stack])
    for draft in rules.slide(rate.tariff, ledger.groups[group].base_fen, stack):
        other = others.by_id[draft.dealing_id]
        _enter(ledger, other, other, draft, occasion)


def _enter(ledger: Ledger, subscription: Dealing, dealing: Dealing, draft: Draft, occasion: Occasion) -> None:
    """Make the entry of a draft. A clawback carries its redemption's own event, whatever made it due."""
    own_event_id = dealing.event_id if draft.kind is EntryKind.CLAWBACK else None
    event_id = own_event_id or occasion.event_id
    found = rules.calculate(draft.inputs)
    earned = period_of(dealing.confirmed_on)
    corrected = ledger.booked.get(dealing.id) or ledger.booked.get(subscription.id)
    assert subscription.channel_id is not None  # noqa: S101  # only sales of channels get terms
    group = _group(subscription)
    entry = AccrualEntry(
        id=new_id(),
        event_key=dealing.client_id,
        channel_id=subscription.channel_id,
        rate_rule_id=group.rate_rule_id,
        product_id=group.product_id,
        bearer=group.bearer,
        dealing_id=dealing.id,
        client_id=dealing.client_id,
        event_id=event_id,
        kind=draft.kind,
        seq=ledger.seqs[event_id, draft.kind],
        base_fen=draft.base_fen,
        exact=rules.exact_text(found.exact),
        amount_fen=found.amount_fen,
        earned_period=earned,
        booked_period=booked_period(earned, ledger.closed_through),
        business_date=dealing.confirmed_on,
        corrects_entry_id=corrected[1] if corrected else None,
        engine_version=rules.ENGINE_VERSION,
        inputs=dict(draft.inputs),
        recorded_at=occasion.at,
    )
    ledger.seqs[event_id, draft.kind] += 1
    ledger.entries.append((entry, occasion))
    net = ledger.booked[dealing.id][0] if dealing.id in ledger.booked else _NOTHING
    ledger.booked[dealing.id] = (net.plus(entry.amount_fen, entry.base_fen), entry.id)
    ledger.groups[group] = ledger.groups.get(group, _NOTHING).plus(entry.amount_fen, entry.base_fen)


async def _write(session: AsyncSession, ledger: Ledger) -> None:
    if not ledger.entries:
        return
    at = max(occasion.at for _, occasion in ledger.entries)
    await periods.open_all(session, {entry.booked_period for entry, _ in ledger.entries}, now=at)
    # What entries point to must be written before them.
    await session.flush()
    session.add_all([entry for entry, _ in ledger.entries])
    events = [(entry, _event(entry, occasion.at)) for entry, occasion in ledger.entries]
    await outbox.record_many(session, events, causes=[occasion.cause for _, occasion in ledger.entries])


def _event(entry: AccrualEntry, at: datetime) -> AccrualBooked | AccrualReversed | AccrualClawedBack:
    facts = {
        "occurred_at": at,
        "accrual_id": entry.id,
        "amount": Money.from_fen(entry.amount_fen),
        "corrects_id": entry.corrects_entry_id,
        **entry.model_dump(
            include={
                "client_id", "channel_id", "product_id", "dealing_id", "bearer", "earned_period", "booked_period"
            }
        ),
    }  # fmt: skip
    if entry.kind is EntryKind.REVERSE:
        return AccrualReversed.model_validate(facts)
    if entry.kind is EntryKind.CLAWBACK:
        return AccrualClawedBack.model_validate(facts)
    return AccrualBooked.model_validate(facts)


def _group(subscription: Dealing) -> TierGroup:
    assert subscription.rate_rule_id is not None  # noqa: S101  # it was decided before
    assert subscription.bearer is not None  # noqa: S101  # decided together, see the table's check
    return TierGroup(
        subscription.rate_rule_id, subscription.product_id, subscription.bearer, period_of(subscription.confirmed_on)
    )


def _redemption(dealing: Dealing) -> Redemption:
    return Redemption(
        dealing_id=dealing.id,
        on=dealing.confirmed_on,
        number=dealing.confirmation_number,
        fen=dealing.amount_fen,
        is_full=dealing.is_full,
        is_reversed=dealing.reversed_by is not None,
    )
