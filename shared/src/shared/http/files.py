"""Files over HTTP: in as the plain body of a PUT, out as an attachment that no browser opens by itself."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

from shared.files.keeping import StoredFile
from shared.files.kinds import ENDINGS
from shared.files.receiving import MAX_FILE_BYTES, Files
from shared.http import downloads
from shared.http.middleware import LIMIT

#: How plain names end, by media type.
_ENDINGS = {kind.value: ending for ending, kind in ENDINGS.items()}
_BINARY = "application/octet-stream"

#: `openapi_extra` of a route that takes a file: what it takes, and how much the gateway and the service let pass.
UPLOAD: dict[str, Any] = {
    "requestBody": {"required": True, "content": {_BINARY: {"schema": {"type": "string", "format": "binary"}}}},
    LIMIT: MAX_FILE_BYTES,
}
#: `responses` of a route that gives a file.
FILE = downloads.docs(_BINARY)


def _files(request: Request) -> Files:
    files: Files = request.app.state.files
    return files


#: The files of this process.
FilesDep = Annotated[Files, Depends(_files)]


def file_response(file: StoredFile, content: AsyncIterator[bytes], *, name: str) -> StreamingResponse:
    """Return a file to be saved under its name: never kept on the way, with its digest (RFC 9530)."""
    plain = f"{file.id}{_ENDINGS.get(file.media_type, '')}"
    headers = downloads.saved_as(plain, name, size=file.size) | {
        "Repr-Digest": f"sha-256=:{b64encode(file.sha256).decode()}:",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(content, media_type=file.media_type, headers=headers)
