"""Events of channel-commission: channels, accruals, settlements and periods. Periods read `2026-10`."""

from datetime import date
from uuid import UUID

from shared.events.base import Event
from shared.money import Money


class _ChannelEvent(Event):
    channel_id: UUID


class ChannelRegistered(_ChannelEvent):
    """A partner channel was entered as a prospect.

    Attributes:
        kind: `bank`, `securities`, `insurance`, `fund_sales`, `trust`, `other_licensed` or `unlicensed`.
        parent_id: Its head office; null if it is one.
    """

    type = "channel-commission.channel.registered.v1"
    consumers = ("client_profile",)

    kind: str
    parent_id: UUID | None = None


class ChannelUpdated(_ChannelEvent):
    """Fields of a channel changed.

    Attributes:
        changed: Names of the changed fields, without their values.
    """

    type = "channel-commission.channel.updated.v1"
    consumers = ()

    changed: list[str]


class ChannelActivated(_ChannelEvent):
    """A channel may sell: due diligence passed, license and agreement in date."""

    type = "channel-commission.channel.activated.v1"
    consumers = ("client_profile",)


class ChannelSuspended(_ChannelEvent):
    """A channel may not sell for the time being.

    Attributes:
        reason: `license_expired`, `decision`, `risk_event` or `evaluation`.
    """

    type = "channel-commission.channel.suspended.v1"
    consumers = ("client_profile",)

    reason: str


class ChannelTerminated(_ChannelEvent):
    """A channel may not sell any more."""

    type = "channel-commission.channel.terminated.v1"
    consumers = ("client_profile",)


class ChannelLicenseExpiring(_ChannelEvent):
    """A channel's license ends soon.

    Attributes:
        valid_to: Last day of the license.
        days_left: 60 or 30.
    """

    type = "channel-commission.channel.license_expiring.v1"
    consumers = ()

    valid_to: date
    days_left: int


class ChannelProductAuthorized(_ChannelEvent):
    """A channel may sell a product.

    Attributes:
        product_id: The product.
        bearer: Who bears the fee: `company` or `trust_plan`.
        valid_from: First day.
        valid_to: First day on which it no longer holds; null if open.
    """

    type = "channel-commission.channel.product_authorized.v1"
    consumers = ("client_profile",)

    product_id: UUID
    bearer: str
    valid_from: date
    valid_to: date | None = None


class _AccrualEvent(Event):
    """A fee entry.

    Attributes:
        accrual_id: The entry.
        client_id: Whose dealing earned it.
        channel_id: The channel it is owed to.
        product_id: The product sold.
        dealing_id: The dealing that caused it.
        bearer: `company` or `trust_plan` (then the plan is `product_id`).
        amount: Signed: reversals and clawbacks are negative.
        earned_period: Month of the business date.
        booked_period: Month in whose settlement it stands.
    """

    accrual_id: UUID
    client_id: UUID
    channel_id: UUID
    product_id: UUID
    dealing_id: UUID
    bearer: str
    amount: Money
    earned_period: str
    booked_period: str


class AccrualBooked(_AccrualEvent):
    """A fee was earned by a confirmed dealing."""

    type = "channel-commission.accrual.booked.v1"
    consumers = ("client_profile",)


class AccrualReversed(_AccrualEvent):
    """A fee was taken back because its dealing was.

    Attributes:
        corrects_id: The entry it corrects.
    """

    type = "channel-commission.accrual.reversed.v1"
    consumers = ("client_profile",)

    corrects_id: UUID


class AccrualClawedBack(_AccrualEvent):
    """Part of a fee is owed back because the client redeemed early.

    Attributes:
        corrects_id: The entry it corrects.
    """

    type = "channel-commission.accrual.clawed_back.v1"
    consumers = ("client_profile",)

    corrects_id: UUID


class AccrualWithheld(_AccrualEvent):
    """A fee that was earned is not paid for the time being."""

    type = "channel-commission.accrual.withheld.v1"
    consumers = ()


class AccrualReleased(_AccrualEvent):
    """A fee that was withheld is paid after all."""

    type = "channel-commission.accrual.released.v1"
    consumers = ()


class _SettlementEvent(Event):
    """A statement of one channel and bearer.

    Attributes:
        statement_id: The statement.
        channel_id: The channel.
        period: Month in which it came out; one of a quarter covers the months before as well.
        bearer: `company` or `trust_plan`.
        product_id: The trust plan that bears it, or whose establishment it settles; null for others.
        amount: Sum of its entries, signed.
        payable: What is to be paid: its entries with the balance brought forward, nothing if that is negative.
        digest: SHA-256 over its entries; approvals name it.
    """

    statement_id: UUID
    channel_id: UUID
    period: str
    bearer: str
    product_id: UUID | None = None
    amount: Money
    payable: Money | None = None
    digest: str


class SettlementCalculated(_SettlementEvent):
    """A statement was frozen at the close of its period."""

    type = "channel-commission.settlement.calculated.v1"


class SettlementChecked(_SettlementEvent):
    """A statement was checked by a person."""

    type = "channel-commission.settlement.checked.v1"


class SettlementSent(_SettlementEvent):
    """A statement was sent to the channel."""

    type = "channel-commission.settlement.sent.v1"


class SettlementConfirmed(_SettlementEvent):
    """The channel confirmed a statement."""

    type = "channel-commission.settlement.confirmed.v1"


class SettlementDisputed(_SettlementEvent):
    """The channel confirmed a statement but for some lines, which are not paid with it."""

    type = "channel-commission.settlement.disputed.v1"


class SettlementInvoiced(_SettlementEvent):
    """The channel's invoice over the statement arrived."""

    type = "channel-commission.settlement.invoiced.v1"


class SettlementPaymentApproved(_SettlementEvent):
    """A second person approved the payment."""

    type = "channel-commission.settlement.payment_approved.v1"


class SettlementPaid(_SettlementEvent):
    """A statement was paid."""

    type = "channel-commission.settlement.paid.v1"


class SettlementPaymentRequested(_SettlementEvent):
    """An approved payment stands in a file for the bank; how that ends is not known yet."""

    type = "channel-commission.settlement.payment_requested.v1"


class SettlementPaymentReturned(_SettlementEvent):
    """A payment did not take place: its file was dropped, or the bank refused it. It is approved still."""

    type = "channel-commission.settlement.payment_returned.v1"


class SettlementVoided(_SettlementEvent):
    """A statement is void before it was paid; the next one takes its entries."""

    type = "channel-commission.settlement.voided.v1"


class SettlementArchived(_SettlementEvent):
    """A statement is done with."""

    type = "channel-commission.settlement.archived.v1"


class _PeriodEvent(Event):
    """A month of fees.

    Attributes:
        period: The month.
    """

    period_id: UUID
    period: str


class PeriodOpened(_PeriodEvent):
    """A month takes entries."""

    type = "channel-commission.period.opened.v1"


class PeriodClosed(_PeriodEvent):
    """A month takes no entries any more.

    Attributes:
        statements: How many statements came out of it.
        total: Sum over all statements.
    """

    type = "channel-commission.period.closed.v1"

    statements: int
    total: Money
