"""What this service keeps about a client, and for how long once the client is erased."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accruals.tables import AccrualEntry
from shared.erasure.records import Records
from shared.erasure.rules import RecordKind

#: The table of records: what becomes of each kind when a client is erased. Dealings that wait parked are no waste:
#: their fees are still owed, so they stay until they are replayed. Whether the client is a person or an institution
#: (`investor`) explains the rate of the fees and stays as long as they do. Contacts, payee accounts and the blacklist
#: are about partners and their people, complaints heard of keep no client, establishments and guarantees are about
#: plans and channels: none of them is a client's record.
RECORDS: tuple[Records, ...] = (
    Records(
        RecordKind.COMMISSION,
        retention="retention.commission_years",
        last_day=text(
            "SELECT greatest((SELECT max(business_date) FROM accrual_entry WHERE client_id = :client_id),"
            " (SELECT max(confirmed_on) FROM dealing WHERE client_id = :client_id))"
        ),
    ),
)


async def list_entries(session: AsyncSession, client_id: UUID) -> Sequence[AccrualEntry]:
    statement = select(AccrualEntry).where(col(AccrualEntry.client_id) == client_id).order_by(col(AccrualEntry.id))
    return (await session.execute(statement)).scalars().all()
