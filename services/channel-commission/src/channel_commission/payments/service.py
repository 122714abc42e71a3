from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.payments import queries, rules
from channel_commission.payments.rules import AttemptStatus, FileStatus, Line
from channel_commission.payments.schemas import BankAnswer
from channel_commission.payments.tables import PaymentAttempt, PaymentFile
from channel_commission.products.rules import Bearer
from channel_commission.settlements import service as settlements
from channel_commission.settlements.rules import payable_fen
from channel_commission.settlements.schemas import Payment
from channel_commission.settlements.tables import Statement
from shared.audit import trail
from shared.clock import business_date
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.ids import new_id


async def prepare(session: AsyncSession, statement_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> PaymentFile:
    """Put approved payments into a file for the bank, an attempt for each; somebody else releases it.

    Raises:
        StatementTwice, StatementUnknown: a statement is named twice, or there is none; names its place.
        CommandNotAllowed: a statement's payment is not approved, is on its way, or made.
    """
    rules.require_each_once(statement_ids)
    paid = []
    # Always in the order of ids, so that two files over the same statements wait for each other.
    for statement_id in sorted(statement_ids):
        try:
            paid.append(await settlements.move_payment(session, statement_id, "request-payment", actor=actor, now=now))
        except NotFound as error:
            pointer = f"/statement_ids/{statement_ids.index(statement_id)}"
            raise rules.StatementUnknown("No statement has this id.", pointer=pointer) from error
    made = await queries.attempts_made(session, statement_ids)
    numbers = {one.id: made.get(one.id, 0) + 1 for one in paid}
    lines = await _lines(session, paid, numbers)
    number = await queries.next_number(session)
    content = rules.content(number, business_date(now), lines)
    file = PaymentFile(
        id=new_id(),
        number=number,
        format_version=rules.FORMAT_VERSION,
        payments=len(lines),
        total_fen=sum(line.amount_fen for line in lines),
        content=content,
        digest=rules.digest(content),
        prepared_by=actor.id,
        prepared_at=now,
    )
    session.add(file)
    await session.flush()
    session.add_all(
        [
            PaymentAttempt(
                statement_id=one.id, number=numbers[one.id], file_id=file.id, key=line.key, amount_fen=line.amount_fen
            )
            for one, line in zip(paid, lines, strict=True)
        ]
    )
    facts = {"number": number, "payments": file.payments, "total_fen": file.total_fen, "digest": file.digest}
    await trail.record(session, "payment_file.prepared", kind="payment_file", id=file.id, facts=facts)
    return file


async def release(session: AsyncSession, file_id: UUID, digest: str, *, actor: Actor, now: datetime) -> PaymentFile:
    """Release a file, by somebody else than who prepared it: from now on it may be handed to the bank.

    Raises:
        NotFound: no file has this id.
        FileStatusForbids: it was released or canceled.
        FileDigestDiffers: the caller read something else.
        SecondPersonNeeded: the caller prepared it.
    """
    file = await queries.get_file(session, file_id, for_update=True)
    rules.require_prepared(file.status, "release")
    rules.require_digest(digest, file.digest)
    rules.require_second_person(file.prepared_by, actor.id)
    file.status, file.released_by, file.released_at = FileStatus.RELEASED, actor.id, now
    for attempt in await queries.attempts_of(session, file_id):
        attempt.status = AttemptStatus.SENT
    await trail.record(session, "payment_file.released", kind="payment_file", id=file.id, facts={"digest": digest})
    return file


async def cancel(session: AsyncSession, file_id: UUID, reason: str, *, actor: Actor, now: datetime) -> PaymentFile:
    """Drop a file that was not released: its payments stay approved.

    Raises:
        NotFound: no file has this id.
        FileStatusForbids: it was released or canceled.
    """
    file = await queries.get_file(session, file_id, for_update=True)
    rules.require_prepared(file.status, "cancel")
    file.status, file.canceled_by, file.cancel_reason = FileStatus.CANCELED, actor.id, reason
    for attempt in await queries.attempts_of(session, file_id):
        attempt.status = AttemptStatus.CANCELED
        back = attempt.statement_id, "return-attempt"
        await settlements.move_payment(session, *back, actor=actor, now=now, reason=reason)
    await trail.record(session, "payment_file.canceled", kind="payment_file", id=file.id, reason=reason)
    return file


async def record_answer(
    session: AsyncSession, attempt_id: UUID, wanted: BankAnswer, *, actor: Actor, now: datetime
) -> PaymentAttempt:
    """Record what the bank says of an attempt; only a settled one pays its statement, only a refused one allows a next.

    Raises:
        NotFound: no attempt has this id.
        AnswerIncomplete: day and reference, or the reason, are missing.
        AttemptStatusForbids: it was not sent, or is over.
        PaidOnOutOfRange, PaymentUsedBefore: as for a payment recorded directly.
    """
    answer = AttemptStatus(wanted.answer)
    rules.require_complete(answer, paid_on=wanted.paid_on, reference=wanted.reference, reason=wanted.reason)
    attempt = await queries.lock_attempt(session, attempt_id)
    rules.require_answer(attempt.status, answer)
    if wanted.paid_on is not None and wanted.reference is not None and answer is AttemptStatus.SETTLED:
        payment = Payment(paid_on=wanted.paid_on, reference=wanted.reference)
        await settlements.record_payment(
            session, attempt.statement_id, payment, actor=actor, now=now, command="settle-attempt"
        )
        attempt.paid_on, attempt.reference = wanted.paid_on, wanted.reference
    elif answer is AttemptStatus.REJECTED:
        back = attempt.statement_id, "return-attempt"
        await settlements.move_payment(session, *back, actor=actor, now=now, reason=wanted.reason)
    attempt.status, attempt.reason = answer, wanted.reason
    attempt.answered_by, attempt.answered_at = actor.id, now
    facts = {"key": attempt.key, "reference": attempt.reference}
    action = f"payment_attempt.{answer.value}"
    await trail.record(session, action, kind="settlement", id=attempt.statement_id, reason=wanted.reason, facts=facts)
    return attempt


async def read_content(session: AsyncSession, file_id: UUID) -> PaymentFile:
    """Return a released file with its content.

    Raises:
        NotFound: no file has this id.
        FileStatusForbids: it is not released.
    """
    file = await queries.get_file(session, file_id)
    rules.require_released(file.status)
    return file


async def _lines(session: AsyncSession, paid: Sequence[Statement], numbers: dict[UUID, int]) -> list[Line]:
    payees = {one.channel_id: await channels.get(session, one.channel_id) for one in paid}
    return [
        Line(
            key=rules.attempt_key(one.id, numbers[one.id]),
            payer="company" if one.bearer is Bearer.COMPANY else str(one.product_id),
            payee=payees[one.channel_id].name,
            uscc=payees[one.channel_id].uscc or "",
            amount_fen=payable_fen(one.closing_fen, one.held_fen),
            period=one.period,
        )
        for one in paid
    ]
