from uuid import UUID

from pydantic import BaseModel, Field

from shared.money import Money


class StatementOnBoardRead(BaseModel):
    statement_id: UUID
    channel_id: UUID
    period: str
    bearer: str
    product_id: UUID | None
    amount: Money
    status: str


class StatusSum(BaseModel):
    status: str
    statements: int
    amount: Money


class PeriodState(BaseModel):
    """A month: open or closed, and where its statements stand."""

    period: str
    status: str
    statements: int = Field(description="How many came out of its close; 0 while it is open.")
    total: Money = Field(description="Their sum as of the close.")
    by_status: list[StatusSum]
