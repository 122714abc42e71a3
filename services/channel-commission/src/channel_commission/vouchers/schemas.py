from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.products.rules import Bearer
from channel_commission.vouchers.rules import AccountRole, PostingKind
from shared.http.bodies import Body, RowRead
from shared.money import Money


class VoucherExportCreate(Body):
    plan_id: Annotated[
        UUID | None, Field(description="The trust plan whose books are exported; none for the company's own.")
    ] = None
    through: Annotated[BusinessDate, Field(description="Last day of the postings.")]


class PostingRead(RowRead):
    id: UUID
    txn_key: Annotated[str, Field(description="What it is made for; postings with one key make up a voucher.")]
    leg: int
    kind: PostingKind
    channel_id: UUID
    bearer: Bearer
    plan_id: UUID | None
    product_id: Annotated[UUID | None, Field(description="The product whose sales earned it.")]
    debit: AccountRole
    credit: AccountRole
    debit_account: str
    credit_account: str
    amount: Money
    effective_on: date
    posted_at: datetime
    export_id: Annotated[UUID | None, Field(description="Null until it is exported.")]


class VoucherExportRead(RowRead):
    id: UUID
    number: str
    bearer: Bearer
    plan_id: UUID | None
    through: date
    postings: int
    total: Annotated[Money, Field(description="Of each side.")]
    digest: Annotated[str, Field(description="SHA-256 of the content.")]
    exported_by: UUID
    exported_at: datetime
