"""Files are kept as long as they are to be: whatever breaks, rows and store come together again."""

import asyncio
import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

import pytest
from keeper import DAY, Failing, body, names_in, read, received, replace_in, rows, settled

from shared.clock import SHANGHAI, system_clock
from shared.database import Database
from shared.files import keeping
from shared.files.keeping import RetentionRuns, UploadUnclaimed
from shared.files.receiving import Files
from shared.files.store import FileLost, Folder, Store, StoreAway
from shared.ids import new_id
from shared.testing.files import a_pdf


async def test_what_nothing_keeps_is_destroyed_after_a_day(database: Database, folder: Path) -> None:
    store = Folder(folder)
    async with database.session() as session:
        stored = await Files(store).receive(session, body(a_pdf()), name="a.pdf")
        await session.rollback()  # the business transaction that follows is refused
    assert await settled(database, store, at=system_clock()) == 0

    assert await settled(database, store, at=system_clock() + DAY) == 1

    assert (names_in(folder), await rows(database)) == ([], [])
    async with database.session() as session:
        with pytest.raises(UploadUnclaimed):
            await keeping.keep(session, stored, now=system_clock())


@pytest.mark.parametrize("takes", [True, False])
async def test_a_store_that_fails_in_the_middle_is_cleared_up(database: Database, folder: Path, takes: bool) -> None:
    async with database.session() as session:
        with pytest.raises(StoreAway):
            await Files(Failing(folder, takes=takes)).receive(session, body(a_pdf()), name="a.pdf")
    assert len(names_in(folder)) == takes

    assert await settled(database, Folder(folder), at=system_clock() + DAY) == 1

    assert (names_in(folder), await rows(database)) == ([], [])


async def test_a_document_made_here_is_kept_though_the_store_is_away(database: Database, folder: Path) -> None:
    now, store, content = system_clock(), Folder(folder), a_pdf("告知书")
    async with database.transaction() as session:
        made = await keeping.keep_made(session, content, media_type="application/pdf", now=now)
    with pytest.raises(StoreAway):
        await settled(database, Failing(folder, takes=False), at=now)
    assert await read(database, store, made.id) == content

    assert await settled(database, store, at=now) == 1
    assert await settled(database, store, at=now) == 0

    assert names_in(folder) == [str(made.id)]
    assert [row.content for row in await rows(database)] == [None]
    assert await read(database, store, made.id) == content


async def test_a_document_whose_transaction_is_refused_was_never_made(database: Database, folder: Path) -> None:
    async with database.session() as session:
        await keeping.keep_made(session, a_pdf(), media_type="application/pdf", now=system_clock())
        await session.rollback()

    assert await rows(database) == []


@pytest.mark.parametrize("content", [b"", b"x" * (keeping.MAX_MADE_BYTES + 1)])
async def test_a_document_made_here_is_neither_empty_nor_huge(database: Database, content: bytes) -> None:
    async with database.session() as session:
        with pytest.raises(ValueError, match="has up to"):
            await keeping.keep_made(session, content, media_type="application/pdf", now=system_clock())


async def test_a_content_changed_in_the_store_never_arrives_whole(database: Database, folder: Path) -> None:
    content = a_pdf(size=900_000)
    stored = await received(Files(Folder(folder)), database, content)
    replace_in(folder, stored.id, content[:-1] + b"x")
    async with database.session() as session:
        _, pieces = await keeping.read(session, Folder(folder), stored.id)
    arrived = 0

    async def arrive() -> None:
        nonlocal arrived
        async for piece in pieces:
            arrived += len(piece)

    with pytest.raises(FileLost):
        await arrive()
    assert 0 < arrived < len(content)


async def test_a_file_lives_through_its_last_day_and_not_longer(database: Database, store: Store) -> None:
    stored, other = [await received(Files(store), database, a_pdf(text)) for text in "ab"]
    last = date(2036, 3, 2)
    async with database.transaction() as session:
        await keeping.keep_until(session, {stored.id: last})

    for on, is_there in ((last, True), (last + DAY, False)):
        noon = datetime.combine(on, datetime.min.time(), SHANGHAI) + timedelta(hours=12)
        async with database.transaction() as session:
            assert await keeping.end_retention(session, noon, 100) == (not is_there)
        assert await settled(database, store, at=noon) == (not is_there)
        if is_there:
            assert await read(database, store, stored.id)
    with pytest.raises(FileLost):
        await read(database, store, stored.id)
    with pytest.raises(FileLost):
        await store.read(stored.id)
    assert await read(database, store, other.id)


async def test_a_file_is_not_given_up_while_its_retention_runs(database: Database, folder: Path) -> None:
    now = system_clock()
    stored = await received(Files(Folder(folder)), database, a_pdf())
    today = now.astimezone(SHANGHAI).date()
    async with database.transaction() as session:
        await keeping.keep_until(session, {stored.id: today})
        with pytest.raises(RetentionRuns) as refused:
            await keeping.discard(session, [stored.id], now=now)
        await keeping.discard(session, [stored.id], now=now + DAY)

    assert refused.value.facts["kept_until"] == today.isoformat()
    assert await settled(database, Folder(folder), at=now + DAY) == 1
    assert names_in(folder) == []


async def test_a_discarded_file_cannot_be_read_before_it_is_destroyed_and_leaves_only_its_hash(
    database: Database, folder: Path
) -> None:
    now = system_clock()
    stored = await received(Files(Folder(folder)), database, a_pdf())
    async with database.transaction() as session:
        await keeping.discard(session, [stored.id], now=now)
    with pytest.raises(FileLost):
        await read(database, Folder(folder), stored.id)

    assert await settled(database, Folder(folder), at=now) == 1
    assert await settled(database, Folder(folder), at=now + DAY) == 0

    (row,) = await rows(database)
    assert (bytes(row.sha256), row.content, row.destroyed_at) == (stored.sha256, None, now)


async def test_two_workers_never_settle_the_same_file(database: Database, folder: Path) -> None:
    now = system_clock()
    async with database.transaction() as session:
        for _ in range(6):
            await keeping.keep_made(session, a_pdf(new_id().hex), media_type="application/pdf", now=now)
    moved: list[UUID] = []

    class Slow(Folder):
        async def put(self, id: UUID, content: IO[bytes]) -> None:
            await asyncio.sleep(0.02)
            moved.append(id)
            await super().put(id, io.BytesIO(content.read()))

    await asyncio.gather(*(settled(database, Slow(folder), at=now) for _ in range(3)))

    assert sorted(moved) == sorted(set(moved))
    assert len(names_in(folder)) == 6
