from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.schemas import ComplaintRead
from complaints.erasure import queries
from shared.audit import trail
from shared.erasure import guard
from shared.errors import NotFound
from shared.http.callers import Actor


async def disclose(
    session: AsyncSession, client_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> list[ComplaintRead]:
    """Return the complaint files of an erased client, and leave a trace of who asked why.

    Raises:
        NotFound: no such client was erased here; the files of others are read as usual.
    """
    if not await guard.erased_among(session, [client_id]):
        raise NotFound("No client with this id was erased.")
    await trail.record(session, "complaint_files.disclosed", kind="client", id=client_id, reason=reason)
    found = [one for one in await queries.list_cases(session, client_id) if not cases.names(one, actor)]
    return [cases.shown(one, actor=actor, now=now) for one in found]
