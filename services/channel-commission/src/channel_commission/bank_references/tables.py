from sqlmodel import Field

from channel_commission.table_base import Table


class BankReference(Table, table=True):
    """The bank's reference of a payment: no payment is taken for two."""

    __tablename__ = "bank_reference"

    reference: str = Field(primary_key=True)
    #: `statement:<id>` or `draw:<id>`.
    paid: str
