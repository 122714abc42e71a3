from datetime import date
from uuid import UUID

from pydantic import Field

from client_profile.relationships.rules import RelationshipKind
from shared.http.bodies import Body, Day, ExternalId, Read


class RelationshipCreate(Body):
    """`other_client_id` is the `kind` of the client in the path."""

    other_client_id: UUID
    kind: RelationshipKind = Field(examples=["authorized_agent"])
    started_on: Day
    ended_on: Day | None = None


class RelationshipEnd(Body):
    ended_on: Day


class RelationshipItem(RelationshipCreate):
    """`other_client_id` is the `kind` of `client_id`."""

    external_id: ExternalId
    client_id: UUID


class RelationshipRead(Read):
    """A relationship as seen from one of the two clients."""

    id: UUID
    kind: RelationshipKind = Field(description="What the other client is to this one.")
    other_client_id: UUID
    other_client_number: str | None = Field(description="Null if the other client is out of your reach.")
    other_client_name: str | None = Field(description="Masked; an institution's in full.")
    started_on: date
    ended_on: date | None
