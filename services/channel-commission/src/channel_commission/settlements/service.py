from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.cycles.rules import Run
from channel_commission.draws import service as draws
from channel_commission.periods import service as periods
from channel_commission.periods.rules import booked_period
from channel_commission.products.rules import Bearer
from channel_commission.settlements import queries, rules
from channel_commission.settlements.rules import StatementStatus
from channel_commission.settlements.schemas import Confirmation
from channel_commission.settlements.tables import Statement
from channel_commission.taxes import service as taxes
from channel_commission.vouchers import service as vouchers
from channel_commission.vouchers.service import Books
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events import channel_commission as told
from shared.events.base import Event
from shared.http.callers import Actor
from shared.money import Money


async def freeze(
    session: AsyncSession, period: str, *, now: datetime, plan: UUID | None = None, channel_id: UUID | None = None
) -> list[Row[Any]]:
    """Freeze the statements due at the close of a month: one per channel, run and bearer with entries or a balance.

    With `plan` those of its establishment instead, of one channel or of all. The caller keeps bookings out.
    """
    on = rules.last_day(period)
    terms = await taxes.in_force(session, on=on)
    if plan is None:
        statements = await queries.freeze(session, period, terms, on=on, now=now)
    else:
        of_plan = (plan, period, terms)
        statements = await queries.freeze_establishment(session, *of_plan, on=on, now=now, channel_id=channel_id)
    events = [(row.id, row.channel_id, _event(told.SettlementCalculated, row._asdict(), now)) for row in statements]
    await outbox.record_inserted(session, events)
    return statements


async def of_entry(session: AsyncSession, actor: Actor, **of_entry: Any) -> UUID | None:
    """Return the statement an entry stands in, by its `channel_id`, `run`, `period`, `bearer` and `product_id`."""
    return await queries.of_entry(session, actor, **of_entry)


async def check(session: AsyncSession, statement_id: UUID, digest: str, *, actor: Actor, now: datetime) -> Statement:
    """Record that a person checked a statement; its entries are counted again.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it was checked before.
        DigestDiffers: the caller read something else.
        EntriesDiffer: the entries do not give the frozen digest.
    """
    statement = await move(session, statement_id, "check", actor)
    rules.require_digest(digest, statement.digest)
    mine = [
        row
        for row in await queries.frozen(session, statement)
        if (row.run, row.bearer, row.product_id) == (statement.run, statement.bearer, statement.product_id)
    ]
    if [row.digest for row in mine] != [statement.digest]:
        raise rules.EntriesDiffer("The entries do not give the frozen digest any more.")
    statement.checked_by = actor.id
    await record(session, told.SettlementChecked, statement, now)
    return statement


async def send(session: AsyncSession, statement_id: UUID, *, actor: Actor, now: datetime) -> Statement:
    """Show a checked statement to its channel.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not checked, or was sent.
    """
    statement = await move(session, statement_id, "send", actor)
    statement.sent_by = actor.id
    await record(session, told.SettlementSent, statement, now)
    return statement


async def confirm(
    session: AsyncSession, statement_id: UUID, wanted: Confirmation, *, actor: Actor, now: datetime
) -> Statement:
    """Record the channel's confirmation, given by itself or entered by staff on evidence.

    Raises:
        NotFound: the caller reaches no such statement.
        CommandNotAllowed: it was not sent, or is confirmed.
        DigestDiffers: the caller read something else.
        EvidenceMissing: staff named no evidence.
    """
    statement = await move(session, statement_id, "confirm", actor)
    _word_of_channel(statement, wanted, actor, now)
    await record(session, told.SettlementConfirmed, statement, now, reason=wanted.evidence)
    return statement


async def dispute(
    session: AsyncSession,
    statement_id: UUID,
    wanted: Confirmation,
    *,
    disputed_fen: int,
    into: str,
    actor: Actor,
    now: datetime,
) -> Statement:
    """Record that the channel confirms a statement but for lines of `disputed_fen`, which are not paid with it.

    What is not paid so is brought forward `into` the month in which entries take the lines out.

    Raises:
        NotFound, CommandNotAllowed, DigestDiffers, EvidenceMissing: as for `confirm`.
    """
    statement = await move(session, statement_id, "dispute", actor)
    _word_of_channel(statement, wanted, actor, now)
    statement.held_fen, statement.held_into = rules.held_fen(statement.closing_fen, disputed_fen), into
    await record(session, told.SettlementDisputed, statement, now, reason=wanted.evidence)
    return statement


async def get(session: AsyncSession, statement_id: UUID, *, actor: Actor) -> Statement:
    """Return a statement.

    Raises:
        NotFound: the caller reaches none with this id.
    """
    return await queries.get_statement(session, statement_id, actor)


