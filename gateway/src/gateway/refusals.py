"""A request the gateway answers itself: what is wrong, and what the caller can do about it."""

from typing import Any

from starlette.exceptions import HTTPException


class Refused(HTTPException):
    """The gateway will not pass this request on, or could not.

    Args:
        status: HTTP status of the answer.
        code: What a program branches on; never changes.
        detail: One sentence for a person that says what to do; holds no personal data.
        headers: Header fields of the answer.
        facts: Further members of the problem document.
    """

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **facts: Any
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.facts = facts


#: What stands in the access log for a caller that went away: nginx's code, never sent.
CALLER_GONE = 499


class CallerGone(Exception):
    """The caller closed the connection before it was answered."""
