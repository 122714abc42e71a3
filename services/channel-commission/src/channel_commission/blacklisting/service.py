from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.blacklist import queries, rules
from channel_commission.blacklist.rules import ListedKind, ListingStatus
from channel_commission.blacklist.tables import BlacklistEntry
from channel_commission.blacklisting.schemas import ListingCreate, Screening, ScreeningResult
from channel_commission.channels import service as channels
from channel_commission.channels.rules import ChannelStatus
from shared.audit import trail
from shared.http.callers import Actor


async def propose(
    session: AsyncSession, wanted: ListingCreate, *, actor: Actor, now: datetime, data_key: bytes
) -> BlacklistEntry:
    """Propose an entry; nothing happens before somebody else decides.

    Raises:
        SubjectUnclear: it does not name its subject by what identifies it.
        AlreadyListed: there is an entry or a proposal already.
    """
    rules.require_subject(wanted.kind, uscc=wanted.uscc, document_number=wanted.document_number)
    hashed = rules.person_hash(data_key, wanted.document_number) if wanted.document_number else None
    subject = wanted.uscc or (hashed or b"").hex()
    # Two proposals at once wait for each other here, so that the second is told and not struck by the index.
    await queries.hold(session, [subject], is_listing=True)
    if await queries.find_standing(session, uscc=wanted.uscc, person_hash=hashed):
        raise rules.AlreadyListed("There is an entry or a proposal for this subject already.")
    is_person = wanted.kind is ListedKind.PERSON
    entry = BlacklistEntry(
        kind=wanted.kind,
        name=f"{wanted.name[:1]}**" if is_person else wanted.name,
        uscc=wanted.uscc,
        person_hash=hashed,
        reason=wanted.reason,
        evidence=wanted.evidence,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(entry)
    await session.flush()
    await trail.record(session, "blacklist.proposed", kind="blacklist_entry", id=entry.id, reason=wanted.reason)
    return entry


async def decide(
    session: AsyncSession, entry_id: UUID, *, is_listed: bool, actor: Actor, now: datetime
) -> BlacklistEntry:
    """Put a proposal on the list, or reject it. Channels with the code, and branches under them, end at once.

    Raises:
        NotFound: no entry has this id.
        ListingStatusForbids: it is decided.
        SecondPersonNeeded: the caller proposed it.
    """
    entry = await queries.lock_entry(session, entry_id)
    rules.require_allowed(entry.status, "decide")
    rules.require_second_person(entry.proposed_by, actor.id)
    entry.status = ListingStatus.LISTED if is_listed else ListingStatus.REJECTED
    entry.decided_by, entry.decided_at = actor.id, now
    await trail.record(session, f"blacklist.{entry.status}", kind="blacklist_entry", id=entry.id)
    if is_listed and entry.uscc:
        await queries.hold(session, [entry.uscc], is_listing=True)
        for channel in await channels.by_code_with_branches(session, entry.uscc):
            if channel.status is not ChannelStatus.BLACKLISTED:
                await admission.blacklist(session, channel, entry_id=entry.id, now=now)
    return entry


async def lift(session: AsyncSession, entry_id: UUID, reason: str, *, actor: Actor, now: datetime) -> BlacklistEntry:
    """Take an entry off the list; a partner is entered and examined anew, its old channels stay ended.

    Raises:
        NotFound: no entry has this id.
        ListingStatusForbids: it is not on the list.
        SecondPersonNeeded: the caller put it there.
    """
    entry = await queries.lock_entry(session, entry_id)
    rules.require_allowed(entry.status, "lift")
    rules.require_second_person(entry.decided_by, actor.id)
    entry.status, entry.lifted_by, entry.lifted_at, entry.lift_reason = ListingStatus.LIFTED, actor.id, now, reason
    await trail.record(session, "blacklist.lifted", kind="blacklist_entry", id=entry.id, reason=reason)
    return entry


async def screen(session: AsyncSession, wanted: Screening, *, data_key: bytes) -> ScreeningResult:
    """Look a code or a document number up on the list.

    Raises:
        SubjectUnclear: neither is named, or both are.
    """
    kind = ListedKind.ORGANIZATION if wanted.uscc else ListedKind.PERSON
    rules.require_subject(kind, uscc=wanted.uscc, document_number=wanted.document_number)
    hashed = rules.person_hash(data_key, wanted.document_number) if wanted.document_number else None
    found = await queries.find_standing(session, uscc=wanted.uscc, person_hash=hashed)
    is_listed = found is not None and found.status is ListingStatus.LISTED
    return ScreeningResult(is_listed=is_listed, entry_id=found.id if found and is_listed else None)
