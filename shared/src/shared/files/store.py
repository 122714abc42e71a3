"""Where the content of files lies: a small protocol with two stores behind it, a folder and an S3-compatible bucket.

A store knows ids and bytes. Which file is whose, how long it is kept and who read it stands in the database.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Final, Protocol
from uuid import UUID

from shared.errors import Unavailable

PIECE: Final = 256 * 1024


class StoreAway(Unavailable):
    """The store of files does not take or give anything at the moment."""

    code = "file_store_away"


class FileLost(Unavailable):
    """The content of a file that is on record is not in the store, or not what was put there: restore the store."""

    code = "file_lost"
    retry_after_seconds = 60


class Store(Protocol):
    """A place for contents, each put once under an id of its own."""

    async def put(self, id: UUID, content: IO[bytes]) -> None:
        """Keep all of `content`, from its beginning; once this returns, it outlives a power cut.

        Raises:
            StoreAway: nothing was kept.
        """

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        """Return the pieces of a content, the first of them at hand.

        Raises:
            FileLost: there is none.
            StoreAway: the store does not answer.
        """

    async def delete(self, id: UUID) -> None:
        """Destroy a content; nothing happens if there is none.

        Raises:
            StoreAway: the store does not answer.
        """


class Folder:
    """A folder that all processes of the service share: for one machine, or a volume that many pods may write.

    Args:
        root: The folder; made when first needed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, id: UUID, content: IO[bytes]) -> None:
        """Write beside the place, bring it to the disk, then give it its name."""
        try:
            await asyncio.to_thread(self._put, self._place(id), content)
        except OSError as error:
            raise StoreAway(f"The folder of files does not take it: {error.strerror}.") from error

    def _put(self, place: Path, content: IO[bytes]) -> None:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = place.with_suffix(".part")
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                content.seek(0)
                shutil.copyfileobj(content, file, PIECE)
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        for folder in (place.parent, self._root):
            _bring_to_disk(folder)

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        """Return the pieces of a content."""
        try:
            file = await asyncio.to_thread(self._place(id).open, "rb")
        except FileNotFoundError as error:
            raise FileLost("The content of this file is not in the store.") from error
        except OSError as error:
            raise StoreAway(f"The folder of files cannot be read: {error.strerror}.") from error
        return pieces(file)

    async def delete(self, id: UUID) -> None:
        """Remove a content, and what a process that died while writing left of it."""
        place = self._place(id)
        try:
            for one in (place, place.with_suffix(".part")):
                await asyncio.to_thread(one.unlink, missing_ok=True)
        except OSError as error:
            raise StoreAway(f"The folder of files cannot be changed: {error.strerror}.") from error

    def _place(self, id: UUID) -> Path:
        # The end of an id is random, its beginning the time: folders fill evenly.
        return self._root / id.hex[-2:] / str(id)


def _bring_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield a file from where it stands, in pieces, and close it."""
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
