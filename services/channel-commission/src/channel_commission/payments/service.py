from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.channels.tables import Channel
from channel_commission.payee_accounts import service as payee_accounts
from channel_commission.payee_accounts.tables import PayeeAccount
from channel_commission.payments import queries, rules
from channel_commission.payments.rules import AttemptStatus, FileStatus, Line
from channel_commission.payments.schemas import BankAnswer
from channel_commission.payments.tables import PaymentAttempt, PaymentFile
from channel_commission.payouts import service as payouts
from channel_commission.products.rules import Bearer
from channel_commission.settlements import service as settlements
from channel_commission.settlements.schemas import Payment
from channel_commission.settlements.tables import Statement
from shared import policy
from shared.audit import trail
from shared.clock import business_date, start_of_day
from shared.delivery import outbox
from shared.errors import NotFound
from shared.events.channels import ChannelPaymentUnanswered
from shared.http.callers import Actor
from shared.ids import new_id
from shared.workdays import Workdays, days_before


async def prepare(session: AsyncSession, statement_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> PaymentFile:
    """Put approved payments into a file for the bank, an attempt for each; somebody else releases it.

    Raises:
        StatementTwice, StatementUnknown: a statement is named twice, or there is none; names its place.
        CommandNotAllowed: a statement's payment is not approved, is on its way, or made.
        NoPayeeAccount: a channel has no account that may be paid to today.
    """
    rules.require_each_once(statement_ids)
    payees = await _lock_payees(session, statement_ids, actor)
    # Always in the order of ids, so that two files over the same statements wait for each other.
    paid = [
        await payouts.move_payment(session, statement_id, "request-payment", actor=actor, now=now)
        for statement_id in sorted(statement_ids)
    ]
    accounts = await _payable(session, payees, now)
    made = await queries.attempts_made(session, statement_ids)
    numbers = {one.id: made.get(one.id, 0) + 1 for one in paid}
    lines = [_line(one, numbers[one.id], payees[one.channel_id], accounts[one.channel_id]) for one in paid]
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
    session.add_all(_attempt(file, one, numbers[one.id], line) for one, line in zip(paid, lines, strict=True))
    facts = {"number": number, "payments": file.payments, "total_fen": file.total_fen, "digest": file.digest}
    await trail.record(session, "payment_file.prepared", kind="payment_file", id=file.id, facts=facts)
    return file


def _attempt(file: PaymentFile, statement: Statement, number: int, line: Line) -> PaymentAttempt:
    return PaymentAttempt(
        statement_id=statement.id,
        number=number,
        file_id=file.id,
        payee_account_id=line.account_id,
        key=line.key,
        amount_fen=line.amount_fen,
    )


async def release(session: AsyncSession, file_id: UUID, digest: str, *, actor: Actor, now: datetime) -> PaymentFile:
    """Release a file, by somebody else than who prepared it: from now on it may be handed to the bank.

    Raises:
        NotFound: no file has this id.
        FileStatusForbids: it was released or canceled.
        FileDigestDiffers: the caller read something else.
        SecondPersonNeeded: the caller prepared it.
        NoPayeeAccount, PayeeAccountChanged: an account of it may not be paid to any more.
    """
    attempts = await queries.attempts_of(session, file_id)
    payees = await _lock_payees(session, [one.statement_id for one in attempts], actor)
    file = await queries.get_file(session, file_id, for_update=True)
    rules.require_prepared(file.status, "release")
    rules.require_digest(digest, file.digest)
    rules.require_second_person(file.prepared_by, actor.id)
    accounts = await _payable(session, payees, now)
    for attempt in attempts:
        payee = (await settlements.get(session, attempt.statement_id, actor=actor)).channel_id
        rules.require_same_account(attempt.payee_account_id, accounts[payee].id)
    file.status, file.released_by, file.released_at = FileStatus.RELEASED, actor.id, now
    for attempt in attempts:
        attempt.status = AttemptStatus.SENT
    await trail.record(session, "payment_file.released", kind="payment_file", id=file.id, facts={"digest": digest})
    return file


async def cancel(session: AsyncSession, file_id: UUID, reason: str, *, actor: Actor, now: datetime) -> PaymentFile:
    """Drop a file that was not released: its payments stay approved.

    Raises:
        NotFound: no file has this id.
        FileStatusForbids: it was released or canceled.
    """
    attempts = await queries.attempts_of(session, file_id)
    await settlements.lock(session, [one.statement_id for one in attempts])
    file = await queries.get_file(session, file_id, for_update=True)
    rules.require_prepared(file.status, "cancel")
    file.status, file.canceled_by, file.cancel_reason = FileStatus.CANCELED, actor.id, reason
    for attempt in attempts:
        attempt.status = AttemptStatus.CANCELED
        back = attempt.statement_id, "return-attempt"
        await payouts.move_payment(session, *back, actor=actor, now=now, reason=reason)
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
    await settlements.lock(session, [(await queries.get_attempt(session, attempt_id)).statement_id])
    attempt = await queries.get_attempt(session, attempt_id, for_update=True)
    rules.require_answer(attempt.status, answer)
    if wanted.paid_on is not None and wanted.reference is not None and answer is AttemptStatus.SETTLED:
        payment = Payment(paid_on=wanted.paid_on, reference=wanted.reference)
        await payouts.record_payment(
            session, attempt.statement_id, payment, actor=actor, now=now, command="settle-attempt"
        )
        attempt.paid_on, attempt.reference = wanted.paid_on, wanted.reference
    elif answer is AttemptStatus.REJECTED:
        back = attempt.statement_id, "return-attempt"
        await payouts.move_payment(session, *back, actor=actor, now=now, reason=wanted.reason)
    attempt.status, attempt.reason = answer, wanted.reason
    attempt.answered_by, attempt.answered_at = actor.id, now
    facts = {"key": attempt.key, "reference": attempt.reference}
    action = f"payment_attempt.{answer.value}"
    await trail.record(session, action, kind="settlement", id=attempt.statement_id, reason=wanted.reason, facts=facts)
    return attempt


async def watch_answers(session: AsyncSession, now: datetime, limit: int) -> int:
    """Tell once of each payment that waits for the bank's answer for too many workdays; a timer's work."""
    today = business_date(now)
    found = await policy.rows(session, ["calendar.workdays", "payment.answer_workdays"], on=today)
    workdays = found["payment.answer_workdays"].value
    last = days_before(Workdays.of(found["calendar.workdays"].value), today, workdays)
    due = await queries.unanswered(session, start_of_day(last + timedelta(days=1)), limit)
    for attempt_id, channel_id, released_at in due:
        channel = await channels.get(session, channel_id, lock=True)
        attempt = await queries.get_attempt(session, attempt_id, for_update=True)
        if attempt.status not in rules.WAITING or attempt.alarmed_at is not None:
            continue
        attempt.alarmed_at = now
        event = ChannelPaymentUnanswered(
            occurred_at=now,
            channel_id=channel_id,
            statement_id=attempt.statement_id,
            attempt_key=attempt.key,
            released_on=business_date(released_at),
            workdays=workdays,
        )
        await outbox.record(session, channel, event)
    return len(due)


async def read_content(session: AsyncSession, file_id: UUID, *, data_key: bytes) -> tuple[str, str]:
    """Return number and content of a released file, account numbers in clear; who read it goes into the audit trail.

    Accounts never change, so it is the same each time, also after one was stopped.

    Raises:
        NotFound: no file has this id.
        FileStatusForbids: it is not released.
    """
    file = await queries.get_file(session, file_id)
    rules.require_released(file.status)
    content = file.content
    # Version 1 names no accounts.
    if file.format_version >= rules.FORMAT_VERSION:
        ids = {one.payee_account_id for one in await queries.attempts_of(session, file_id) if one.payee_account_id}
        accounts = [await payee_accounts.get(session, id) for id in ids]
        numbers = {str(one.id): payee_accounts.in_clear(one, data_key=data_key).number for one in accounts}
        content = rules.in_clear(content, numbers)
    await trail.record(session, "payment_file.read", kind="payment_file", id=file.id, facts={"digest": file.digest})
    return file.number, content


async def _lock_payees(session: AsyncSession, statement_ids: Sequence[UUID], actor: Actor) -> dict[UUID, Channel]:
    """Return the statements' channels, locked before any statement, so that their accounts stay as they are."""
    channel_ids = set()
    for place, statement_id in enumerate(statement_ids):
        try:
            channel_ids.add((await settlements.get(session, statement_id, actor=actor)).channel_id)
        except NotFound as error:
            raise rules.StatementUnknown("No statement has this id.", pointer=f"/statement_ids/{place}") from error
    return {id: await channels.get(session, id, lock=True) for id in sorted(channel_ids)}


async def _payable(session: AsyncSession, channel_ids: Iterable[UUID], now: datetime) -> dict[UUID, PayeeAccount]:
    today = business_date(now)
    return {id: await payee_accounts.for_payment(session, id, on=today) for id in channel_ids}


def _line(statement: Statement, number: int, payee: Channel, account: PayeeAccount) -> Line:
    assert statement.payment_fen is not None  # noqa: S101  # the table's check: approved payments have it
    return Line(
        key=rules.attempt_key(statement.id, number),
        payer="company" if statement.bearer is Bearer.COMPANY else str(statement.product_id),
        payee=payee.name,
        holder=account.holder,
        uscc=payee.uscc or "",
        bank_code=account.bank_code,
        account_id=account.id,
        amount_fen=statement.payment_fen,
        period=statement.period,
    )
