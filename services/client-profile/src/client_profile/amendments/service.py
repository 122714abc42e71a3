from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.amendments import rules
from client_profile.amendments.schemas import ClientUpdate
from client_profile.clients import service as clients
from client_profile.clients.queries import Found
from client_profile.clients.rules import require_open
from client_profile.identity import rules as identity_rules
from client_profile.identity import service as identity
from client_profile.identity.schemas import FormerName
from client_profile.identity.service import Keys
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.client_profile import ClientUpdated
from shared.http.callers import Actor
from shared.http.preconditions import require_version


async def update(
    session: AsyncSession,
    client_id: UUID,
    wanted: ClientUpdate,
    *,
    expected: int,
    actor: Actor,
    keys: Keys,
    now: datetime,
) -> Found:
    """Change a profile; a new name or document needs a proof and makes the old screening void.

    Raises:
        NotFound: no client has this id, or the caller does not reach it.
        Stale: the client is not in the version `expected`.
        ClientIsClosed: the client is closed.
        ProofMissing: name or document change without a proof.
        Invalid: the changed profile does not hold.
        DuplicateClient: somebody else holds the new document.
    """
    found = await clients.get_found(session, client_id, actor, for_update=True)
    client, record, document, risk = found
    require_version(expected, client.version)
    require_open(client.status)
    before = profile(found, keys)
    changes = wanted.model_dump(exclude_unset=True, exclude={"proof"})
    merged = rules.merged_profile(before, changes)
    after = identity_rules.completed_profile(merged, today=business_date(now))
    changed = rules.changed_fields(before, after)
    rules.require_proof(changed, wanted.proof)
    if not changed:
        return found
    new_document = rewrite(found, before, after, changed, keys=keys, now=now)
    if new_document is not None:
        await session.flush()
        document = await clients.claim(session, new_document, actor=actor, keys=keys)
    await outbox.record(session, client, ClientUpdated(occurred_at=now, client_id=client.id, changed=changed))
    await note_identity(session, client.id, changed, reason=wanted.proof)
    return client, record, document, risk


def profile(found: Found, keys: Keys) -> dict[str, Any]:
    """Return the whole profile of a client, in the fields of `identity.schemas.Profile`, and its former names."""
    client, record, document, _ = found
    return {"kind": client.kind, **identity.unmasked(record, document, keys).model_dump()}


def rewrite(
    found: Found,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    changed: Collection[str],
    *,
    keys: Keys,
    now: datetime,
) -> dict[str, Any] | None:
    """Write a completed profile over a locked client's.

    Args:
        found: The client's rows, locked; changed here and written by the next flush.
        before: Its `profile`.
        after: The completed profile.
        changed: The fields in which they differ.
        keys: The process's keys.
        now: The instant of the change.

    Returns:
        The columns of a new identity document, to be claimed after that flush; None if the document stays.
    """
    client, record, document, _ = found
    names = [FormerName(**one) for one in before["former_names"]]
    if "name" in changed:
        names.append(FormerName(name=before["name"], until=business_date(now)))
    for column, value in identity.record_row(client.id, after, keys=keys, former_names=names).items():
        setattr(record, column, value)
    if rules.IDENTITY_FIELDS.intersection(changed):
        client.screening = None
    if rules.DOCUMENT_FIELDS.isdisjoint(changed):
        document.valid_until = after["document_valid_until"]
        return None
    document.replaced_at = now
    return identity.document_row(client.id, after, keys=keys, now=now)


async def note_identity(
    session: AsyncSession, client_id: UUID, changed: Collection[str], *, reason: str | None
) -> None:
    """Leave a trace of a change of name or document, with what proved it."""
    if rules.IDENTITY_FIELDS.intersection(changed):
        facts = {"changed": sorted(changed)}
        await trail.record(session, "client.identity_changed", kind="client", id=client_id, reason=reason, facts=facts)
