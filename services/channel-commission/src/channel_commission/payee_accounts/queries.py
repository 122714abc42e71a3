from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.payee_accounts.rules import PENDING
from channel_commission.payee_accounts.tables import PayeeAccount
from shared.errors import NotFound
from shared.http.callers import Actor

_OWN_NAMES = text(
    "SELECT own.name FROM channel own WHERE own.id = :id UNION ALL"
    " SELECT head.name FROM channel own JOIN channel head ON head.id = own.parent_id WHERE own.id = :id"
)


def select_accounts(channel_id: UUID, actor: Actor) -> Select[PayeeAccount]:
    return select(PayeeAccount).where(
        col(PayeeAccount.channel_id) == channel_id, actor.within(channel=col(PayeeAccount.channel_id))
    )


async def get_account(session: AsyncSession, account_id: UUID, *, for_update: bool = False) -> PayeeAccount:
    statement = select(PayeeAccount).where(col(PayeeAccount.id) == account_id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No payee account has this id.")
    return found


async def has_pending(session: AsyncSession, channel_id: UUID) -> bool:
    statement = select(col(PayeeAccount.id)).where(
        col(PayeeAccount.channel_id) == channel_id, col(PayeeAccount.status).in_(PENDING)
    )
    return (await session.execute(statement)).first() is not None


async def valid_after(session: AsyncSession, channel_id: UUID, day: date) -> Sequence[PayeeAccount]:
    """Return the confirmed accounts of a channel that may be paid to on `day` or later, the earliest first."""
    statement = (
        select(PayeeAccount)
        .where(
            col(PayeeAccount.channel_id) == channel_id,
            col(PayeeAccount.valid_from).is_not(None),
            (col(PayeeAccount.valid_until).is_(None)) | (col(PayeeAccount.valid_until) > day),
        )
        .order_by(col(PayeeAccount.valid_from), col(PayeeAccount.id))
    )
    return (await session.execute(statement)).scalars().all()


async def followed_by(session: AsyncSession, account: PayeeAccount) -> PayeeAccount | None:
    """Return the account that ends where `account` begins because this one was to follow it."""
    statement = (
        select(PayeeAccount)
        .where(
            col(PayeeAccount.channel_id) == account.channel_id,
            col(PayeeAccount.id) != account.id,
            col(PayeeAccount.valid_until) == account.valid_from,
            col(PayeeAccount.ended_at).is_(None),
        )
        # One confirmed on the same day never began, but is what this one was put in place of.
        .order_by(col(PayeeAccount.confirmed_at).desc(), col(PayeeAccount.id).desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def own_names(session: AsyncSession, channel_id: UUID) -> list[str]:
    return list((await session.execute(_OWN_NAMES, {"id": channel_id})).scalars())
