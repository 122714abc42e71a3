"""A bucket of any S3-compatible store, by obstore: signed, retried, in parts where a content is large."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Final
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from shared.files.store import PIECE, FileLost, StoreAway

_PART_BYTES: Final = 8 * 1024 * 1024
#: Parts under way at the same time; each is held in memory.
_PARTS: Final = 2
_CONNECT: Final = timedelta(seconds=3)
#: One request: a part, or the wait for the next bytes.
_REQUEST: Final = timedelta(seconds=60)
_RETRY_FOR: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Account:
    """How a bucket is reached.

    Attributes:
        endpoint: Address of the store; None for that of AWS in `region`.
        region: Region that signatures name.
        access_key: Who calls.
        secret_key: Proves it.
    """

    endpoint: str | None
    region: str
    access_key: str
    secret_key: str


class Bucket:
    """A bucket of an S3-compatible store.

    A broken upload in parts leaves nothing that can be read; its parts are removed by a rule of the bucket for
    incomplete uploads (docs/operations.md).

    Args:
        bucket: Its name.
        prefix: Put before every id; may be empty.
        account: How it is reached.
    """

    def __init__(self, bucket: str, *, prefix: str, account: Account) -> None:
        is_plain = account.endpoint is not None and account.endpoint.startswith("http://")
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            config={
                "region": account.region,
                "access_key_id": account.access_key,
                "secret_access_key": account.secret_key,
                **({"endpoint": account.endpoint} if account.endpoint else {}),
            },
            client_options={"allow_http": is_plain, "connect_timeout": _CONNECT, "timeout": _REQUEST},
            retry_config={"max_retries": 3, "retry_timeout": _RETRY_FOR},
        )

    async def put(self, id: UUID, content: IO[bytes]) -> None:
        """Send a content, the large ones in parts."""
        content.seek(0)
        try:
            await obstore.put_async(self._store, str(id), content, chunk_size=_PART_BYTES, max_concurrency=_PARTS)
        except (BaseError, OSError) as error:
            raise StoreAway("The bucket of files does not take it.") from error

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        """Return the pieces of a content."""
        try:
            found = await obstore.get_async(self._store, str(id))
        except FileNotFoundError as error:
            raise FileLost("The content of this file is not in the store.") from error
        except (BaseError, OSError) as error:
            raise StoreAway("The bucket of files does not answer.") from error
        return _pieces(found.stream(min_chunk_size=PIECE))

    async def delete(self, id: UUID) -> None:
        """Remove a content; S3 says nothing of one that is not there."""
        try:
            await obstore.delete_async(self._store, str(id))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreAway("The bucket of files cannot be changed.") from error


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in stream:
        yield bytes(piece)
