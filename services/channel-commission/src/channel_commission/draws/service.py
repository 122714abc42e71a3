from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.bank_references import service as bank_references
from channel_commission.bank_references.rules import require_paid_on
from channel_commission.channels import service as channels
from channel_commission.draws import queries, rules
from channel_commission.draws.rules import DrawStatus, Open
from channel_commission.draws.schemas import DrawCreate, DrawPayment, DrawRead
from channel_commission.draws.tables import Draw, DrawRecovery
from channel_commission.products import service as products
from channel_commission.products.rules import Bearer
from channel_commission.vouchers import service as vouchers
from channel_commission.vouchers.rules import AccountRole, Leg, PostingKind
from channel_commission.vouchers.service import Books
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor


async def propose(session: AsyncSession, channel_id: UUID, wanted: DrawCreate, *, actor: Actor, now: datetime) -> Draw:
    """Propose an advance to an active channel; somebody else approves it.

    Raises:
        NotFound: no channel has this id.
        ChannelNotActive: it is not active.
        ProductNotYetKnown: the plan has not been heard of yet.
    """
    rules.require_active((await channels.get(session, channel_id, lock=True)).status)
    if wanted.plan_id is not None:
        await products.require_known(session, {"/plan_id": wanted.plan_id})
    draw = Draw(
        channel_id=channel_id,
        bearer=Bearer.COMPANY if wanted.plan_id is None else Bearer.TRUST_PLAN,
        plan_id=wanted.plan_id,
        amount_fen=wanted.amount.fen,
        reason=wanted.reason,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(draw)
    await session.flush()
    await _trace(session, draw, reason=wanted.reason)
    return draw


async def approve(session: AsyncSession, draw_id: UUID, *, actor: Actor, now: datetime) -> Draw:
    """Approve an advance, by somebody who did not propose it.

    Raises:
        NotFound: no draw has this id.
        DrawStatusForbids: it was decided before.
        SecondPersonNeeded: the caller proposed it.
        ChannelNotActive: its channel is not active any more.
    """
    draw = await _moved(session, draw_id, "approve")
    rules.require_second_person(draw.proposed_by, actor.id)
    rules.require_active((await channels.get(session, draw.channel_id)).status)
    draw.decided_by, draw.decided_at = actor.id, now
    await _trace(session, draw)
    return draw


async def refuse(session: AsyncSession, draw_id: UUID, reason: str, *, actor: Actor, now: datetime) -> Draw:
    """Turn down an advance that is not paid.

    Raises:
        NotFound: no draw has this id.
        DrawStatusForbids: it is paid, or was refused.
        SecondPersonNeeded: the caller proposed it.
    """
    draw = await _moved(session, draw_id, "refuse")
    rules.require_second_person(draw.proposed_by, actor.id)
    draw.decided_by, draw.decided_at, draw.refusal = actor.id, now, reason
    await _trace(session, draw, reason=reason)
    return draw


async def record_payment(
    session: AsyncSession, draw_id: UUID, wanted: DrawPayment, *, actor: Actor, now: datetime
) -> Draw:
    """Record the bank's payment of an approved advance.

    Raises:
        NotFound: no draw has this id.
        DrawStatusForbids: it is not approved, or is paid.
        PaidOnOutOfRange: the day has not come, or lies before the draw.
        PaymentUsedBefore: the bank's reference belongs to another payment.
    """
    draw = await queries.get_draw(session, draw_id, for_update=True)
    status = rules.next_status(draw.status, "record-payment")
    require_paid_on(wanted.paid_on, earliest=business_date(draw.proposed_at), today=business_date(now))
    await bank_references.take(session, wanted.reference, f"draw:{draw_id}")
    draw.status, draw.paid_on, draw.payment_reference = status, wanted.paid_on, wanted.reference
    draw.paid_by = actor.id
    legs = [Leg(AccountRole.ADVANCE, AccountRole.BANK, draw.amount_fen)]
    books = Books(draw.channel_id, draw.bearer, draw.plan_id)
    await vouchers.post(session, f"draw:{draw_id}", PostingKind.DRAW, books, legs, on=wanted.paid_on, now=now)
    await _trace(session, draw, facts={"reference": wanted.reference})
    return draw


async def recover(session: AsyncSession, statement_id: UUID, books: Books, payment_fen: int, *, now: datetime) -> int:
    """Keep back of a payment what is left of the draws of its books, the oldest first; return how much, in fen.

    The caller has locked the statement and approves its payment in the same transaction.
    """
    draws = await queries.lock_paid(session, books)
    done = await queries.recovered(session, [draw.id for draw in draws])
    left = [Open(draw.id, draw.amount_fen - done.get(draw.id, 0)) for draw in draws]
    taken = rules.recoveries(payment_fen, left)
    session.add_all(
        DrawRecovery(
            draw_id=one.draw_id, statement_id=statement_id, is_given_back=False, amount_fen=one.fen, recorded_at=now
        )
        for one in taken
    )
    await session.flush()
    return sum(one.fen for one in taken)


async def give_back(session: AsyncSession, statement_id: UUID, *, now: datetime) -> None:
    """Open draws again for what a statement that becomes void had kept back of them."""
    session.add_all(
        DrawRecovery(
            draw_id=one.draw_id,
            statement_id=statement_id,
            is_given_back=True,
            amount_fen=-one.amount_fen,
            recorded_at=now,
        )
        for one in await queries.of_statement(session, statement_id)
    )
    await session.flush()


async def read_all(session: AsyncSession, draws: Sequence[Draw]) -> list[DrawRead]:
    """Return draws with what payments kept back of them."""
    done = await queries.recovered(session, [draw.id for draw in draws])
    return [DrawRead.of(draw, done.get(draw.id, 0)) for draw in draws]


async def _moved(session: AsyncSession, draw_id: UUID, command: str) -> Draw:
    draw = await queries.get_draw(session, draw_id, for_update=True)
    draw.status = rules.next_status(draw.status, command)
    return draw


async def _trace(
    session: AsyncSession, draw: Draw, *, reason: str | None = None, facts: dict[str, object] | None = None
) -> None:
    told = {"draw_id": draw.id, "amount_fen": draw.amount_fen, **(facts or {})}
    action = f"draw.{DrawStatus(draw.status).value}"
    await trail.record(session, action, kind="channel", id=draw.channel_id, reason=reason, facts=told)
