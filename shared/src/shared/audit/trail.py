"""The audit trail: who did what to which object and why, as plain append-only rows in the business transaction.

A chain inside the transaction would make all writers wait for each other, so a sealer chains committed rows by hash
each second; the verifier finds rows changed, removed or put in order anew, and says how many are not yet sealed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.context import current_cause

AUDIT_V1 = """
CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    reason text,
    correlation_id text NOT NULL,
    facts jsonb NOT NULL
);
CREATE INDEX audit_entry_subject_idx ON audit_entry (subject_id, id);
CREATE INDEX audit_entry_recorded_at_idx ON audit_entry (recorded_at);

CREATE TABLE audit_seal (
    seq bigint PRIMARY KEY,
    entry_id bigint NOT NULL UNIQUE,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
"""

_SEALER_LOCK = 7_240_302
_GENESIS = b"\x00" * 32

_RECORD = text(
    "INSERT INTO audit_entry (actor, action, subject_kind, subject_id, reason, correlation_id, facts)"
    " VALUES (:actor, :action, :subject_kind, :subject_id, :reason, :correlation_id, CAST(:facts AS jsonb))"
)
# A transaction lives 60 seconds at most: what appears late was recorded less than two minutes before the entry sealed
# last, and appears less than two minutes after that seal. In peace a look is a few steps down indexes.
_LOOK = text(
    "SELECT seal.seq, seal.hash, highest.id AS highest,"
    " coalesce(entry.recorded_at - interval '2 minutes', 'epoch') AS since"
    " FROM (SELECT coalesce(max(entry_id), 0) AS id FROM audit_seal) AS highest"
    " LEFT JOIN (SELECT * FROM audit_seal ORDER BY seq DESC LIMIT 1) AS seal ON true"
    " LEFT JOIN audit_entry entry ON entry.id = seal.entry_id"
    " WHERE seal.sealed_at > clock_timestamp() - interval '2 minutes'"
    " OR EXISTS (SELECT FROM audit_entry WHERE id > highest.id)"
)
_UNSEALED = text(
    "SELECT *, extract(epoch FROM clock_timestamp() - recorded_at) AS age FROM audit_entry entry"
    " WHERE (id > :highest OR recorded_at > :since)"
    " AND NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = entry.id) ORDER BY id LIMIT :limit"
)
_CHAIN = text(
    "SELECT seal.seq, seal.hash, seal.entry_id, entry.* FROM audit_seal seal"
    " LEFT JOIN audit_entry entry ON entry.id = seal.entry_id WHERE seal.seq > :after ORDER BY seal.seq LIMIT 5000"
)
_WAITING = text("SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = e.id)")


async def record(
    session: AsyncSession,
    action: str,
    *,
    kind: str,
    id: UUID,
    reason: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Add an audit row to this transaction.

    Args:
        session: The business transaction.
        action: What was done, e.g. `complaint.extended`.
        kind: Kind of the object, e.g. `complaint`.
        id: The object.
        reason: Why, in the actor's words.
        facts: What changed, JSON values; hashes in place of personal data.
    """
    cause = current_cause()
    await session.execute(
        _RECORD,
        {
            "actor": cause.actor,
            "action": action,
            "subject_kind": kind,
            "subject_id": id,
            "reason": reason,
            "correlation_id": cause.correlation_id,
            "facts": json.dumps(dict(facts or {}), default=str),
        },
    )


def entry_hash(previous: bytes, entry: Row[Any]) -> bytes:
    """Return the seal of `entry` (a row of audit_entry) that follows the seal `previous`."""
    content = json.dumps(
        [
            entry.id,
            entry.recorded_at.isoformat(),
            entry.actor,
            entry.action,
            entry.subject_kind,
            str(entry.subject_id),
            entry.reason,
            entry.correlation_id,
            entry.facts,
        ],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(previous + content.encode()).digest()


async def seal(session: AsyncSession, _now: datetime, limit: int) -> int:
    """Chain up to `limit` committed entries that have no seal yet; return how many. A timer of every worker."""
    if (await session.execute(_LOOK)).one_or_none() is None or not await _is_sealer(session):
        return 0
    # Again, now that nobody else seals.
    last = (await session.execute(_LOOK)).one_or_none()
    if last is None:
        return 0
    seq, previous = (last.seq, bytes(last.hash)) if last.seq else (0, _GENESIS)
    entries = (await session.execute(_UNSEALED, {"highest": last.highest, "since": last.since, "limit": limit})).all()
    seals = []
    for entry in entries:
        seq, previous = seq + 1, entry_hash(previous, entry)
        seals.append({"seq": seq, "entry_id": entry.id, "hash": previous})
    if seals:
        await session.execute(
            text("INSERT INTO audit_seal (seq, entry_id, hash) VALUES (:seq, :entry_id, :hash)"), seals
        )
    return len(seals)


async def _is_sealer(session: AsyncSession) -> bool:
    lock = await session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _SEALER_LOCK})
    is_mine: bool = lock.scalar_one()
    return is_mine


async def unsealed_seconds(session: AsyncSession) -> float:
    """Return for how long the oldest entry that can be sealed has waited for it; 0 if none waits."""
    last = (await session.execute(_LOOK)).one_or_none()
    if last is None:
        return 0.0
    waiting = await session.execute(_UNSEALED, {"highest": last.highest, "since": last.since, "limit": 1})
    oldest = waiting.one_or_none()
    return float(oldest.age) if oldest else 0.0


@dataclass(slots=True)
class Verdict:
    """What the verifier found: entries checked, entries not yet sealed, and one sentence per break."""

    checked: int = 0
    unsealed: int = 0
    breaks: list[str] = field(default_factory=list)


async def verify(session: AsyncSession) -> Verdict:
    """Walk the whole chain and compare each seal with what its entry says now."""
    verdict, previous, seq = Verdict(), _GENESIS, 0
    while links := (await session.execute(_CHAIN, {"after": seq})).all():
        for link in links:
            if link.seq != seq + 1:
                verdict.breaks.append(f"seals {seq + 1} to {link.seq - 1} are missing")
            if link.id is None:
                verdict.breaks.append(f"entry {link.entry_id} was removed")
            elif entry_hash(previous, link) != bytes(link.hash):
                verdict.breaks.append(f"entry {link.entry_id} was changed or moved")
            seq, previous = link.seq, bytes(link.hash)
            verdict.checked += 1
    verdict.unsealed = (await session.execute(_WAITING)).scalar_one()
    return verdict
