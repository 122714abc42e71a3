from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.blacklisting.schemas import DocumentNumber
from channel_commission.channels.schemas import BusinessDate
from channel_commission.contacts.rules import ContactRole
from shared.http.bodies import Body, Read, ShortText, Text

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$"), Field(examples=["+86 21 5000 0000"])]
Email = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class ContactCreate(Body):
    role: ContactRole
    name: ShortText
    phone: Phone
    email: Email | None = None
    valid_from: BusinessDate
    document_number: Annotated[DocumentNumber | None, Field(description="Looked up on the blacklist and not kept.")] = (
        None
    )


class ContactEnd(Body):
    on: Annotated[BusinessDate, Field(description="First day on which the contact does not hold any more.")]


class ContactReveal(Body):
    reason: Annotated[Text, Field(description="Why you need it; kept in the audit trail.")]


class ContactRead(Read):
    id: UUID
    channel_id: UUID
    role: ContactRole
    masked_name: str
    masked_phone: str
    valid_from: date
    valid_until: date | None
    recorded_by: UUID
    recorded_at: datetime


class ContactInClear(Read):
    name: str
    phone: str
    email: str | None
