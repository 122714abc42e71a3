"""Which files there are, how long each is kept, and what becomes of contents: every one of them has a row first.

A row says before the first byte reaches the store that something may lie there, and after the last use that it is to
go. A timer brings store and rows together again, whatever happened in between.
"""

import hashlib
import io
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import business_date
from shared.errors import Conflict
from shared.files.store import FileLost, Store, pieces
from shared.ids import new_id
from shared.log import get_logger
from shared.timers import Timer

log = get_logger(__name__)

#: A document made here may stand in its row until it is in the store.
MAX_MADE_BYTES: Final = 4 * 1024 * 1024
#: What nothing kept after so long is nobody's.
_UNCLAIMED: Final = timedelta(days=1)
#: Contents moved or destroyed in one transaction.
_AT_ONCE: Final = 20

_BEGIN = text(
    "INSERT INTO stored_file (id, sha256, size, media_type, begun_at)"
    " VALUES (:id, :sha256, :size, :media_type, clock_timestamp())"
)
_KEEP = text(
    "UPDATE stored_file SET kept_at = :now WHERE id = :id AND kept_at IS NULL AND discarded_at IS NULL RETURNING id"
)
_MAKE = text(
    "INSERT INTO stored_file (id, sha256, size, media_type, begun_at, kept_at, content)"
    " VALUES (:id, :sha256, :size, :media_type, :now, :now, :content)"
)
_FIND = text(
    "SELECT id, sha256, size, media_type, content FROM stored_file"
    " WHERE id = :id AND kept_at IS NOT NULL AND discarded_at IS NULL"
)
_KEEP_UNTIL = text(
    "UPDATE stored_file SET kept_until = day FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS said (id, day)"
    " WHERE stored_file.id = said.id AND kept_until IS DISTINCT FROM day"
)
_RUNNING = text("SELECT max(kept_until) FROM stored_file WHERE id = ANY(:ids) AND kept_until >= :today")
_DISCARD = text("UPDATE stored_file SET discarded_at = :now WHERE id = ANY(:ids) AND discarded_at IS NULL")
_TAKE_ENDED = text(
    "UPDATE stored_file SET discarded_at = :now WHERE id IN (SELECT id FROM stored_file"
    " WHERE kept_until < :today AND discarded_at IS NULL LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id"
)
_TAKE_UNSETTLED = text(
    "SELECT id, kept_at, discarded_at, content FROM stored_file WHERE destroyed_at IS NULL"
    " AND (content IS NOT NULL OR discarded_at IS NOT NULL OR (kept_at IS NULL AND begun_at < :unclaimed))"
    " ORDER BY begun_at LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_MOVED = text("UPDATE stored_file SET content = NULL WHERE id = :id")
_DESTROYED = text("UPDATE stored_file SET destroyed_at = :now, content = NULL WHERE id = :id")
_FORGET = text("DELETE FROM stored_file WHERE id = :id")


class UploadUnclaimed(Conflict):
    """The file that was taken in is gone: nothing kept it in time."""

    code = "upload_unclaimed"


class RetentionRuns(Conflict):
    """The file is kept until a day that has not passed."""

    code = "retention_runs"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on record.

    Attributes:
        id: Under which its content lies in the store.
        sha256: Of its content.
        size: In bytes.
        media_type: What it is, by its content.
    """

    id: UUID
    sha256: bytes
    size: int
    media_type: str


async def begin(session: AsyncSession, file: StoredFile) -> None:
    """Put on record that the content of a file is about to be put into the store."""
    await session.execute(_BEGIN, _columns(file))


async def keep(session: AsyncSession, file: StoredFile, *, now: datetime) -> None:
    """Keep a file that was taken in, in the transaction of what it belongs to.

    Raises:
        UploadUnclaimed: too late.
    """
    if (await session.execute(_KEEP, {"id": file.id, "now": now})).scalar_one_or_none() is None:
        raise UploadUnclaimed("The file was given up meanwhile; send it again.")


async def keep_made(session: AsyncSession, content: bytes, *, media_type: str, now: datetime) -> StoredFile:
    """Keep a document that was made here, in the transaction of what it tells of; a timer brings it to the store.

    So what the law wants done today is done though the store is away.
    """
    if not 0 < len(content) <= MAX_MADE_BYTES:
        raise ValueError(f"a document made here has up to {MAX_MADE_BYTES} bytes, this one {len(content)}")
    file = StoredFile(new_id(), hashlib.sha256(content).digest(), len(content), media_type)
    await session.execute(_MAKE, {**_columns(file), "now": now, "content": content})
    return file


async def read(session: AsyncSession, store: Store, id: UUID) -> tuple[StoredFile, AsyncIterator[bytes]]:
    """Return a kept file and its content in pieces, the last of which comes only if all of them are what was kept.

    Raises:
        FileLost: it was destroyed, or is not in the store.
        StoreAway: the store does not answer.
    """
    row = (await session.execute(_FIND, {"id": id})).one_or_none()
    if row is None:
        raise FileLost("The content of this file is kept no more.")
    file = StoredFile(row.id, bytes(row.sha256), row.size, row.media_type)
    content = pieces(io.BytesIO(row.content)) if row.content is not None else await store.read(id)
    return file, _verified(file, content)


async def _verified(file: StoredFile, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    digest, held = hashlib.sha256(), b""
    async for piece in content:
        digest.update(piece)
        if held:
            yield held
        held = piece
    if digest.digest() != file.sha256:
        log.error("a file in the store is not what was put there", file_id=str(file.id))
        raise FileLost("The content of this file is not what was kept.")
    yield held


async def keep_until(session: AsyncSession, days: Mapping[UUID, date]) -> None:
    """Set the last day (Asia/Shanghai) on which each file is kept; it is destroyed on the day after."""
    if days:
        await session.execute(_KEEP_UNTIL, {"ids": list(days), "days": list(days.values())})


async def discard(session: AsyncSession, ids: Collection[UUID], *, now: datetime) -> None:
    """Give up files: they cannot be read once this is committed, and a timer destroys their contents.

    Raises:
        RetentionRuns: one of them is kept by its retention.
    """
    wanted = {"ids": list(ids), "now": now, "today": business_date(now)}
    if until := (await session.execute(_RUNNING, wanted)).scalar_one():
        raise RetentionRuns("This file is kept until its retention ends.", kept_until=until.isoformat())
    await session.execute(_DISCARD, wanted)


def timers(store: Store) -> tuple[Timer, ...]:
    """Return the timers of a service that keeps files: retention, and rows and store brought together."""
    return (
        Timer("file_retention", every=timedelta(hours=1), run=end_retention),
        Timer("file_settling", every=timedelta(seconds=10), run=partial(settle, store)),
    )


async def end_retention(session: AsyncSession, now: datetime, limit: int) -> int:
    """Give up files on the day after the last on which they are kept; return how many."""
    wanted = {"now": now, "today": business_date(now), "limit": limit}
    return len((await session.execute(_TAKE_ENDED, wanted)).all())


async def settle(store: Store, session: AsyncSession, now: datetime, limit: int) -> int:
    """Move documents made here to the store; destroy what was given up or never kept. Return how many.

    Raises:
        StoreAway: tried again at the next look.
    """
    wanted = {"unclaimed": now - _UNCLAIMED, "limit": min(limit, _AT_ONCE)}
    found = (await session.execute(_TAKE_UNSETTLED, wanted)).all()
    for row in found:
        if row.discarded_at is not None:
            await store.delete(row.id)
            await session.execute(_DESTROYED, {"id": row.id, "now": now})
        elif row.kept_at is None:
            await store.delete(row.id)
            await session.execute(_FORGET, {"id": row.id})
        else:
            await store.put(row.id, io.BytesIO(row.content))
            await session.execute(_MOVED, {"id": row.id})
    return len(found)


def _columns(file: StoredFile) -> dict[str, object]:
    return {"id": file.id, "sha256": file.sha256, "size": file.size, "media_type": file.media_type}
