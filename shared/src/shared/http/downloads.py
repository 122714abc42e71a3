"""Files made for one caller: whole before the first byte goes out, and gone once they are read.

So an error is an answer and no broken file, and whoever reads slowly holds no transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from urllib.parse import quote

from fastapi.responses import StreamingResponse

#: Smaller files are never written to disk.
_IN_MEMORY: Final = 1024 * 1024
_PIECE: Final = 64 * 1024


@contextmanager
def made() -> Iterator[IO[bytes]]:
    """Give an empty file to be filled, and set it to its beginning; `answer` closes it, and so does an error here."""
    # Without a name on disk nothing is left behind.
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # it outlives this block
    try:
        yield file
        file.seek(0)
    except BaseException:
        file.close()
        raise


def answer(
    file: IO[bytes], *, name: str, title: str, media_type: str, headers: Mapping[str, str] | None = None
) -> StreamingResponse:
    """Return the answer that sends a file to be saved, and closes it however that ends.

    Args:
        file: As `made` leaves it.
        name: What it is saved as by clients that take ASCII only.
        title: What all others save it as.
        media_type: What it is.
        headers: Further headers, among them who may keep it.
    """
    size = file.seek(0, 2)
    file.seek(0)
    told = saved_as(name, title, size=size) | dict(headers or {})
    return StreamingResponse(_pieces(file), media_type=media_type, headers=told)


def saved_as(name: str, title: str, *, size: int) -> dict[str, str]:
    """Return the headers of a file of `size` bytes to be saved, by nobody guessed at (RFC 6266, RFC 8187).

    Args:
        name: What it is saved as by clients that take ASCII only: letters, digits, `-`, `_` and `.`.
        title: What all others save it as, in any script.
        size: In bytes.
    """
    return {
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(title, safe='')}",
        "Content-Length": str(size),
        "X-Content-Type-Options": "nosniff",
    }


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def docs(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that answers with a file of one of these types."""
    content = {media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in media_types}
    return {200: {"description": "The file.", "content": content}}
