from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.taxes.rules import TaxStatus
from shared.http.bodies import Body, Read, Text


class TaxStatusCreate(Body):
    status: TaxStatus
    valid_from: Annotated[BusinessDate, Field(description="Statements of months that end on it or later follow it.")]
    evidence: Annotated[Text, Field(description="Where the tax office's registration (税务登记信息) is kept.")]


class TaxStatusRead(Read):
    id: UUID
    channel_id: UUID
    status: TaxStatus
    valid_from: date
    evidence: str
    recorded_by: UUID
    recorded_at: datetime
