from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.payee_accounts.rules import AccountStatus
from shared.http.bodies import Body, Read, ShortText, Text

AccountNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{8,32}$"),
    Field(description="Account number (账号), digits only.", examples=["6222020200112233445"]),
]
BankCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{12}$"),
    Field(description="CNAPS code of the branch (联行号).", examples=["102100099996"]),
]


class PayeeAccountCreate(Body):
    """An account that fees shall be paid to; it must be in the partner's own name or its head office's."""

    holder: Annotated[ShortText, Field(description="In whose name it is (户名).")]
    bank_name: Annotated[ShortText, Field(description="Bank and branch (开户行).")]
    bank_code: BankCode
    number: AccountNumber
    reason: Annotated[Text, Field(description="Why, and where the partner's letter is kept.")]


class CallBack(Body):
    """What a call to a number known before, never one from the letter itself, brought."""

    is_genuine: Annotated[bool, Field(description="Whether the partner said that the account is its own.")]
    note: Annotated[Text, Field(description="Whom the call reached at which number, and what was said.")]


class Ending(Body):
    reason: Text


class Reveal(Body):
    reason: Annotated[Text, Field(description="Why you need the number; kept in the audit trail.")]


class PayeeAccountRead(Read):
    id: UUID
    channel_id: UUID
    status: AccountStatus
    holder: str
    bank_name: str
    bank_code: str
    masked_number: str
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    call_back: str | None
    called_back_by: UUID | None
    called_back_at: datetime | None
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    #: First day on which it may be paid to (Asia/Shanghai).
    valid_from: date | None
    #: First day on which it may not any more; null while no other follows.
    valid_until: date | None
    ended_by: UUID | None
    ended_at: datetime | None
    end_reason: str | None
    #: Whether it may be paid to today.
    is_payable: bool
    allowed: list[str]


class PayeeAccountInClear(Read):
    holder: str
    bank_name: str
    bank_code: str
    number: str
