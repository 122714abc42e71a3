from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from client_profile.relationships.rules import RelationshipKind
from client_profile.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class ClientRelationship(Table, table=True):
    """`other_client_id` is the `kind` of `client_id`; kinds with an inverse are stored in one direction only."""

    __tablename__ = "client_relationship"
    __table_args__ = (
        UniqueConstraint("origin", "external_id"),
        CheckConstraint("client_id <> other_client_id", name="two_clients"),
        CheckConstraint("ended_on >= started_on", name="period"),
        ExcludeConstraint(
            (column("client_id"), "="),
            (column("other_client_id"), "="),
            (column("kind"), "="),
            (text("daterange(started_on, ended_on, '[]')"), "&&"),
            name="client_relationship_no_overlap",
            using="gist",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    other_client_id: UUID = Field(foreign_key="client.id", index=True)
    kind: RelationshipKind = coded(RelationshipKind)
    started_on: date
    ended_on: date | None = None
    origin: str | None = None
    external_id: str | None = None
    created_at: datetime = instant()
