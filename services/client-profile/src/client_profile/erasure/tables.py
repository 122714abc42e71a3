from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from client_profile.erasure.rules import ErasureGround
from client_profile.table_base import Table
from shared.database import coded, instant
from shared.erasure.rules import Outcome


class Erasure(Table, table=True):
    """That a client's personal data was erased: when, why, by whom, on which request."""

    __tablename__ = "erasure"
    __table_args__ = (Index("erasure_erased_at_client_id_idx", "erased_at", "client_id"),)

    client_id: UUID = Field(primary_key=True, foreign_key="client.id")
    erased_at: datetime = instant()
    ground: ErasureGround = coded(ErasureGround)
    request_number: str
    erased_by: UUID


class ErasureAnswer(Table, table=True):
    """What a service did last with one kind of record of an erased client. No foreign key: events come in any order."""

    __tablename__ = "erasure_answer"

    client_id: UUID = Field(primary_key=True)
    service: str = Field(primary_key=True)
    record_kind: str = Field(primary_key=True)
    outcome: Outcome = coded(Outcome)
    kept_until: date | None = None
    legal_basis: str | None = None
    answered_at: datetime = instant()


class KnownCase(Table, table=True):
    """A complaint as far as erasing asks: whose it is, and whether it runs."""

    __tablename__ = "known_case"
    __table_args__ = (Index("known_case_running_idx", "client_id", postgresql_where=text("is_open")),)

    complaint_id: UUID = Field(primary_key=True)
    client_id: UUID | None = None
    is_open: bool
    told_version: int = Field(sa_type=BigInteger)
