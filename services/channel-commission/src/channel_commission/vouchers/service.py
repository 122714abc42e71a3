from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.products.rules import Bearer
from channel_commission.vouchers import queries, rules
from channel_commission.vouchers.rules import Account, AccountRole, Accounts, Entry, Leg, PostingKind
from channel_commission.vouchers.schemas import VoucherExportCreate
from channel_commission.vouchers.tables import Posting, VoucherExport
from shared import policy
from shared.audit import trail
from shared.http.callers import Actor
from shared.ids import new_id

_ACCOUNTS = "ledger.accounts"


@dataclass(frozen=True, slots=True)
class Books:
    """In whose books something is posted: of which channel's fees, borne by the company or by one trust plan."""

    channel_id: UUID
    bearer: Bearer
    plan_id: UUID | None


async def accrue(session: AsyncSession, period: str, *, on: date, now: datetime) -> None:
    """Post what is booked in a month that is being closed, of all channels at once.

    Raises:
        PolicyMissing: no accounts are in force on the day.
    """
    value = (await policy.row(session, _ACCOUNTS, on=on)).value
    codes = {}
    for bearer in Bearer:
        of = rules.accounts(value, bearer)
        codes[bearer] = (of[AccountRole.EXPENSE].code, of[AccountRole.ACCRUED].code)
    await queries.accrue(session, period, codes, on=on, now=now)


async def accounts_of(session: AsyncSession, books: Books, *, on: date) -> Accounts:
    """Return the accounts of these books in force on a day.

    Raises:
        PolicyMissing: none are.
    """
    return rules.accounts((await policy.row(session, _ACCOUNTS, on=on)).value, books.bearer)


async def post(
    session: AsyncSession,
    txn_key: str,
    kind: PostingKind,
    books: Books,
    legs: Sequence[Leg],
    *,
    on: date,
    now: datetime,
) -> None:
    """Post a transaction, once: a second one with its key breaks a unique key.

    Args:
        session: The transaction of what is posted, whose rows it has locked.
        txn_key: What it is made for.
        kind: Of which kind that is.
        books: In whose books.
        legs: Amounts above zero.
        on: The day that counts in the ledger (Asia/Shanghai).
        now: The present instant.
    """
    accounts = await accounts_of(session, books, on=on)
    session.add_all(
        Posting(
            txn_key=txn_key,
            leg=place,
            kind=kind,
            channel_id=books.channel_id,
            bearer=books.bearer,
            plan_id=books.plan_id,
            debit=leg.debit,
            credit=leg.credit,
            debit_account=accounts[leg.debit].code,
            credit_account=accounts[leg.credit].code,
            amount_fen=leg.fen,
            effective_on=on,
            posted_at=now,
        )
        for place, leg in enumerate(legs, start=1)
    )
    await session.flush()


async def take_back(
    session: AsyncSession, txn_key: str, back_key: str, books: Books, *, on: date, now: datetime
) -> None:
    """Post the opposite of a transaction, if it was posted."""
    legs = [Leg(one.debit, one.credit, one.amount_fen) for one in await queries.of_transaction(session, txn_key)]
    if legs:
        await post(session, back_key, PostingKind.VOID, books, rules.taken_back(legs), on=on, now=now)


async def export(session: AsyncSession, wanted: VoucherExportCreate, *, actor: Actor, now: datetime) -> VoucherExport:
    """Put every posting of these books that was not exported into one file for the finance ledger.

    Raises:
        NothingToExport: there is none up to that day.
    """
    bearer = Bearer.COMPANY if wanted.plan_id is None else Bearer.TRUST_PLAN
    books = str(wanted.plan_id or bearer)
    await queries.lock_books(session, books)
    found = await queries.to_export(session, bearer, wanted.plan_id, wanted.through)
    if not found:
        raise rules.NothingToExport("Every posting of these books up to that day was exported.")
    by_day = await policy.by_day(session, _ACCOUNTS, {row.effective_on for row in found})
    entries = []
    for row in found:
        names = rules.accounts(by_day[row.effective_on].value, bearer)
        debit = Account(row.debit_account, names[AccountRole(row.debit)].name)
        credit = Account(row.credit_account, names[AccountRole(row.credit)].name)
        kind = PostingKind(row.kind)
        entries.append(Entry(row.txn_key, kind, row.effective_on, row.channel_number, debit, credit, row.amount_fen))
    number = await queries.next_number(session)
    content = rules.content(number, books, wanted.through, entries)
    made = VoucherExport(
        id=new_id(),
        number=number,
        bearer=bearer,
        plan_id=wanted.plan_id,
        through=wanted.through,
        postings=len(entries),
        total_fen=sum(entry.fen for entry in entries),
        content=content,
        digest=rules.digest(content),
        exported_by=actor.id,
        exported_at=now,
    )
    session.add(made)
    await session.flush()
    await queries.mark_exported(session, [row.id for row in found], made.id)
    facts = {"number": number, "books": books, "postings": made.postings, "digest": made.digest}
    await trail.record(session, "vouchers.exported", kind="voucher_export", id=made.id, facts=facts)
    return made
