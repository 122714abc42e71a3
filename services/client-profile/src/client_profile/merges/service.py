from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.rules import ClientStatus
from client_profile.clients.tables import Client
from client_profile.dealings import service as dealings
from client_profile.identity.service import Keys
from client_profile.merges import queries, rules
from client_profile.merges.rules import Party
from client_profile.merges.schemas import Merge, MergeRead, UndoMerge
from client_profile.merges.tables import MergeRecord
from shared.audit import trail
from shared.delivery import outbox
from shared.events.client_profile import ClientAssigned
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.http.callers import Actor
from shared.http.preconditions import require_version
from shared.ids import new_id


async def merge(
    session: AsyncSession, survivor_id: UUID, wanted: Merge, *, version: int, actor: Actor, keys: Keys, now: datetime
) -> MergeRead:
    """Merge a client into another one, which stands for it from now on.

    Dealings, sale checks, assessments, proofs and relationships go over; what the surviving client has already stays
    as it is. A survivor nobody looks after gets the other's manager.

    Raises:
        SameClient: both are one client.
        NotFound: one of them does not exist, or is out of the actor's reach.
        ClientIsErased: one of them is erased.
        ClientIsMerged: one of them is merged already.
        Stale: somebody else changed one of them since the caller read it.
        ClientsNotMergeable: something stands in the way.
    """
    if wanted.merged_client_id == survivor_id:
        raise rules.SameClient("A client cannot be merged into itself.", pointer="/merged_client_id")
    merged, survivor = await _lock_both(session, wanted.merged_client_id, survivor_id, actor)
    require_version(version, survivor.version)
    require_version(wanted.merged_version, merged.version)
    rules.require_mergeable(*await _parties(session, merged, survivor, keys=keys))
    record = MergeRecord(
        id=new_id(),
        surviving_client_id=survivor.id,
        **wanted.model_dump(exclude={"merged_version"}),
        prior_status=merged.status,
        moved=await queries.move(session, merged.id, survivor.id),
        merged_by=actor.id,
        merged_at=now,
    )
    session.add(record)
    merged.status, merged.merged_into, merged.lineage_step = ClientStatus.MERGED, survivor.id, merged.lineage_step + 1
    await _note(session, "client.merged", record, wanted.reason)
    await _tell(session, ClientMerged, merged, survivor, now=now)
    await _take_over(session, survivor, merged, now=now)
    await dealings.classify(session, {survivor.id: survivor}, now=now)
    return _read(record, merged)


async def undo(
    session: AsyncSession,
    survivor_id: UUID,
    merge_id: UUID,
    wanted: UndoMerge,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> MergeRead:
    """Undo a merger: the merged client stands by itself again, with what went over and what followed from that.

    What happened to the surviving client since, and the manager it took over, stay with it.

    Raises:
        NotFound: no such client or merger, or one of the clients is out of the actor's reach.
        MergeUndone: it was undone before.
        Stale: somebody else changed one of the clients since the caller read it.
    """
    merged_id = (await queries.get_record(session, merge_id, survivor_id)).merged_client_id
    merged, survivor = await _lock_both(session, merged_id, survivor_id, actor, is_merged=True)
    record = await queries.get_record(session, merge_id, survivor_id)
    await session.refresh(record)
    if record.undone_at is not None:
        raise rules.MergeUndone("This merger was undone before.")
    require_version(version, survivor.version)
    require_version(wanted.merged_version, merged.version)
    await queries.move_back(session, record)
    record.undone_by, record.undone_at, record.undo_reason = actor.id, now, wanted.reason
    merged.status, merged.merged_into, merged.lineage_step = record.prior_status, None, merged.lineage_step + 1
    await _note(session, "client.unmerged", record, wanted.reason)
    await _tell(session, ClientUnmerged, merged, survivor, now=now)
    await dealings.classify(session, {merged.id: merged, survivor.id: survivor}, now=now)
    return _read(record, merged)


async def _lock_both(
    session: AsyncSession, merged_id: UUID, survivor_id: UUID, actor: Actor, *, is_merged: bool = False
) -> tuple[Client, Client]:
    """Lock two clients in the order of their ids, so that two calls never wait for each other."""
    found = {}
    for client_id in sorted((merged_id, survivor_id)):
        may_be_merged = is_merged and client_id == merged_id
        take = clients.lock_row if may_be_merged else clients.lock
        found[client_id] = await take(session, client_id, actor)
    return found[merged_id], found[survivor_id]


async def _parties(session: AsyncSession, merged: Client, survivor: Client, *, keys: Keys) -> tuple[Party, Party]:
    with_others = await queries.has_merged(session, [merged.id])
    facts = [await clients.sale_facts(session, client, keys) for client in (merged, survivor)]
    first, second = (
        Party(fact.status, fact.kind, fact.birth_date, has_merged=client.id in with_others)
        for fact, client in zip(facts, (merged, survivor), strict=True)
    )
    return first, second


async def _take_over(session: AsyncSession, survivor: Client, merged: Client, *, now: datetime) -> None:
    """Give the surviving client the other's manager if it has none."""
    if survivor.manager_id is not None or merged.manager_id is None or merged.unit_id is None:
        return
    survivor.manager_id, survivor.unit_id = merged.manager_id, merged.unit_id
    event = ClientAssigned(occurred_at=now, client_id=survivor.id, manager_id=merged.manager_id, unit_id=merged.unit_id)
    await outbox.record(session, survivor, event)


async def _tell(
    session: AsyncSession, kind: type[ClientMerged | ClientUnmerged], merged: Client, survivor: Client, *, now: datetime
) -> None:
    """Tell it under the keys of both, so that it has its place among the events of each."""
    facts = {"merged_client_id": merged.id, "surviving_client_id": survivor.id, "step": merged.lineage_step}
    told = [(client, kind(occurred_at=now, client_id=client.id, **facts)) for client in (merged, survivor)]
    await outbox.record_many(session, told)


async def _note(session: AsyncSession, action: str, record: MergeRecord, reason: str) -> None:
    """Leave a trace with both clients."""
    ids = {"merged": str(record.merged_client_id), "survivor": str(record.surviving_client_id)}
    facts = {**ids, "merge": str(record.id), "ground": record.ground, "proof": record.proof_reference}
    for client_id in (record.merged_client_id, record.surviving_client_id):
        await trail.record(session, action, kind="client", id=client_id, reason=reason, facts=facts)


async def read_many(session: AsyncSession, records: Sequence[MergeRecord]) -> list[MergeRead]:
    """Return mergers as shown."""
    merged = await clients.list_rows(session, [record.merged_client_id for record in records])
    return [_read(record, merged[record.merged_client_id]) for record in records]


def _read(record: MergeRecord, merged: Client) -> MergeRead:
    counts = {name: len(ids) for name, ids in record.moved.items()}
    return MergeRead(
        **record.model_dump(exclude={"moved"}),
        moved=counts,
        merged_number=merged.number,
        merged_version=merged.version,
    )
