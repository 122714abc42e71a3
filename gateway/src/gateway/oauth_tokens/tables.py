"""Assertions that were used, so that none is used twice."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from gateway.table_base import Table
from shared.database import instant


class UsedAssertion(Table, table=True):
    """An assertion that bought a token; forgotten some time after it has expired."""

    __tablename__ = "used_assertion"

    client_id: UUID = Field(primary_key=True, foreign_key="oauth_client.client_id")
    jti: str = Field(primary_key=True)
    expires_at: datetime = instant(index=True)
