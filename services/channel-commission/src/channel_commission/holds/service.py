from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accounts.rules import Account
from channel_commission.accruals import service as accruals
from channel_commission.accruals.rules import EntryKind
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.cycles.rules import cycle_of
from channel_commission.dealings import service as dealings
from channel_commission.dealings.tables import Dealing
from channel_commission.holds import queries, rules
from channel_commission.holds.schemas import HoldCreate
from channel_commission.holds.tables import FeeHold
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.service import Occasion
from channel_commission.periods import service as periods
from shared.audit import trail
from shared.context import current_cause
from shared.http.callers import Actor
from shared.ids import new_id


async def hold(session: AsyncSession, wanted: HoldCreate, *, actor: Actor, now: datetime) -> FeeHold:
    """Withhold the fees of a dealing: what is booked for it goes out of the first open month, for every channel paid.

    Raises:
        NotFound: the dealing is not known.
        AlreadyHeld: its fees are withheld already.
        NothingToHold: nothing is booked for it.

    What is out already for a disputed line is not taken again; it goes under the hold when the dispute is decided.
    """
    closed_through, dealing, subscription, ids = await _lock(session, wanted.dealing_id)
    if await queries.is_held(session, dealing.id):
        raise rules.AlreadyHeld("The fees of this dealing are withheld already.")
    booked = await accruals.by_account(session, ids)
    amounts = rules.to_hold(booked.values(), is_disputed=await queries.is_disputed(session, ids))
    held = FeeHold(id=new_id(), dealing_id=dealing.id, reason=wanted.reason, held_by=actor.id, held_at=now)
    session.add(held)
    await _book(session, closed_through, held, dealing, subscription, EntryKind.HOLD, amounts, now)
    await trail.record(session, "fee.held", kind="dealing", id=dealing.id, reason=wanted.reason)
    return held


async def release(session: AsyncSession, hold_id: UUID, reason: str, *, actor: Actor, now: datetime) -> FeeHold:
    """Pay after all what was withheld: it comes into the first open month.

    Raises:
        NotFound: no hold has this id.
        HoldReleased: it was released before.
        SecondPersonNeeded: the caller put it.
    """
    found = await queries.get_hold(session, hold_id)
    closed_through, dealing, subscription, _ = await _lock(session, found.dealing_id)
    found = await queries.get_hold(session, hold_id, for_update=True)
    if found.released_at is not None:
        raise rules.HoldReleased("The hold has ended.")
    rules.require_second_person(found.held_by, actor.id)
    found.released_by, found.released_at, found.release_reason = actor.id, now, reason
    held = (await accruals.by_account(session, [dealing.id])).get(dealing.id, {})
    withheld = {account: (paid.withheld_fen, paid.rate_rule_id) for account, paid in held.items() if paid.withheld_fen}
    await _book(session, closed_through, found, dealing, subscription, EntryKind.RELEASE, withheld, now)
    await trail.record(session, "fee.released", kind="dealing", id=dealing.id, reason=reason)
    return found


async def follow(
    session: AsyncSession, closed_through: str | None, entry: AccrualEntry, back_fen: int, at: Occasion, *, since: str
) -> None:
    """Let a running hold of a sale follow a line of it that went out for a dispute, or came back decided.

    The caller holds the periods, has locked the channels, and has written what went out or came back.

    Args:
        session: The transaction.
        closed_through: The last closed month.
        entry: The line.
        back_fen: What came back; negative: what went out.
        at: What the entries are made for.
        since: The month into which the line went out; what follows it is booked into none before.
    """
    assert entry.dealing_id is not None  # noqa: S101  # only fees of dealings are disputed
    dealing = await dealings.get(session, entry.dealing_id)
    sale_id = dealing.subscription_id or dealing.id
    if not await queries.is_held(session, sale_id):
        return
    known = await dealings.load(session, [sale_id])
    booked = await accruals.by_account(session, [sale_id, *(one.id for one in known.redemptions[sale_id])])
    account = Account(entry.channel_id, cycle_of(entry.run))
    paid = [accounts[account] for accounts in booked.values() if account in accounts]
    fen = rules.follow(back_fen, sum(one.fen for one in paid), sum(one.withheld_fen for one in paid))
    if not fen:
        return
    sale, kind = known.by_id[sale_id], EntryKind.HOLD if fen > 0 else EntryKind.RELEASE
    ledger = await ledgers.open_ledger(session, closed_through, of=[sale_id], groups=[], products=[sale.product_id])
    ledgers.withhold(ledger, sale, sale, kind, fen, account, entry.rate_rule_id, at, since=since)
    await ledgers.write(session, ledger)


async def _lock(session: AsyncSession, dealing_id: UUID) -> tuple[str | None, Dealing, Dealing, list[UUID]]:
    """Hold the months open and lock the dealing's channel.

    Returns:
        The last closed month, the dealing, its subscription, and the dealings whose fees hang on it: with redemptions.
    """
    closed_through = await periods.hold(session)
    known = await dealings.lock_and_load(session, [dealing_id], [])
    dealing = known.by_id.get(dealing_id) or await dealings.get(session, dealing_id)
    subscription = known.by_id.get(dealing.subscription_id or dealing.id, dealing)
    ids = [dealing.id, *(one.id for one in known.redemptions[dealing.id])]
    return closed_through, dealing, subscription, ids


async def _book(
    session: AsyncSession,
    closed_through: str | None,
    held: FeeHold,
    dealing: Dealing,
    subscription: Dealing,
    kind: EntryKind,
    amounts: dict[Account, tuple[int, UUID]],
    now: datetime,
) -> None:
    products = [dealing.product_id]
    ledger = await ledgers.open_ledger(session, closed_through, of=[dealing.id], groups=[], products=products)
    occasion = Occasion(held.id, current_cause(), now)
    for account, (fen, rate_id) in amounts.items():
        ledgers.withhold(ledger, dealing, subscription, kind, fen, account, rate_id, occasion)
    await ledgers.write(session, ledger)
