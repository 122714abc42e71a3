from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.payee_accounts.rules import AccountStatus
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class PayeeAccount(Table, table=True):
    """A bank account of a channel. Holder, bank and number never change; a trigger refuses it."""

    __tablename__ = "payee_account"
    __table_args__ = (
        CheckConstraint("called_back_by <> proposed_by AND confirmed_by <> proposed_by", name="two_people"),
        CheckConstraint("valid_until >= valid_from", name="period"),
        CheckConstraint("status NOT IN ('confirmed', 'stopped') OR valid_from IS NOT NULL", name="confirmed"),
        CheckConstraint("valid_from IS NULL OR (called_back_at IS NOT NULL AND confirmed_by IS NOT NULL)", name="eyes"),
        ExcludeConstraint(
            ("channel_id", "="),
            (text("daterange(valid_from, valid_until)"), "&&"),
            name="payee_account_one_in_force",
            where=text("valid_from IS NOT NULL"),
            using="gist",
        ),
        Index(
            "payee_account_one_pending_key",
            "channel_id",
            unique=True,
            postgresql_where=text("status IN ('proposed', 'called_back')"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    status: AccountStatus = coded(AccountStatus, default=AccountStatus.PROPOSED)
    holder: str
    bank_name: str
    #: CNAPS code of the branch (联行号), 12 digits.
    bank_code: str
    #: The account number: AES-256-GCM, bound to this row's id.
    sealed: bytes
    masked_number: str
    reason: str
    proposed_by: UUID
    proposed_at: datetime = instant()
    #: Whom the call reached at which number known before, and what was said.
    call_back: str | None = None
    called_back_by: UUID | None = None
    called_back_at: datetime | None = instant(default=None, nullable=True)
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = instant(default=None, nullable=True)
    #: First day on which it may be paid to.
    valid_from: date | None = None
    #: First day on which it may not any more.
    valid_until: date | None = None
    #: Who refused or stopped it, and why.
    ended_by: UUID | None = None
    ended_at: datetime | None = instant(default=None, nullable=True)
    end_reason: str | None = None
