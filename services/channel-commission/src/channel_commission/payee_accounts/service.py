from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.payee_accounts import queries, rules
from channel_commission.payee_accounts.rules import AccountStatus, Validity
from channel_commission.payee_accounts.schemas import (
    CallBack,
    PayeeAccountCreate,
    PayeeAccountInClear,
    PayeeAccountRead,
)
from channel_commission.payee_accounts.tables import PayeeAccount
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.http.callers import Actor
from shared.ids import new_id
from shared.sealing import seal, unseal


async def propose(
    session: AsyncSession,
    channel_id: UUID,
    wanted: PayeeAccountCreate,
    *,
    actor: Actor,
    now: datetime,
    data_key: bytes,
) -> PayeeAccount:
    """Propose an account; nothing is paid to it before it is confirmed and its waiting time is over.

    Raises:
        NotFound: no channel has this id.
        HolderIsAnother: it is in a third party's name.
        AnotherIsPending: another account waits for its call back or confirmation.
    """
    await channels.get(session, channel_id, lock=True)
    rules.require_own_name(wanted.holder, await queries.own_names(session, channel_id))
    if await queries.has_pending(session, channel_id):
        raise rules.AnotherIsPending("Another account of this channel is pending; confirm or refuse it first.")
    account_id = new_id()
    account = PayeeAccount(
        id=account_id,
        channel_id=channel_id,
        sealed=seal(data_key, wanted.number, place=account_id.bytes),
        masked_number=rules.masked(wanted.number),
        proposed_by=actor.id,
        proposed_at=now,
        **wanted.model_dump(exclude={"number"}),
    )
    session.add(account)
    await session.flush()
    await _trace(session, account, "proposed", reason=wanted.reason)
    return account


async def record_call_back(
    session: AsyncSession, account_id: UUID, wanted: CallBack, *, actor: Actor, now: datetime
) -> PayeeAccount:
    """Keep what a call to the partner brought; an account it does not own up to is refused.

    Raises:
        NotFound: no account has this id.
        AccountStatusForbids: it is not proposed.
        SecondPersonNeeded: the caller proposed it.
    """
    account = await _locked(session, account_id, "record-call-back", now=now)
    rules.require_second_person(account.proposed_by, actor.id)
    account.call_back, account.called_back_by, account.called_back_at = wanted.note, actor.id, now
    account.status = AccountStatus.CALLED_BACK
    if not wanted.is_genuine:
        _end(account, AccountStatus.REFUSED, wanted.note, actor=actor, now=now)
    await _trace(session, account, "called_back", reason=wanted.note, facts={"is_genuine": wanted.is_genuine})
    return account


async def confirm(session: AsyncSession, account_id: UUID, *, actor: Actor, now: datetime) -> PayeeAccount:
    """Put an account into force after its waiting time; the one before ends then.

    Payments released before keep the account they were released to: it stands on the payment.

    Raises:
        NotFound: no account has this id.
        AccountStatusForbids: the partner was not called back.
        SecondPersonNeeded: the caller proposed it.
    """
    account = await _locked(session, account_id, "confirm", now=now)
    rules.require_second_person(account.proposed_by, actor.id)
    today = business_date(now)
    days: int = (await policy.row(session, "payee_account.waiting_days", on=today)).value
    valid_from = rules.payable_from(today, days)
    for earlier in await queries.valid_after(session, account.channel_id, valid_from):
        # One confirmed meanwhile, under a longer waiting time, may begin later still: then it never begins.
        earlier.valid_until = max(valid_from, earlier.valid_from or valid_from)
    # The database checks overlaps row by row: what ends must be written before what begins.
    await session.flush()
    account.status, account.confirmed_by, account.confirmed_at = AccountStatus.CONFIRMED, actor.id, now
    account.valid_from = valid_from
    channel = await channels.get(session, account.channel_id)
    await channels.record_update(session, channel, ["payee_account"], now=now)
    await _trace(session, account, "confirmed", facts={"valid_from": valid_from})
    return account


async def refuse(session: AsyncSession, account_id: UUID, reason: str, *, actor: Actor, now: datetime) -> PayeeAccount:
    """Turn down an account that is not confirmed yet.

    Raises:
        NotFound: no account has this id.
        AccountStatusForbids: it is confirmed or refused already.
    """
    account = await _locked(session, account_id, "refuse", now=now)
    _end(account, AccountStatus.REFUSED, reason, actor=actor, now=now)
    await _trace(session, account, "refused", reason=reason)
    return account


