from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from client_profile.clients.rules import ClientStatus, ScreeningResult, ServiceClass
from client_profile.identity.rules import ClientKind
from client_profile.table_base import Table
from shared.database import Aggregate, coded, instant


class Client(Aggregate, Table, table=True):
    """What is known of a client beside personal data, which `identity` keeps."""

    __tablename__ = "client"

    number: str = Field(unique=True)
    kind: ClientKind = coded(ClientKind)
    status: ClientStatus = coded(ClientStatus, default=ClientStatus.REGISTERED)
    #: The screening that holds for the present name and document; null when there is none.
    screening: ScreeningResult | None = coded(ScreeningResult, default=None, nullable=True)
    service_class: ServiceClass = coded(ServiceClass, default=ServiceClass.C)
    channel_id: UUID | None = Field(default=None, index=True)
    manager_id: UUID | None = Field(default=None, foreign_key="staff.id", index=True)
    unit_id: UUID | None = Field(default=None, foreign_key="organization_unit.id", index=True)
    registered_at: datetime = instant()
    activated_at: datetime | None = instant(default=None, nullable=True)
    closed_at: datetime | None = instant(default=None, nullable=True)
    #: The client that stands for this one while it is merged; stays when both are erased.
    merged_into: UUID | None = Field(default=None, foreign_key="client.id", index=True)
    #: How often this client was merged and that undone again.
    lineage_step: int = Field(default=0, sa_type=BigInteger)
    #: Why the client was suspended last; null once it was activated again.
    suspension_reason: str | None = None


class ClientRisk(Table, table=True):
    """At-risk level of a client (流失预警) as complaints last told it; may be heard of before its client."""

    __tablename__ = "client_risk"

    client_id: UUID = Field(primary_key=True)
    is_flagged: bool
    level: str
    score: int
    reasons: list[str] = Field(sa_type=ARRAY(TEXT))
    rule_version: str
    changed_at: datetime = instant()
    event_version: int = Field(sa_type=BigInteger)
