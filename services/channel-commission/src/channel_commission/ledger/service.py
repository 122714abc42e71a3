from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accounts.rules import Account
from channel_commission.accruals import rules
from channel_commission.accruals.rules import Booked, Draft, EntryKind
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.cycles import service as cycles
from channel_commission.cycles.rules import run_of
from channel_commission.dealings.tables import Dealing
from channel_commission.ledger import queries
from channel_commission.ledger.queries import Group
from channel_commission.ledger.rules import EVENTS
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period, period_of
from channel_commission.products.rules import Bearer
from channel_commission.rates.rules import Component, RuleInForce, Window, weights
from shared.context import Cause
from shared.delivery import outbox
from shared.events.base import Event
from shared.events.channel_commission import AccrualBooked
from shared.ids import new_id
from shared.money import Money

NOTHING = Booked(0, 0)
#: Entries that a dealing's own event brings once, whatever the occasion.
_ONCE = {(Component.UPFRONT, EntryKind.CLAWBACK), (Component.TRAILING, EntryKind.ACCRUE)}
#: More than the channels of one rate, so that their places in different months never meet.
_MOST_PAYEES = 32


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
        by_dealing: For each dealing with upfront fees, what is booked and the last entry.
        by_month: For each dealing, by the month earned, trailing fees booked and the last entry.
        by_group: Volume and fees booked per group of dealings that are priced or capped together.
        entries: Those to be written, each with what caused it.
        seqs: How many entries of a component and kind an event caused by now.
        closed_plans: Plans at hand whose establishment is closed.
        priced: Dealings whose upfront fee changed, with what caused that last.
    """

    closed_through: str | None
    by_dealing: dict[UUID, tuple[Booked, UUID]]
    by_month: dict[UUID, dict[str, tuple[int, UUID]]]
    by_group: dict[Group, Booked]
    entries: list[tuple[AccrualEntry, Occasion]] = field(default_factory=list)
    seqs: Counter[tuple[UUID, Component, EntryKind]] = field(default_factory=Counter)
    closed_plans: frozenset[UUID] = frozenset()
    priced: dict[UUID, Occasion] = field(default_factory=dict)

    def of_dealing(self, dealing_id: UUID) -> Booked | None:
        """Return what is booked of upfront fees for a dealing; None if it has no entries."""
        return self.by_dealing[dealing_id][0] if dealing_id in self.by_dealing else None

    def trailing_of(self, dealing_id: UUID) -> dict[str, int]:
        """Return what is booked of trailing fees for a dealing, by the month earned."""
        return {month: fen for month, (fen, _) in self.by_month.get(dealing_id, {}).items()}

    def corrected(self, subscription: Dealing, dealing: Dealing, component: Component, month: str) -> UUID | None:
        """Return the entry that a further one corrects; None for the first."""
        if component is Component.TRAILING:
            return self.by_month.get(dealing.id, {}).get(month, (0, None))[1]
        found = self.by_dealing.get(dealing.id) or self.by_dealing.get(subscription.id)
        return found[1] if found else None

    def of_group(self, group: Group) -> Booked:
        """Return what is booked in a group."""
        return self.by_group.get(group, NOTHING)


async def open_ledger(
    session: AsyncSession,
    closed_through: str | None,
    *,
    of: Collection[UUID],
    groups: Collection[Group],
    products: Collection[UUID],
) -> Ledger:
    """Return what is booked for the dealings `of` and in `groups`, to book entries for dealings in `products`.

    The caller holds the periods and has locked the channels, so that nothing is booked beside.
    """
    found = await queries.booked_in_groups(session, groups)
    return Ledger(
        closed_through,
        await queries.booked(session, of),
        await queries.booked_trailing(session, of),
        {group: found.get(group, NOTHING) for group in groups},
        closed_plans=await cycles.closed_among(session, products),
    )


def group_of(rule_id: UUID, product_id: UUID, bearer: Bearer, day: date, per: Window = Window.MONTH) -> Group:
    """Return the month or year that a fee of this business date belongs to."""
    month = period_of(day)
    if per is Window.MONTH:
        return Group(rule_id, product_id, bearer, month, month)
    return Group(rule_id, product_id, bearer, f"{day.year:04d}-01", f"{day.year:04d}-12")


def enter(
    ledger: Ledger, subscription: Dealing, dealing: Dealing, draft: Draft, occasion: Occasion, rate: RuleInForce
) -> None:
    """Make the entries of a draft for `dealing`, which is `subscription` or redeems it: one for each channel paid.

    A clawback carries its redemption's own event, whatever made it due, and a month's first trailing fee that of its
    subscription: so neither can be booked twice.
    """
    total = rules.calculate(draft.inputs).total_fen
    before = ledger.of_dealing(dealing.id) or NOTHING
    before_fen = before.fen + before.cut_fen
    if draft.component is Component.TRAILING:
        before_fen = sum(ledger.trailing_of(dealing.id).values())
    assert subscription.channel_id is not None  # noqa: S101  # only sales of channels get terms
    channel_ids = [subscription.channel_id, *(payee.channel_id for payee in rate.payees)]
    for place, channel_id in enumerate(channel_ids):
        inputs = draft.inputs
        if rate.payees:
            inputs = rules.with_split(inputs, weights=weights(rate.payees), place=place, before_fen=before_fen)
        mine = replace(draft, inputs=inputs, base_fen=0 if place else draft.base_fen)
        account = Account(channel_id, rate.cycle)
        entry = _entry(ledger, subscription, dealing, mine, occasion, rate_rule_id=rate.id, account=account)
        if entry.amount_fen or not place:
            ledger.entries.append((entry, occasion))
    if draft.component is Component.UPFRONT:
        ledger.priced[dealing.id] = occasion
    _count(ledger, entry, dealing.id, draft, total)


def _entry(
    ledger: Ledger,
    subscription: Dealing,
    dealing: Dealing,
    draft: Draft,
    occasion: Occasion,
    *,
    rate_rule_id: UUID,
    account: Account,
) -> AccrualEntry:
    own_event_id = dealing.event_id if (draft.component, draft.kind) in _ONCE else None
    event_id = own_event_id or occasion.event_id
    found, day = rules.calculate(draft.inputs), draft.day or dealing.confirmed_on
    place = (event_id, draft.component, draft.kind)
    seq = ledger.seqs[place]
    if own_event_id is not None and draft.component is Component.TRAILING:
        seq = (day.year * 12 + day.month) * _MOST_PAYEES + seq % _MOST_PAYEES
    ledger.seqs[place] += 1
    assert subscription.bearer is not None  # noqa: S101  # decided with its terms
    return AccrualEntry(
        id=new_id(),
        version=1,
        event_key=dealing.client_id,
        channel_id=account.channel_id,
        rate_rule_id=rate_rule_id,
        run=run_of(account.cycle, is_closed=subscription.product_id in ledger.closed_plans),
        product_id=subscription.product_id,
        bearer=subscription.bearer,
        dealing_id=dealing.id,
        client_id=dealing.client_id,
        event_id=event_id,
        component=draft.component,
        kind=draft.kind,
        seq=seq,
        base_fen=draft.base_fen,
        exact=rules.exact_text(found.exact),
        amount_fen=found.amount_fen,
        earned_period=period_of(day),
        booked_period=booked_period(period_of(day), ledger.closed_through),
        business_date=day,
        corrects_entry_id=ledger.corrected(subscription, dealing, draft.component, period_of(day)),
        engine_version=rules.ENGINE_VERSION,
        inputs=dict(draft.inputs),
        recorded_at=occasion.at,
    )


def withhold(
    ledger: Ledger,
    dealing: Dealing,
    subscription: Dealing,
    kind: EntryKind,
    fen: int,
    account: Account,
    rate_rule_id: UUID,
    at: Occasion,
    component: Component = Component.WITHHELD,
    *,
    since: str | None = None,
) -> None:
    """Take `fen` out of what an account is paid for a dealing, or (negative) put it back; what it earns stays.

    The entry names the rate `rate_rule_id` by which something of the account was booked. It is booked into no month
    before `since`.
    """
    draft = Draft(dealing.id, kind, 0, rules.reversal_inputs(fen), component)
    enter_into(ledger, dealing, subscription, draft, at, account=account, rate_rule_id=rate_rule_id)
    entry, _ = ledger.entries[-1]
    entry.booked_period = max(entry.booked_period, since or entry.booked_period)


def enter_into(
    ledger: Ledger,
    dealing: Dealing,
    subscription: Dealing,
    draft: Draft,
    at: Occasion,
    *,
    account: Account,
    rate_rule_id: UUID,
) -> None:
    """Make the entry of a draft for one account alone; what the dealing earns all of them stays."""
    entry = _entry(ledger, subscription, dealing, draft, at, rate_rule_id=rate_rule_id, account=account)
    ledger.entries.append((entry, at))


def _count(ledger: Ledger, entry: AccrualEntry, dealing_id: UUID, draft: Draft, total_fen: int) -> None:
    """Count an entry (the last of its shares, which together make `total_fen`) as booked."""
    if draft.component is Component.TRAILING:
        months = ledger.by_month.setdefault(dealing_id, {})
        fen, _ = months.get(entry.earned_period, (0, entry.id))
        months[entry.earned_period] = (fen + total_fen, entry.id)
        return
    before = ledger.of_dealing(dealing_id) or NOTHING
    ledger.by_dealing[dealing_id] = (before.plus(draft.kind, total_fen, draft.base_fen), entry.id)
    for per in Window:
        group = group_of(entry.rate_rule_id, entry.product_id, entry.bearer, entry.business_date, per)
        if group in ledger.by_group:
            ledger.by_group[group] = ledger.by_group[group].plus(draft.kind, total_fen, draft.base_fen)


async def write(session: AsyncSession, ledger: Ledger) -> None:
    """Write the entries made so far, with their events and the months they open."""
    if not ledger.entries:
        return
    at = max(occasion.at for _, occasion in ledger.entries)
    await periods.open_all(session, {entry.booked_period for entry, _ in ledger.entries}, now=at)
    # What entries point to must be written before them.
    await session.flush()
    await queries.insert(session, [entry for entry, _ in ledger.entries])
    facts = [(entry.id, entry.event_key, _event(entry, occasion.at)) for entry, occasion in ledger.entries]
    await outbox.record_inserted(session, facts, causes=[occasion.cause for _, occasion in ledger.entries])
    ledger.entries.clear()


async def latest(
    session: AsyncSession, ledger: Ledger, group: Group, fen: int, *, cut: bool = False
) -> list[tuple[UUID, int]]:
    """Return the latest dealings in a group that together earned `fen`, each with its fee, the latest first.

    What is in the ledger is written before, so that it counts. With `cut`: dealings that a cap cut, and by how much.
    """
    await write(session, ledger)
    found = await (queries.latest_cut if cut else queries.latest)(session, group, fen)
    ledger.by_dealing |= await queries.booked(session, [dealing_id for dealing_id, _ in found])
    return found


def _event(entry: AccrualEntry, at: datetime) -> Event:
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
    return EVENTS.get(entry.kind, AccrualBooked).model_validate(facts)
