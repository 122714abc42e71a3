from uuid import UUID

from sqlmodel import Field

from complaints.table_base import Table


class CaseSequence(Table, table=True):
    """The last sequence number given to a case received in a year."""

    __tablename__ = "case_sequence"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class Complainant(Table, table=True):
    """A complainant who is no client: name and phone encrypted, and as everybody may read them."""

    __tablename__ = "complainant"

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    #: AES-256-GCM over `{"name", "phone"}`, bound to the case's id.
    sealed: bytes
    masked_name: str
    masked_phone: str
