from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accruals.tables import AccrualEntry
from channel_commission.erasure import queries
from shared.audit import trail
from shared.erasure import guard
from shared.errors import NotFound


async def disclose(session: AsyncSession, client_id: UUID, *, reason: str) -> Sequence[AccrualEntry]:
    """Return the fee entries of an erased client, and leave a trace of who asked why.

    Raises:
        NotFound: no such client was erased here; the entries of others are read as usual.
    """
    if not await guard.erased_among(session, [client_id]):
        raise NotFound("No client with this id was erased.")
    await trail.record(session, "commission_records.disclosed", kind="client", id=client_id, reason=reason)
    return await queries.list_entries(session, client_id)
