from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accounts.rules import Account
from channel_commission.accruals import service as accruals
from channel_commission.accruals.rules import EntryKind
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.bookings import service as bookings
from channel_commission.corrections import service as corrections
from channel_commission.cycles.rules import cycle_of
from channel_commission.dealings import service as dealings
from channel_commission.dealings.tables import Dealing
from channel_commission.disputes import queries, rules
from channel_commission.disputes.rules import DisputeStatus
from channel_commission.disputes.schemas import Answer, Dispute
from channel_commission.disputes.tables import LineDispute
from channel_commission.holds import service as holds
from channel_commission.ledger import service as ledgers
from channel_commission.ledger.service import Occasion
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period
from channel_commission.rates import service as rates
from channel_commission.rates.rules import Component
from channel_commission.settlements import service as settlements
from channel_commission.settlements.schemas import Confirmation
from channel_commission.settlements.tables import Statement
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.context import current_cause
from shared.http.callers import Actor
from shared.ids import new_id


async def dispute(
    session: AsyncSession, statement_id: UUID, wanted: Dispute, *, actor: Actor, now: datetime
) -> Statement:
    """Record which lines of a statement its channel does not accept; the others count as confirmed.

    Raises:
        NotFound: the caller reaches no such statement.
        CommandNotAllowed, DigestDiffers, EvidenceMissing: as for a confirmation.
        LineDisputedBefore: a line was disputed in a statement that became void.
        LineTwice, LineNotInStatement, LineIsNoFee: a line is named twice, stands elsewhere, or withholds a fee.
    """
    closed_through = await periods.hold(session)
    reached = await settlements.get(session, statement_id, actor=actor)
    named, select = [line.accrual_id for line in wanted.lines], accruals.select_lines(actor, **_of(reached))
    lines = {line.id: line for line in await queries.among(session, select, named)}
    rules.require_lines(named, {id: line.component for id, line in lines.items()})
    await dealings.lock_and_load(session, [_dealing_id(line) for line in lines.values()], [reached.channel_id])
    rules.require_not_disputed(named, await queries.disputed_among(session, named))
    days = (await policy.row(session, "settlement.dispute_days", on=business_date(now))).value
    disputed = Counter[UUID]()
    for line in wanted.lines:
        entry = lines[line.accrual_id]
        raised = LineDispute(
            id=new_id(),
            statement_id=reached.id,
            accrual_id=entry.id,
            channel_id=reached.channel_id,
            reason=line.reason,
            held_fen=rules.held_fen(entry.amount_fen),
            due_on=business_date(now) + timedelta(days=days),
            raised_by=actor.name,
            raised_at=now,
        )
        session.add(raised)
        disputed[_dealing_id(entry)] += raised.held_fen
        await _book(session, raised, reached, entry, {EntryKind.HOLD: raised.held_fen}, closed_through, now)
    held = 0
    for dealing_id, fen in disputed.items():
        held += rules.brought_forward(fen, await queries.withheld_among(session, select, dealing_id))
    word = Confirmation(digest=wanted.digest, evidence=wanted.evidence)
    into = booked_period(reached.period, closed_through)
    return await settlements.dispute(session, statement_id, word, disputed_fen=held, into=into, actor=actor, now=now)


async def answer(
    session: AsyncSession, dispute_id: UUID, wanted: Answer, *, actor: Actor, now: datetime
) -> LineDispute:
    """Propose what a disputed line should have been, or that it stands; somebody else decides.

    Raises:
        NotFound: no dispute has this id.
        DisputeStatusForbids: it is decided.
        CorrectionOutOfRange: a fee would become a deduction or fall below what went back of it, or a deduction grow.
        DealingTakenBack: it is a line of a dealing that was reversed.
    """
    found = await queries.lock_dispute(session, dispute_id)
    rules.require_allowed(found.status, "answer")
    if wanted.corrected is not None:
        line = await accruals.get(session, found.accrual_id, actor=actor)
        rules.require_correction(line.amount_fen, wanted.corrected.fen)
        await _require_possible(session, line, wanted.corrected.fen)
    found.status, found.answer, found.answered_by = DisputeStatus.ANSWERED, wanted.answer, actor.id
    found.corrected_fen = None if wanted.corrected is None else wanted.corrected.fen
    await trail.record(session, "dispute.answered", kind="settlement", id=found.statement_id, reason=wanted.answer)
    return found


