from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.payments.rules import AttemptStatus, FileStatus
from channel_commission.settlements.schemas import Reference
from shared.http.bodies import Body, RowRead, Text
from shared.money import Money


class FilePrepare(Body):
    statement_ids: Annotated[list[UUID], Field(min_length=1, max_length=500, description="Payments that are approved.")]


class FileRelease(Body):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The file's digest as you read it.")]


class FileCancel(Body):
    reason: Text


class BankAnswer(Body):
    """What the bank says of one attempt: settled with day and reference, refused or not known with a reason."""

    answer: Literal["settled", "rejected", "unknown"]
    paid_on: BusinessDate | None = None
    reference: Annotated[Reference | None, Field(description="The bank's reference of the payment.")] = None
    reason: Text | None = None


class AttemptRead(RowRead):
    id: UUID
    statement_id: UUID
    number: Annotated[int, Field(description="1 for the first attempt.")]
    file_id: UUID
    payee_account_id: UUID | None
    key: Annotated[str, Field(description="What the bank's answer names: the statement and the attempt's number.")]
    amount: Money
    status: AttemptStatus
    status_zh: str
    paid_on: date | None
    reference: str | None
    reason: str | None
    answered_by: UUID | None
    answered_at: datetime | None
    alarmed_at: Annotated[datetime | None, Field(description="When it was told that the bank's answer is late.")]


class FileRead(RowRead):
    id: UUID
    number: str
    status: FileStatus
    status_zh: str
    format_version: int
    payments: int
    total: Money
    digest: Annotated[str, Field(description="SHA-256 of the file as kept, with account ids in place of numbers.")]
    prepared_by: UUID
    prepared_at: datetime
    released_by: UUID | None
    released_at: datetime | None
    canceled_by: UUID | None
    cancel_reason: str | None
