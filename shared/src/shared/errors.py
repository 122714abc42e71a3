"""Errors of the domain: each names the state that forbids something and carries its HTTP status.

    DomainError
    ├── Invalid        422  a value is malformed or out of range; points to the field
    ├── Forbidden      403  the caller may not do this
    ├── NotFound       404  this service owns the id and does not know it
    ├── Conflict       409  the state forbids it; says what is allowed
    │   ├── MergedAway  409 the record went up in another; readers are led there by a 301
    │   ├── SecondPersonNeeded 409 who took one step may not take the next as well
    │   └── NotYetKnown 409 an id owned elsewhere has not been heard of yet; try again shortly
    ├── Stale          412  the caller's version is not the current one
    └── Unavailable    503  something this service needs is away; try again shortly

Features subclass these in their `rules.py` with a `code` that never changes. No framework may be imported here.
"""

from typing import ClassVar

#: What every problem answer says of itself; facts have other names.
PROBLEM_MEMBERS = frozenset({"type", "title", "status", "detail", "code", "instance", "errors", "headers"})


class DomainError(Exception):
    """What a caller did wrong or met, told in one sentence, with facts a program can use.

    Args:
        detail: One sentence for a person; never holds personal data.
        pointer: JSON pointer of the offending field, e.g. `/amount`; None if no single field is at fault.
        facts: Further members of the problem answer, e.g. `allowed=["extend"]`; JSON values only.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "domain_error"
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(self, detail: str, *, pointer: str | None = None, **facts: object) -> None:
        super().__init__(detail)
        if taken := PROBLEM_MEMBERS & facts.keys():
            raise TypeError(f"{sorted(taken)} are members of every problem; name the fact otherwise, e.g. `state`")
        self.detail = detail
        self.pointer = pointer
        self.facts = facts


class Invalid(DomainError):
    """A value is malformed, out of range, or does not fit the others."""

    status = 422
    code = "invalid"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """This service owns the id and does not know it, or the caller may not see it."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """The present state forbids the command."""

    status = 409
    code = "conflict"


class MergedAway(Conflict):
    """The record was merged into another one: a reader is led there (301), a writer is refused (409).

    Args:
        detail: One sentence for a person.
        merged: Id of the record that is no more by itself.
        into: Id of the one that stands for it.
    """

    code = "merged_away"

    def __init__(self, detail: str, *, merged: str, into: str) -> None:
        super().__init__(detail, merged_into=into)
        self.merged, self.into = merged, into


class SecondPersonNeeded(Conflict):
    """Who took one step of a matter may not take the next as well (四眼原则)."""

    code = "second_person_needed"


class NotYetKnown(Conflict):
    """An id that another service owns has not been heard of yet."""

    code = "not_yet_known"
    retry_after_seconds = 2


class Stale(DomainError):
    """Somebody else changed the resource since the caller read it."""

    status = 412
    code = "stale"


class Unavailable(DomainError):
    """Something this service needs is away for the moment."""

    status = 503
    code = "unavailable"
    retry_after_seconds = 2
