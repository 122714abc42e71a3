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
from channel_commission.accruals.rules import Booked, Draft, EntryKind
from channel_commission.accruals.schemas import AccrualRead, Why
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.agreements import service as agreements
from channel_commission.dealings import service as dealings
from channel_commission.dealings.tables import Dealing
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period, period_of
from shared.context import Cause
from shared.delivery import outbox
from shared.erasure.guard import erased_among
from shared.events.channel_commission import AccrualBooked, AccrualClawedBack, AccrualReversed
from shared.http.callers import Actor
from shared.ids import new_id
from shared.money import Money

_NOTHING = Booked(0, 0)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What makes entries now: the event that caused them, its trace, and the instant."""

    event_id: UUID
    cause: Cause
    at: datetime


@dataclass
class Ledger:
    """What is booked so far, the entries not yet written included.

    Attributes:
        closed_through: The last closed month.
        by_dealing: For each dealing with entries, what is booked and the last of them.
        by_group: Volume and fees booked per tiered month.
        entries: Those to be written, each with what caused it.
        seqs: How many entries of a kind an event caused by now.
    """

    closed_through: str | None
    by_dealing: dict[UUID, tuple[Booked, UUID]]
    by_group: dict[TierGroup, Booked]
    entries: list[tuple[AccrualEntry, Occasion]] = field(default_factory=list)
    seqs: Counter[tuple[UUID, EntryKind]] = field(default_factory=Counter)

    def of_dealing(self, dealing_id: UUID) -> Booked | None:
        """Return what is booked for a dealing; None if it has no entries."""
        return self.by_dealing[dealing_id][0] if dealing_id in self.by_dealing else None

    def of_group(self, group: TierGroup) -> Booked:
        """Return what is booked in a tiered month."""
        return self.by_group.get(group, _NOTHING)


async def open_ledger(
    session: AsyncSession, closed_through: str | None, *, of: Collection[UUID], groups: Collection[TierGroup]
) -> Ledger:
    """Return what is booked for the dealings `of` and in the tiered months `groups`.

    The caller holds the periods and has locked the channels, so that nothing is booked beside.
    """
    return Ledger(closed_through, await queries.booked(session, of), await queries.booked_in_groups(session, groups))


def tier_group(subscription: Dealing) -> TierGroup:
    """Return the month that a subscription with terms belongs to."""
    assert subscription.rate_rule_id is not None  # noqa: S101  # the caller decided its terms before
    assert subscription.bearer is not None  # noqa: S101  # decided together, see the table's check
    return TierGroup(
        subscription.rate_rule_id, subscription.product_id, subscription.bearer, period_of(subscription.confirmed_on)
    )


def enter(ledger: Ledger, subscription: Dealing, dealing: Dealing, draft: Draft, occasion: Occasion) -> None:
    """Make the entry of a draft for `dealing`, which is `subscription` or redeems it.

    A clawback carries its redemption's own event, whatever made it due.
    """
    own_event_id = dealing.event_id if draft.kind is EntryKind.CLAWBACK else None
    event_id = own_event_id or occasion.event_id
    found = rules.calculate(draft.inputs)
    earned = period_of(dealing.confirmed_on)
    corrected = ledger.by_dealing.get(dealing.id) or ledger.by_dealing.get(subscription.id)
    assert subscription.channel_id is not None  # noqa: S101  # only sales of channels get terms
    group = tier_group(subscription)
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
    before = ledger.of_dealing(dealing.id) or _NOTHING
    ledger.by_dealing[dealing.id] = (before.plus(entry.amount_fen, entry.base_fen), entry.id)
    ledger.by_group[group] = ledger.of_group(group).plus(entry.amount_fen, entry.base_fen)


async def write(session: AsyncSession, ledger: Ledger) -> None:
    """Write the entries made so far, with their events and the months they open."""
    if not ledger.entries:
        return
    at = max(occasion.at for _, occasion in ledger.entries)
    await periods.open_all(session, {entry.booked_period for entry, _ in ledger.entries}, now=at)
    # What entries point to must be written before them.
    await session.flush()
    session.add_all([entry for entry, _ in ledger.entries])
    events = [(entry, _event(entry, occasion.at)) for entry, occasion in ledger.entries]
    await outbox.record_many(session, events, causes=[occasion.cause for _, occasion in ledger.entries])
    ledger.entries.clear()


async def latest(session: AsyncSession, ledger: Ledger, group: TierGroup, fen: int) -> list[tuple[UUID, int]]:
    """Return the latest dealings in a tiered month that together earned `fen`, each with its fee, the latest first.

    What is in the ledger is written before, so that it counts.
    """
    await write(session, ledger)
    found = await queries.latest(session, group, fen)
    ledger.by_dealing |= await queries.booked(session, [dealing_id for dealing_id, _ in found])
    return found


async def read(session: AsyncSession, entries: Sequence[AccrualEntry]) -> list[AccrualRead]:
    """Return entries as everybody reads them: those of erased clients without their client."""
    gone = await erased_among(session, {entry.client_id for entry in entries})
    shown = [AccrualRead.model_validate(entry) for entry in entries]
    return [one.model_copy(update={"client_id": None}) if one.client_id in gone else one for one in shown]


async def explain(session: AsyncSession, accrual_id: UUID, *, actor: Actor) -> Why:
    """Return how an entry came about, calculated again from its stored inputs.

    Raises:
        NotFound: the caller reaches no entry with this id.
    """
    entry = await queries.get_entry(session, accrual_id, actor)
    agreement, card = await agreements.origin_of_rule(session, entry.rate_rule_id)
    dealing = await dealings.get(session, entry.dealing_id)
    why = Why.of(entry, dealing, agreement_number=agreement.number, card=card)
    [accrual] = await read(session, [entry])
    return why.model_copy(update={"accrual": accrual})


def select_lines(actor: Actor, **of_statement: Any) -> Select[AccrualEntry]:
    """Return the select of a statement's entries: by its `channel_id`, `period`, `bearer` and `product_id`."""
    return queries.select_entries(actor, **of_statement)


def _event(entry: AccrualEntry, at: datetime) -> AccrualBooked | AccrualReversed | AccrualClawedBack:
    facts = {
        "occurred_at": at,
        "accrual_id": entry.id,
        "client_id": entry.client_id,
        "channel_id": entry.channel_id,
        "product_id": entry.product_id,
        "dealing_id": entry.dealing_id,
        "bearer": entry.bearer.value,
        "amount": Money.from_fen(entry.amount_fen),
        "earned_period": entry.earned_period,
        "booked_period": entry.booked_period,
        "corrects_id": entry.corrects_entry_id,
    }
    if entry.kind is EntryKind.REVERSE:
        return AccrualReversed.model_validate(facts)
    if entry.kind is EntryKind.CLAWBACK:
        return AccrualClawedBack.model_validate(facts)
    return AccrualBooked.model_validate(facts)