async def decide(session: AsyncSession, dispute_id: UUID, *, actor: Actor, now: datetime) -> LineDispute:
    """Put the proposed answer into effect: the line as it is, or as corrected, comes into the first open month.

    Raises:
        NotFound: no dispute has this id.
        DisputeStatusForbids: nobody proposed an answer, or it is decided.
        SecondPersonNeeded: the caller proposed it.
        DealingTakenBack, CorrectionOutOfRange: it became impossible since it was proposed.
    """
    closed_through = await periods.hold(session)
    entry = await accruals.get(session, (await queries.get_dispute(session, dispute_id)).accrual_id, actor=actor)
    await dealings.lock_and_load(session, [_dealing_id(entry)], [entry.channel_id])
    found = await queries.lock_dispute(session, dispute_id)
    rules.require_allowed(found.status, "decide")
    rules.require_second_person(found.answered_by, actor.id)
    found.status, change = DisputeStatus.REJECTED, 0
    if found.corrected_fen is not None:
        await _require_possible(session, entry, found.corrected_fen)
        found.status, change = DisputeStatus.ACCEPTED, found.corrected_fen - entry.amount_fen
    found.decided_by, found.decided_at = actor.id, now
    amounts = {EntryKind.RELEASE: -found.held_fen, EntryKind.ADJUST: -change}
    statement = await settlements.get(session, found.statement_id, actor=actor)
    await _book(session, found, statement, entry, amounts, closed_through, now)
    facts = {
        "accrual_id": found.accrual_id, "status": found.status.value,
        "released_fen": found.held_fen, "corrected_by_fen": change,
    }  # fmt: skip
    await trail.record(session, "dispute.decided", kind="settlement", id=found.statement_id, facts=facts)
    return found


def _dealing_id(line: AccrualEntry) -> UUID:
    assert line.dealing_id is not None  # noqa: S101  # guarantees have none, and are refused before
    return line.dealing_id


def _of(statement: Statement) -> dict[str, object]:
    return statement.model_dump(include={"channel_id", "run", "months", "bearer", "product_id"})


async def _book(
    session: AsyncSession,
    found: LineDispute,
    statement: Statement,
    entry: AccrualEntry,
    amounts: Mapping[EntryKind, int],
    closed_through: str | None,
    now: datetime,
) -> None:
    """Take the fen of `amounts` out of the first open month, or (negative) put them in; a hold follows their sum.

    The statement of an establishment names the month it came out in, which may be open: never out of an earlier one.
    """
    if not any(amounts.values()):
        return
    dealing = await dealings.get(session, _dealing_id(entry))
    subscription = await dealings.get(session, dealing.subscription_id or dealing.id)
    products = [dealing.product_id]
    ledger = await ledgers.open_ledger(session, closed_through, of=[], groups=[], products=products)
    occasion, of = Occasion(found.id, current_cause(), now), Component.DISPUTED
    account, rate_id = Account(entry.channel_id, cycle_of(entry.run)), entry.rate_rule_id
    for kind, fen in amounts.items():
        if fen:
            ledgers.withhold(
                ledger, dealing, subscription, kind, fen, account, rate_id, occasion, of, since=statement.period
            )
    await ledgers.write(session, ledger)
    back = -sum(amounts.values())
    if amounts.get(EntryKind.ADJUST):
        # What went back of the fee by redemptions goes back of its correction as well.
        back += await bookings.settle_again(session, subscription.id, account, occasion)
    await holds.follow(session, closed_through, entry, back, occasion, since=statement.period)


async def _require_possible(session: AsyncSession, line: AccrualEntry, corrected_fen: int) -> None:
    """Refuse a correction that the dealing's present state forbids; see the rules."""
    dealing = await dealings.get(session, _dealing_id(line))
    sale_id = dealing.subscription_id or dealing.id
    known = await dealings.load(session, [sale_id])
    sale = known.by_id[sale_id]
    rules.require_standing(is_taken_back=dealing.reversed_by is not None or sale.reversed_by is not None)
    ids = [sale_id, *(one.id for one in known.redemptions[sale_id])]
    account = Account(line.channel_id, cycle_of(line.run))
    booked = await accruals.by_account(session, ids)
    earned = sum(accounts[account].fen for accounts in booked.values() if account in accounts)
    out = await queries.held_of(session, ids, account)
    back = await _back(session, sale, known.redemptions[sale_id], line, corrected_fen - line.amount_fen)
    rules.require_covered(line.amount_fen, corrected_fen, earned + out, back)


async def _back(
    session: AsyncSession, sale: Dealing, redemptions: Sequence[Dealing], line: AccrualEntry, change_fen: int
) -> int:
    """Return what redemptions take of a change of a line: of the sale's own fee their part, of other lines nothing."""
    if line.component is not Component.UPFRONT or line.dealing_id != sale.id or sale.rate_rule_id is None:
        return 0
    schedule = (await rates.by_id(session, [sale.rate_rule_id]))[sale.rate_rule_id].clawback
    return 0 if schedule is None else corrections.clawed_back(change_fen, sale, redemptions, schedule)
