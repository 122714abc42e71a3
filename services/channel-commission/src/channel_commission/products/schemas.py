from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.products.rules import Bearer
from shared.http.bodies import Body, Read


class Authorize(Body):
    product_id: UUID
    bearer: Bearer
    valid_from: BusinessDate


class AuthorizationRead(Read):
    id: UUID
    channel_id: UUID
    product_id: UUID
    bearer: Bearer
    valid_from: date
    valid_to: Annotated[date | None, Field(description="First day on which it no longer holds.")]
    authorized_by: UUID
    authorized_at: datetime
