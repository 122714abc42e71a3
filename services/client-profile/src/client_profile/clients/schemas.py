from datetime import datetime
from uuid import UUID

from pydantic import Field

from client_profile.clients.rules import ClientStatus, ServiceClass
from client_profile.identity.rules import ClientKind
from client_profile.identity.schemas import IdentityRead, IdentityUnmasked, Profile
from shared.http.bodies import Body, Read, Text


class ClientCreate(Profile):
    channel_id: UUID | None = Field(default=None, description="The partner channel that referred the client.")


class Unmask(Body):
    reason: Text


class RiskRead(Read):
    """At-risk level (流失预警) as the complaints service computed it."""

    level: str
    score: int
    reasons: list[str]
    rule_version: str
    changed_at: datetime


class ClientBasics(Read):
    """What is no personal data."""

    id: UUID
    version: int
    number: str
    kind: ClientKind
    status: ClientStatus
    service_class: ServiceClass | None = Field(description="Null for channels and clients.")
    is_screened: bool = Field(description="Whether a clear screening holds for the present name and document.")
    risk: RiskRead | None = Field(
        description="Null while the client is not at risk of leaving, and for channels and clients."
    )
    channel_id: UUID | None
    manager_id: UUID | None
    unit_id: UUID | None
    merged_into: UUID | None = Field(description="The client that stands for this one, if it is merged.")
    registered_at: datetime
    activated_at: datetime | None
    closed_at: datetime | None


class ClientRead(ClientBasics, IdentityRead):
    """A client with personal data masked."""


class ClientUnmasked(IdentityUnmasked):
    """A client's personal data in full."""

    id: UUID


class ClientSignIn(Read):
    """What the gateway needs to know of a client who signs in to the client app."""

    id: UUID
