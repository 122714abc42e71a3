from uuid import UUID

from sqlmodel import Field

from channel_commission.rates.rules import InvestorKind
from channel_commission.table_base import Table
from shared.database import coded


class Investor(Table, table=True):
    """What a client is: rates may hang on it. Nothing else of a client is kept here."""

    __tablename__ = "investor"

    client_id: UUID = Field(primary_key=True)
    kind: InvestorKind = coded(InvestorKind)
