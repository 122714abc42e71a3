from sqlmodel import Field

from complaints.table_base import Table


class CaseSequence(Table, table=True):
    """The last sequence number given to a case received in a year."""

    __tablename__ = "case_sequence"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int
