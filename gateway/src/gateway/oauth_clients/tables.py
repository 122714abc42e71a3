"""The OAuth clients of partner channels."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from gateway.oauth_clients.rules import OAuthClientStatus
from gateway.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class OAuthClient(Table, table=True):
    """A program of a channel that may get tokens; `jwks` holds public keys only."""

    __tablename__ = "oauth_client"

    client_id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(index=True)
    name: str
    jwks: dict[str, Any] = document()
    scopes: list[str] = Field(sa_type=ARRAY(TEXT))
    plan: str
    status: OAuthClientStatus = coded(OAuthClientStatus)
    registered_by: str
    created_at: datetime = instant()
    changed_at: datetime = instant()
