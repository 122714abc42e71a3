from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.rules import Command, require_day
from complaints.cases.tables import Complaint
from complaints.evidence import queries, rules
from complaints.evidence.rules import EvidenceKind, Provider
from complaints.evidence.schemas import EvidenceCreate
from complaints.evidence.tables import Evidence
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.erasure.rules import kept_until
from shared.files import keeping
from shared.files.keeping import StoredFile
from shared.files.kinds import Kind
from shared.files.store import Store
from shared.http.callers import Actor


async def add(
    session: AsyncSession, complaint_id: UUID, wanted: EvidenceCreate, *, actor: Actor, now: datetime
) -> Evidence:
    """Enter a piece of evidence in the list of a case; its file, if it has one, is sent next.

    Raises:
        NotFound: there is no such case in reach.
        CommandNotAllowed: the case was withdrawn or is no complaint.
        KindNotEntered, FileNameUnfit: see the rules.
        DayOutOfRange: before the complaint was received or in the future.
    """
    rules.require_entered(wanted.kind)
    rules.require_name(wanted.file_name)
    complaint = await cases.take(session, complaint_id, Command.EVIDENCE, actor=actor)
    first, today = complaint.received_on, business_date(now)
    require_day(wanted.received_on, first=first, today=today, pointer="/received_on")
    evidence = Evidence(complaint_id=complaint.id, **wanted.model_dump(), added_at=now, added_by=actor.name)
    session.add(evidence)
    await _changed(session, complaint, "evidence.added", evidence)
    return evidence


async def expected_name(session: AsyncSession, complaint_id: UUID, evidence_id: UUID, *, actor: Actor) -> str:
    """Return the name of the file that an entry waits for, before it is taken in.

    Raises:
        NotFound: there is no such case in reach, or no such entry of it.
        CommandNotAllowed: the case was withdrawn or is no complaint.
        NoFileExpected: the entry names no file.
    """
    complaint = await cases.take(session, complaint_id, Command.EVIDENCE, actor=actor)
    evidence = await queries.get_evidence(session, complaint.id, evidence_id)
    return rules.require_expected(evidence.file_name)


async def file(
    session: AsyncSession, complaint_id: UUID, evidence_id: UUID, stored: StoredFile, *, actor: Actor, now: datetime
) -> Evidence:
    """Keep the file of an entry; the same file again changes nothing.

    Raises:
        NotFound: there is no such case in reach, or no such entry of it.
        CommandNotAllowed: the case was withdrawn or is no complaint.
        FileAlreadyThere: the entry has another file.
        UploadUnclaimed: the file was given up meanwhile.
    """
    complaint = await cases.take(session, complaint_id, Command.EVIDENCE, actor=actor)
    evidence = await queries.get_evidence(session, complaint.id, evidence_id)
    if rules.is_same_file(evidence.sha256, stored.sha256.hex()):
        return evidence
    await keeping.keep(session, stored, now=now)
    _take_over(evidence, stored, actor=actor, now=now)
    await _changed(session, complaint, "evidence.filed", evidence)
    return evidence


async def listed(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[Evidence]:
    """Return the select of the evidence of a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_evidence(complaint.id)


async def of_cases(session: AsyncSession, complaint_ids: Collection[UUID]) -> Sequence[Evidence]:
    """Return the evidence of these cases, oldest first, whoever asks."""
    return await queries.list_of_cases(session, complaint_ids)


async def read(
    session: AsyncSession,
    store: Store,
    complaint_id: UUID,
    evidence_id: UUID,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[str, StoredFile, AsyncIterator[bytes]]:
    """Return name and content of the file of an entry, and leave a trace of who read it and why.

    Raises:
        NotFound: there is no such case in reach, or no such entry of it.
        FileMissing, EvidenceDestroyed: see the rules.
        FileLost, StoreAway: see the store.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return await disclose(session, store, complaint.id, evidence_id, reason=reason, now=now)


async def disclose(
    session: AsyncSession, store: Store, complaint_id: UUID, evidence_id: UUID, *, reason: str | None, now: datetime
) -> tuple[str, StoredFile, AsyncIterator[bytes]]:
    """Return name and content of the file of an entry of a case that the caller reaches, and leave a trace of it.

    Raises:
        NotFound: there is no such entry of this case.
        FileMissing, EvidenceDestroyed: see the rules.
        FileLost, StoreAway: see the store.
    """
    evidence = await queries.get_evidence(session, complaint_id, evidence_id)
    rules.require_readable(
        is_filed=evidence.file_id is not None, kept_until=evidence.kept_until, today=business_date(now)
    )
    assert evidence.file_id is not None  # noqa: S101  # just required
    assert evidence.file_name is not None  # noqa: S101  # of every file
    stored, content = await keeping.read(session, store, evidence.file_id)
    facts = _facts(evidence)
    await trail.record(session, "evidence.read", kind="complaint", id=complaint_id, facts=facts, reason=reason)
    return evidence.file_name, stored, content


async def keep_document(
    session: AsyncSession,
    complaint: Complaint,
    *,
    kind: EvidenceKind,
    name: str,
    content: bytes,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep a PDF that was made here among the evidence of a locked case whose version the caller raises."""
    stored = await keeping.keep_made(session, content, media_type=Kind.PDF.value, now=now)
    evidence = Evidence(
        complaint_id=complaint.id,
        kind=kind,
        description=kind.zh,
        provider=Provider.COMPANY,
        received_on=business_date(now),
        file_name=name,
        added_at=now,
        added_by=actor.name,
    )
    _take_over(evidence, stored, actor=actor, now=now)
    session.add(evidence)
    await session.flush()
    await trail.record(session, "evidence.filed", kind="complaint", id=complaint.id, facts=_facts(evidence))


async def find_document(session: AsyncSession, complaint_id: UUID, kind: EvidenceKind) -> UUID | None:
    """Return the entry of a document that was made here for a case; None if there is none."""
    return await queries.find_of_kind(session, complaint_id, kind)


async def date_files(session: AsyncSession, now: datetime, limit: int) -> int:
    """Set until when the files of ended cases are kept; return how many. A timer."""
    found = await queries.take_undated(session, limit)
    if found:
        years = int((await policy.row(session, rules.RETENTION, on=business_date(now))).value)
        last_days = [(evidence_id, file_id, kept_until(ended_on, years)) for evidence_id, file_id, ended_on in found]
        await queries.keep_until(session, {evidence_id: day for evidence_id, _, day in last_days})
        await keeping.keep_until(session, {file_id: day for _, file_id, day in last_days})
    return len(found)


def _take_over(evidence: Evidence, stored: StoredFile, *, actor: Actor, now: datetime) -> None:
    evidence.file_id, evidence.sha256, evidence.size = stored.id, stored.sha256.hex(), stored.size
    evidence.media_type, evidence.filed_at, evidence.filed_by = stored.media_type, now, actor.name


async def _changed(session: AsyncSession, complaint: Complaint, action: str, evidence: Evidence) -> None:
    # Whoever approves names the version read, and so approves what they could see.
    await cases.raise_version(session, complaint)
    await trail.record(session, action, kind="complaint", id=complaint.id, facts=_facts(evidence))


def _facts(evidence: Evidence) -> dict[str, str | None]:
    return {"evidence_id": str(evidence.id), "kind": evidence.kind, "sha256": evidence.sha256}
