"""Identifiers: UUIDv7, so that they sort by the time they were made and name no person."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return UUID(int=uuid7().int)
