from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.payments.rules import WAITING, AttemptStatus, FileStatus
from channel_commission.payments.tables import PaymentAttempt, PaymentFile
from channel_commission.settlements.tables import Statement
from shared.errors import NotFound


async def next_number(session: AsyncSession) -> str:
    drawn = (await session.execute(text("SELECT nextval('payment_file_number_seq')"))).scalar_one()
    return f"FK-{drawn:06d}"


async def attempts_made(session: AsyncSession, statement_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the number of the last attempt of each statement that has some."""
    statement = (
        select(col(PaymentAttempt.statement_id), func.max(col(PaymentAttempt.number)))
        .where(col(PaymentAttempt.statement_id).in_(statement_ids))
        .group_by(col(PaymentAttempt.statement_id))
    )
    return {statement_id: number for statement_id, number in await session.execute(statement)}


async def get_file(session: AsyncSession, file_id: UUID, *, for_update: bool = False) -> PaymentFile:
    statement = select(PaymentFile).where(col(PaymentFile.id) == file_id).execution_options(populate_existing=True)
    if for_update:
        statement = statement.with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No payment file has this id.")
    return found


async def attempts_of(session: AsyncSession, file_id: UUID) -> list[PaymentAttempt]:
    statement = select(PaymentAttempt).where(col(PaymentAttempt.file_id) == file_id)
    return list((await session.execute(statement.order_by(col(PaymentAttempt.statement_id)))).scalars())


async def get_attempt(session: AsyncSession, attempt_id: UUID, *, for_update: bool = False) -> PaymentAttempt:
    statement = select(PaymentAttempt).where(col(PaymentAttempt.id) == attempt_id)
    if for_update:
        statement = statement.with_for_update()
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()
    if found is None:
        raise NotFound("No payment attempt has this id.")
    return found


async def unanswered(session: AsyncSession, before: datetime, limit: int) -> list[tuple[UUID, UUID, datetime]]:
    """Return attempts released before an instant that wait for the bank's answer, with channel and release.

    Those told of already are left out; in the order of channels, in which they are locked.
    """
    statement = (
        select(col(PaymentAttempt.id), col(Statement.channel_id), col(PaymentFile.released_at))
        .join(PaymentFile, col(PaymentFile.id) == col(PaymentAttempt.file_id))
        .join(Statement, col(Statement.id) == col(PaymentAttempt.statement_id))
        .where(
            col(PaymentAttempt.status).in_(WAITING),
            col(PaymentAttempt.alarmed_at).is_(None),
            col(PaymentFile.released_at) < before,
        )
        .order_by(col(Statement.channel_id), col(PaymentAttempt.id))
        .limit(limit)
    )
    found = await session.execute(statement)
    return [(attempt_id, channel_id, at) for attempt_id, channel_id, at in found if at is not None]


def select_files(status: FileStatus | None) -> Select[PaymentFile]:
    statement = select(PaymentFile)
    return statement if status is None else statement.where(col(PaymentFile.status) == status)


def select_attempts(
    *, statement_id: UUID | None, file_id: UUID | None, key: str | None, status: AttemptStatus | None
) -> Select[PaymentAttempt]:
    wanted = {
        col(PaymentAttempt.statement_id): statement_id,
        col(PaymentAttempt.file_id): file_id,
        col(PaymentAttempt.key): key,
        col(PaymentAttempt.status): status,
    }
    return select(PaymentAttempt).where(*[column == value for column, value in wanted.items() if value is not None])
