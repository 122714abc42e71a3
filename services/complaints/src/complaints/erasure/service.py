from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.erasure import queries
from complaints.erasure.schemas import ComplaintFiles
from complaints.evidence import service as evidence
from complaints.evidence.schemas import EvidenceRead
from shared.audit import trail
from shared.erasure import guard
from shared.errors import NotFound
from shared.files.keeping import StoredFile
from shared.files.store import Store
from shared.http.callers import Actor


async def disclose(
    session: AsyncSession, client_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> ComplaintFiles:
    """Return the complaint files of an erased client, and leave a trace of who asked why.

    Raises:
        NotFound: no such client was erased here; the files of others are read as usual.
    """
    found = await _cases(session, client_id, actor=actor)
    await trail.record(session, "complaint_files.disclosed", kind="client", id=client_id, reason=reason)
    kept = await evidence.of_cases(session, [one.id for one in found])
    return ComplaintFiles(
        items=[cases.shown(one, actor=actor, now=now) for one in found],
        evidence=[EvidenceRead.model_validate(one) for one in kept],
    )


async def disclose_evidence(
    session: AsyncSession,
    store: Store,
    client_id: UUID,
    evidence_id: UUID,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[str, StoredFile, AsyncIterator[bytes]]:
    """Return name and content of a file kept of an erased client, and leave a trace of who read it and why.

    Raises:
        NotFound: no such client was erased here, or no case of theirs has this evidence.
        FileMissing, EvidenceDestroyed, FileLost, StoreAway: see `evidence.disclose`.
    """
    found = await _cases(session, client_id, actor=actor)
    kept = {one.id: one for one in await evidence.of_cases(session, [one.id for one in found])}
    if evidence_id not in kept:
        raise NotFound("No evidence of this client has this id.")
    complaint_id = kept[evidence_id].complaint_id
    return await evidence.disclose(session, store, complaint_id, evidence_id, reason=reason, now=now)


async def _cases(session: AsyncSession, client_id: UUID, *, actor: Actor) -> list[Complaint]:
    if not await guard.erased_among(session, [client_id]):
        raise NotFound("No client with this id was erased.")
    return [one for one in await queries.list_cases(session, client_id) if not cases.names(one, actor)]
