"""ETag and If-Match: a change is only taken on the version the caller has read."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response
from starlette.exceptions import HTTPException

from shared.errors import Stale

_ETAG = re.compile(r'"(\d{1,18})"')


def set_etag(response: Response, version: int) -> None:
    """Put the version of the resource on the response as a strong ETag."""
    response.headers["ETag"] = f'"{version}"'


def _if_match(if_match: Annotated[str | None, Header(description='ETag of the version read, e.g. "3"')] = None) -> int:
    if if_match is None:
        raise HTTPException(428, "Send If-Match with the ETag you read, so that no other change is overwritten.")
    matched = _ETAG.fullmatch(if_match.strip())
    if matched is None:
        raise Stale('If-Match must be the ETag you read, e.g. "3".', pointer="/header/If-Match")
    return int(matched.group(1))


#: The version the caller has read; 428 when missing.
IfMatchDep = Annotated[int, Depends(_if_match)]


def require_version(expected: int, current: int) -> None:
    """Refuse a change that was made on an older version.

    Raises:
        Stale: the versions differ; the current one is told.
    """
    if expected != current:
        raise Stale(
            "Somebody else changed this since you read it; read again.", pointer="/header/If-Match", current=current
        )
