"""Taking in a file: whole, known and hashed, or nothing is left of it."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from keeper import body, names_in, read, received, rows
from sqlalchemy import text

from shared.database import Database
from shared.files import receiving
from shared.files.archives import FileRefused
from shared.files.keeping import StoredFile
from shared.files.kinds import NotAsNamed
from shared.files.receiving import MAX_FILE_BYTES, FileEmpty, Files, FileTooLarge, UploadsBusy
from shared.files.store import Folder, Store
from shared.testing.files import a_pdf, a_png


@pytest.mark.parametrize("size", [60, 1024 * 1024, 12 * 1024 * 1024 + 3])
async def test_a_file_that_is_kept_comes_back_with_its_hash_and_kind(
    database: Database, store: Store, size: int
) -> None:
    content = a_pdf(size=size)

    stored = await received(Files(store), database, content)

    assert (stored.size, stored.media_type) == (len(content), "application/pdf")
    assert stored.sha256 == hashlib.sha256(content).digest()
    assert await read(database, store, stored.id) == content


async def too_much() -> AsyncIterator[bytes]:
    yield a_pdf()
    for _ in range(MAX_FILE_BYTES // (4 * 1024 * 1024)):
        yield b" " * (4 * 1024 * 1024)


async def broken() -> AsyncIterator[bytes]:
    yield a_pdf(size=3_000_000)
    raise ConnectionResetError("the sender went away")


REFUSALS: dict[str, tuple[Callable[[], AsyncIterator[bytes]], str, type[Exception]]] = {
    "broken": (broken, "a.pdf", ConnectionResetError),
    "too large": (too_much, "a.pdf", FileTooLarge),
    "empty": (lambda: body(b""), "a.pdf", FileEmpty),
    "a script named PDF": (lambda: body(b"#!/bin/sh\necho taken\n"), "a.pdf", NotAsNamed),
    "an image named PDF": (lambda: body(a_png()), "a.pdf", NotAsNamed),
    "a program": (lambda: body(b"MZ\0\0" * 100), "a.pdf", FileRefused),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refused_or_broken_upload_leaves_nothing(database: Database, folder: Path, name: str) -> None:
    sent, called, error = REFUSALS[name]

    async with database.session() as session:
        with pytest.raises(error):
            await Files(Folder(folder)).receive(session, sent(), name=called)

    assert names_in(folder) == []
    assert await rows(database) == []


async def test_no_connection_is_held_while_a_file_is_on_its_way(database: Database, folder: Path) -> None:
    held: list[int] = []

    async def watched() -> AsyncIterator[bytes]:
        held.append(database.engine.pool.checkedout())  # type: ignore[attr-defined]  # of the pool we use, not of every pool
        yield a_pdf()

    async with database.session() as session:
        await session.execute(text("SELECT 1"))
        await Files(Folder(folder)).receive(session, watched(), name="a.pdf")

    assert held == [0]


async def test_a_large_file_is_never_in_memory(database: Database, folder: Path) -> None:
    async def large() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(40 * 16):
            yield b" " * 65536
        yield b"%%EOF"

    async with database.session() as session:
        tracemalloc.start()
        try:
            stored = await Files(Folder(folder)).receive(session, large(), name="a.pdf")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert stored.size > 40 * 1024 * 1024
    assert peak < 8 * 1024 * 1024


async def test_one_more_upload_than_the_process_bears_is_asked_to_come_again(database: Database, folder: Path) -> None:
    files, go = Files(Folder(folder)), asyncio.Event()
    all_here = asyncio.Barrier(receiving.MAX_UPLOADS + 1)

    async def slow() -> AsyncIterator[bytes]:
        await all_here.wait()
        await go.wait()
        yield a_pdf()

    async def upload() -> StoredFile:
        async with database.session() as session:
            return await files.receive(session, slow(), name="a.pdf")

    tasks = [asyncio.create_task(upload()) for _ in range(receiving.MAX_UPLOADS)]
    async with asyncio.timeout(20):
        await all_here.wait()
    with pytest.raises(UploadsBusy):
        await upload()
    go.set()

    assert len({stored.id for stored in await asyncio.gather(*tasks)}) == receiving.MAX_UPLOADS
