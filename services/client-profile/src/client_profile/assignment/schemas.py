from uuid import UUID

from pydantic import Field

from shared.http.bodies import Body, Read, Text


class Assign(Body):
    manager_id: UUID
    reason: Text | None = None


class HandOver(Body):
    """Who takes over which clients: those named, or with `all` every one within the caller's reach."""

    to_staff_id: UUID
    client_ids: list[UUID] = Field(default=[], max_length=5000)
    all: bool = False
    reason: Text


class HandedOver(Read):
    """How a hand-over (离职交接) ended."""

    from_staff_id: UUID
    to_staff_id: UUID
    moved: int = Field(description="How many clients have the new manager now.")
    left: int = Field(description="How many clients the former manager still has.")
