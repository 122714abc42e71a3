from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.products.rules import Bearer
from channel_commission.vouchers.rules import PostingKind
from channel_commission.vouchers.tables import Posting, VoucherExport
from shared.errors import NotFound

#: What each channel has booked in a month, per bearer's books and product; what came back is a clawback of its own. A
#: month is accrued when it is closed, whichever statement takes its entries. Entries are kept by a feature below this
#: one; only their sums matter here.
_ACCRUE = text("""
    INSERT INTO posting (id, txn_key, leg, kind, channel_id, bearer, plan_id, product_id, debit, credit, debit_account,
        credit_account, amount_fen, effective_on, posted_at)
    SELECT uuidv7(), concat_ws(':', 'accrual', CAST(:period AS text), channel_id, coalesce(plan_id::text, 'company')),
        row_number() OVER (PARTITION BY channel_id, plan_id ORDER BY product_id, kind), kind, channel_id, found.bearer,
        plan_id, product_id,
        CASE WHEN fen > 0 THEN 'expense' ELSE 'accrued' END, CASE WHEN fen > 0 THEN 'accrued' ELSE 'expense' END,
        CASE WHEN fen > 0 THEN expense ELSE accrued END, CASE WHEN fen > 0 THEN accrued ELSE expense END,
        abs(fen), :on, :now
    FROM (
        SELECT channel_id, bearer, CASE WHEN bearer = 'trust_plan' THEN product_id END AS plan_id, product_id,
            CASE WHEN kind = 'clawback' THEN 'clawback' ELSE 'accrual' END AS kind, sum(amount_fen)::bigint AS fen
        FROM accrual_entry WHERE booked_period = :period GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount_fen) <> 0
    ) AS found
    JOIN unnest(CAST(:bearers AS text[]), CAST(:expenses AS text[]), CAST(:accrueds AS text[]))
        AS account (bearer, expense, accrued) ON account.bearer = found.bearer
""")


async def accrue(
    session: AsyncSession, period: str, codes: dict[Bearer, tuple[str, str]], *, on: date, now: datetime
) -> None:
    """Post what is booked in a month; `codes` are those of expense and accrued by bearer."""
    expenses, accrueds = zip(*codes.values(), strict=True)
    wanted = {
        "period": period, "on": on, "now": now,
        "bearers": [bearer.value for bearer in codes], "expenses": [*expenses], "accrueds": [*accrueds],
    }  # fmt: skip
    await session.execute(_ACCRUE, wanted)


async def of_transaction(session: AsyncSession, txn_key: str) -> list[Posting]:
    statement = select(Posting).where(col(Posting.txn_key) == txn_key).order_by(col(Posting.leg))
    return list((await session.execute(statement)).scalars())


async def lock_books(session: AsyncSession, books: str) -> None:
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended('voucher export ' || :books, 0))")
    await session.execute(lock, {"books": books})


async def next_number(session: AsyncSession) -> str:
    drawn = (await session.execute(text("SELECT nextval('voucher_export_number_seq')"))).scalar_one()
    return f"PZ-{drawn:06d}"


async def to_export(session: AsyncSession, bearer: Bearer, plan_id: UUID | None, through: date) -> list[Row[Any]]:
    """Return the postings of these books that were not exported, up to a day, with the numbers of their channels."""
    statement = text(
        "SELECT posting.id, txn_key, posting.kind, effective_on, debit, credit, debit_account, credit_account,"
        " amount_fen, channel.number AS channel_number"
        " FROM posting JOIN channel ON channel.id = posting.channel_id"
        " WHERE export_id IS NULL AND bearer = :bearer AND plan_id IS NOT DISTINCT FROM CAST(:plan AS uuid)"
        " AND effective_on <= :through ORDER BY effective_on, txn_key, leg"
    )
    wanted = {"bearer": bearer.value, "plan": plan_id, "through": through}
    return list(await session.execute(statement, wanted))


async def mark_exported(session: AsyncSession, ids: list[UUID], export_id: UUID) -> None:
    statement = text("UPDATE posting SET export_id = :export WHERE id = ANY(:ids)")
    await session.execute(statement, {"export": export_id, "ids": ids})


async def get_export(session: AsyncSession, export_id: UUID) -> VoucherExport:
    found = await session.get(VoucherExport, export_id)
    if found is None:
        raise NotFound("No voucher export has this id.")
    return found


def select_exports(plan_id: UUID | None) -> Select[VoucherExport]:
    statement = select(VoucherExport)
    return statement if plan_id is None else statement.where(col(VoucherExport.plan_id) == plan_id)


def select_postings(
    *, txn_key: str | None, channel_id: UUID | None, export_id: UUID | None, kind: PostingKind | None
) -> Select[Posting]:
    wanted = {
        col(Posting.txn_key): txn_key,
        col(Posting.channel_id): channel_id,
        col(Posting.export_id): export_id,
        col(Posting.kind): kind,
    }
    return select(Posting).where(*[column == value for column, value in wanted.items() if value is not None])
