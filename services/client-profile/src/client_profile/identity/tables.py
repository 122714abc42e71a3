from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from client_profile.documents.rules import DocumentKind
from client_profile.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id

_CURRENT = text("replaced_at IS NULL")


class PersonalRecord(Table, table=True):
    """The personal data of a client, encrypted, and the keyed hashes it is searched by."""

    __tablename__ = "personal_record"
    __table_args__ = (
        Index("personal_record_name_tokens_idx", "name_tokens", postgresql_using="gin"),
        Index("personal_record_phone_last4_idx", "phone_last4", postgresql_using="gin"),
    )

    client_id: UUID = Field(primary_key=True, foreign_key="client.id")
    #: `schemas.PersonalData` as JSON, encrypted.
    sealed: bytes
    key_version: int
    #: Keyed hashes of the pieces of the name.
    name_tokens: list[int] = Field(sa_type=ARRAY(BigInteger))
    phone_last4: list[str] = Field(sa_type=ARRAY(TEXT))


class RestrictedIdentity(Table, table=True):
    """The identity of an erased client that dealt, for as long as the law keeps it; found by nothing but the id."""

    __tablename__ = "restricted_identity"

    client_id: UUID = Field(primary_key=True, foreign_key="client.id")
    #: `schemas.RestrictedPersonalData` as JSON, encrypted.
    sealed: bytes
    key_version: int


class IdentityDocument(Table, table=True):
    """An identity document of a client; one is current, replaced ones are kept."""

    __tablename__ = "identity_document"
    __table_args__ = (
        # Deferred: a document claims its number before its client is written, so the loser of a race writes nothing.
        ForeignKeyConstraint(["client_id"], ["client.id"], deferrable=True, initially="DEFERRED"),
        Index("identity_document_current_number_hash_key", "number_hash", unique=True, postgresql_where=_CURRENT),
        Index("identity_document_current_client_id_key", "client_id", unique=True, postgresql_where=_CURRENT),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID
    kind: DocumentKind = coded(DocumentKind)
    #: Keyed hash of kind and number: what duplicates are found by.
    number_hash: bytes
    #: The number, encrypted.
    sealed: bytes
    key_version: int
    valid_until: date | None = None
    recorded_at: datetime = instant()
    replaced_at: datetime | None = instant(default=None, nullable=True)