async def stop(session: AsyncSession, account_id: UUID, reason: str, *, actor: Actor, now: datetime) -> PayeeAccount:
    """Stop that anything is paid to an account, from today on; one that still waited gives way to the one before.

    Raises:
        NotFound: no account has this id.
        AccountStatusForbids: it is not confirmed, or another one replaced it.
    """
    account = await _locked(session, account_id, "stop", now=now)
    today = business_date(now)
    assert account.valid_from is not None  # noqa: S101  # the table's check: confirmed accounts have it
    before = await queries.followed_by(session, account) if account.valid_from > today else None
    until, account.valid_until = account.valid_until, max(today, account.valid_from)
    _end(account, AccountStatus.STOPPED, reason, actor=actor, now=now)
    await session.flush()
    if before is not None:
        before.valid_until = until
    channel = await channels.get(session, account.channel_id)
    await channels.record_update(session, channel, ["payee_account"], now=now)
    await _trace(session, account, "stopped", reason=reason)
    return account


async def reveal(session: AsyncSession, account_id: UUID, *, reason: str, data_key: bytes) -> PayeeAccountInClear:
    """Return an account with its number in clear and write who saw it why into the audit trail.

    Raises:
        NotFound: no account has this id.
    """
    account = await queries.get_account(session, account_id)
    await _trace(session, account, "revealed", reason=reason)
    return in_clear(account, data_key=data_key)


def in_clear(account: PayeeAccount, *, data_key: bytes) -> PayeeAccountInClear:
    """Return an account with its number in clear, as a payment file needs it. The caller audits that.

    Raises:
        cryptography.exceptions.InvalidTag: the number was changed, moved from another row, or sealed with another key.
    """
    number = unseal(data_key, account.sealed, place=account.id.bytes)
    return PayeeAccountInClear(
        holder=account.holder, bank_name=account.bank_name, bank_code=account.bank_code, number=number
    )


async def get(session: AsyncSession, account_id: UUID) -> PayeeAccount:
    """Return an account, an ended one too: a payment released to it keeps it.

    Raises:
        NotFound: no account has this id.
    """
    return await queries.get_account(session, account_id)


async def for_payment(session: AsyncSession, channel_id: UUID, *, on: date) -> PayeeAccount:
    """Return the one account of a channel that may be paid to on a day (Asia/Shanghai).

    Whoever releases a payment locks the channel first (`channels.get(…, lock=True)`), so that account and payment
    do not change behind each other's back, and keeps the account's id on the payment.

    Raises:
        NoPayeeAccount: none may be paid to on that day; tells from when on the next one may.
    """
    coming = await queries.valid_after(session, channel_id, on)
    for account in coming:
        if rules.is_payable(account.status, _validity(account), on=on):
            return account
    first = min((account.valid_from for account in coming if account.valid_from), default=None)
    raise rules.NoPayeeAccount(
        "No account of this channel may be paid to on that day.", payable_from=first and first.isoformat()
    )


def read(account: PayeeAccount, *, now: datetime) -> PayeeAccountRead:
    """Return an account as callers see it, its number masked."""
    today, validity = business_date(now), _validity(account)
    return PayeeAccountRead.model_validate(
        {
            **account.model_dump(exclude={"sealed"}),
            "is_payable": rules.is_payable(account.status, validity, on=today),
            "allowed": rules.allowed(account.status, validity, today=today),
        }
    )


async def _locked(session: AsyncSession, account_id: UUID, command: str, *, now: datetime) -> PayeeAccount:
    """Return an account locked, its channel first, as everything does that changes where the channel is paid."""
    channel_id = (await queries.get_account(session, account_id)).channel_id
    await channels.get(session, channel_id, lock=True)
    account = await queries.get_account(session, account_id, for_update=True)
    rules.require_allowed(account.status, _validity(account), command, today=business_date(now))
    return account


def _validity(account: PayeeAccount) -> Validity | None:
    return None if account.valid_from is None else Validity(account.valid_from, account.valid_until)


def _end(account: PayeeAccount, status: AccountStatus, reason: str, *, actor: Actor, now: datetime) -> None:
    account.status, account.end_reason, account.ended_by, account.ended_at = status, reason, actor.id, now


async def _trace(
    session: AsyncSession,
    account: PayeeAccount,
    what: str,
    *,
    reason: str | None = None,
    facts: dict[str, object] | None = None,
) -> None:
    told = {"payee_account_id": account.id, "masked_number": account.masked_number, **(facts or {})}
    await trail.record(
        session, f"payee_account.{what}", kind="channel", id=account.channel_id, reason=reason, facts=told
    )
