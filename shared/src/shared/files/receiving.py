"""Taking in a file from outside: in pieces, bounded, looked at, hashed; then and only then it goes to the store.

Until then it has no name anywhere: a refused or broken upload leaves nothing behind.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Final

from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import DomainError, Invalid, Unavailable
from shared.files import keeping, kinds
from shared.files.keeping import StoredFile
from shared.files.store import Store
from shared.ids import new_id

#: The largest file that is taken; an hour of talk, a contract of hundreds of scanned pages, some minutes of video.
MAX_FILE_BYTES: Final = 100 * 1024 * 1024
#: Uploads that one process takes in at the same time: so much disk they may need.
MAX_UPLOADS: Final = 8
_BLOCK: Final = 1024 * 1024


class FileTooLarge(DomainError):
    """The file is larger than any that is taken."""

    status = 413
    code = "file_too_large"


class FileEmpty(Invalid):
    """There is nothing in the file."""

    code = "file_empty"


class UploadsBusy(Unavailable):
    """This process takes in as many files as it can."""

    code = "uploads_busy"
    retry_after_seconds = 5


@dataclass(slots=True)
class Files:
    """The files of a process: its store, and how many it takes in at the same time.

    Attributes:
        store: Where contents lie.
    """

    store: Store
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_UPLOADS))

    async def receive(self, session: AsyncSession, body: AsyncIterator[bytes], *, name: str) -> StoredFile:
        """Take in a file and put it into the store; the business transaction that follows `keep`s it.

        The transaction at hand is ended first, so that a slow sender holds none: up to here, only look. A file that
        nothing keeps within a day is destroyed.

        Args:
            session: The request's session.
            body: The file, in pieces.
            name: What its sender calls it; has to agree with its content.

        Raises:
            UploadsBusy, FileTooLarge, FileEmpty: see there.
            FileRefused, NotAsNamed: by its content.
            StoreAway: the store does not take it.
        """
        await session.commit()
        # What was looked at may be otherwise by the time the file is here.
        session.expunge_all()
        if self._places.locked():
            raise UploadsBusy("Too many files are being sent at the same time; try again.")
        async with self._places:
            with TemporaryFile() as file:
                sha256, size = await _spool(body, file)
                kind = await asyncio.to_thread(kinds.kind_of, file)
                kinds.require_as_named(kind, name)
                stored = StoredFile(new_id(), sha256, size, kind.value)
                await keeping.begin(session, stored)
                # Known before there is anything to know of: whatever happens now, it is found and removed.
                await session.commit()
                await self.store.put(stored.id, file)
        return stored


async def _spool(body: AsyncIterator[bytes], file: IO[bytes]) -> tuple[bytes, int]:
    digest, size, block = hashlib.sha256(), 0, bytearray()

    def write() -> None:
        digest.update(block)
        file.write(block)
        block.clear()

    async for piece in body:
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise FileTooLarge(f"Files of up to {MAX_FILE_BYTES} bytes are taken.")
        block += piece
        if len(block) >= _BLOCK:
            await asyncio.to_thread(write)
    await asyncio.to_thread(write)
    if not size:
        raise FileEmpty("The file is empty.")
    return digest.digest(), size
