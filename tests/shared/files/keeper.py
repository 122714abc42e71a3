"""What tests of files do again and again: send one, keep it, read it, look at rows and at the folder."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import text

from shared.clock import system_clock
from shared.database import Database
from shared.files import keeping
from shared.files.keeping import StoredFile
from shared.files.receiving import Files
from shared.files.store import Folder, Store, StoreAway

DAY = timedelta(days=1)


async def body(content: bytes, piece: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), piece):
        yield content[start : start + piece]


async def received(files: Files, database: Database, content: bytes, name: str = "a.pdf") -> StoredFile:
    async with database.session() as session:
        stored = await files.receive(session, body(content), name=name)
        await keeping.keep(session, stored, now=system_clock())
        await session.commit()
    return stored


async def read(database: Database, store: Store, id: UUID) -> bytes:
    async with database.session() as session:
        _, content = await keeping.read(session, store, id)
        return b"".join([piece async for piece in content])


async def settled(database: Database, store: Store, *, at: datetime) -> int:
    async with database.transaction() as session:
        return await keeping.settle(store, session, at, 100)


async def rows(database: Database) -> list[Any]:
    async with database.session() as session:
        return list((await session.execute(text("SELECT * FROM stored_file ORDER BY id"))).all())


def names_in(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.rglob("*") if found.is_file())


def replace_in(folder: Path, id: UUID, content: bytes) -> None:
    next(folder.rglob(str(id))).write_bytes(content)


class Failing(Folder):
    """A store that takes a content and does not live to say so, or takes none."""

    def __init__(self, root: Path, *, takes: bool) -> None:
        super().__init__(root)
        self._takes = takes

    async def put(self, id: UUID, content: IO[bytes]) -> None:
        if self._takes:
            await super().put(id, content)
        raise StoreAway("away")