async def lock(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Lock statements in the order of their ids: after their channels, before payment files and attempts over them."""
    await queries.lock_statements(session, ids)


def _word_of_channel(statement: Statement, wanted: Confirmation, actor: Actor, now: datetime) -> None:
    rules.require_digest(wanted.digest, statement.digest)
    if actor.kind == "staff" and wanted.evidence is None:
        raise rules.EvidenceMissing("Say where the channel's own confirmation is kept.", pointer="/evidence")
    statement.confirmed_by, statement.confirmed_at = actor.name, now
    statement.evidence = wanted.evidence


async def lock_for_invoice(session: AsyncSession, statement_id: UUID, *, actor: Actor) -> Statement:
    """Return a statement that takes invoices, locked; one that is invoiced may have had some taken back.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is not confirmed, or its payment is approved.
        NothingPayable: its balance is not above zero.
    """
    statement = await queries.get_statement(session, statement_id, actor, for_update=True)
    if statement.status is not StatementStatus.INVOICED:
        _next(statement, "record-invoice")
    return statement


async def record_invoiced(
    session: AsyncSession, statement: Statement, number: str, *, actor: Actor, now: datetime
) -> None:
    """Note that the invoices of a locked statement are over all of it, with the number of the last one."""
    statement.status = StatementStatus.INVOICED
    statement.invoice_number, statement.invoiced_by = number, actor.id
    await record(session, told.SettlementInvoiced, statement, now)


async def void(session: AsyncSession, statement_id: UUID, reason: str, *, actor: Actor, now: datetime) -> Statement:
    """Declare a statement void before it is paid: the first open month takes its entries, and approvals begin anew.

    That of an establishment is made anew at once.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed: it is paid, void, or its payment is on its way.
        NothingPayable: the next statement carries its balance already.
    """
    closed_through = await periods.hold(session)
    statement = await move(session, statement_id, "void", actor)
    statement.void_into = booked_period(statement.period, closed_through)
    statement.voided_by, statement.void_reason = actor.id, reason
    await periods.open_all(session, {statement.void_into}, now=now)
    await draws.give_back(session, statement_id, now=now)
    keys = (f"settlement:{statement_id}", f"void:{statement_id}")
    await vouchers.take_back(session, *keys, books_of(statement), on=business_date(now), now=now)
    await record(session, told.SettlementVoided, statement, now, reason=reason)
    if statement.run is Run.AT_ESTABLISHMENT:
        plan, mine = statement.product_id, statement.channel_id
        await freeze(session, statement.void_into, now=now, plan=plan, channel_id=mine)
    return statement


def books_of(statement: Statement) -> Books:
    """Return the books in which a statement is posted: its bearer's."""
    plan_id = statement.product_id if statement.bearer is Bearer.TRUST_PLAN else None
    return Books(statement.channel_id, statement.bearer, plan_id)


async def archive(session: AsyncSession, statement_id: UUID, *, actor: Actor, now: datetime) -> Statement:
    """Put away a statement that is paid, or confirmed with nothing to pay.

    Raises:
        NotFound: there is no such statement.
        CommandNotAllowed, PaymentOutstanding, DisputeOpen: it is on its way, is still to be paid or disputed.
    """
    statement = await move(session, statement_id, "archive", actor)
    rules.require_decided(await queries.open_disputes(session, statement_id))
    await record(session, told.SettlementArchived, statement, now)
    return statement


async def move(session: AsyncSession, statement_id: UUID, command: str, actor: Actor) -> Statement:
    """Return a statement, locked, in the status that `command` leads to; the caller records what happened.

    Raises:
        NotFound: the caller reaches no such statement.
        CommandNotAllowed, NothingPayable, PaymentOutstanding: the command does not fit; see the rules.
    """
    statement = await queries.get_statement(session, statement_id, actor, for_update=True)
    statement.status = _next(statement, command)
    return statement


def _next(statement: Statement, command: str) -> StatementStatus:
    balance = statement.model_dump(include={"closing_fen", "held_fen", "payment_fen"})
    return rules.next_status(statement.status, command, **balance)


async def record(
    session: AsyncSession, event: type[Event], statement: Statement, now: datetime, *, reason: str | None = None
) -> None:
    """Tell of a statement's new status, in an event and in the audit trail."""
    await outbox.record(session, statement, _event(event, statement.model_dump(), now))
    facts = {"digest": statement.digest, "closing_fen": statement.closing_fen}
    action = f"settlement.{statement.status.value}"
    await trail.record(session, action, kind="settlement", id=statement.id, reason=reason, facts=facts)


def _event(event: type[Event], statement: Mapping[str, Any], now: datetime) -> Event:
    facts = ("channel_id", "period", "bearer", "product_id", "digest")
    return event.model_validate(
        {
            "occurred_at": now,
            "statement_id": statement["id"],
            "amount": Money.from_fen(statement["entries_fen"]),
            "payable": Money.from_fen(rules.payable_fen(statement["closing_fen"], statement["held_fen"])),
            **{name: statement[name] for name in facts},
        }
    )
