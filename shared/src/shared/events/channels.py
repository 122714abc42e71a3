"""Events of channel-commission about how partners are watched."""

from datetime import date
from uuid import UUID

from shared.events.base import Event


class ChannelEvaluated(Event):
    """A channel's evaluation was decided.

    Attributes:
        channel_id: The channel.
        evaluation_id: The evaluation.
        grade: `A`, `B`, `C` or `D`.
        has_passed: Whether the channel passed.
        against: What stood against it: `red_line`, `grade_d`, `unstable`, `violating`.
    """

    type = "channel-commission.channel.evaluated.v1"
    consumers = ()

    channel_id: UUID
    evaluation_id: UUID
    grade: str
    has_passed: bool
    against: list[str]


class ChannelPaymentUnanswered(Event):
    """A payment to a channel waits for the bank's answer for too many workdays; told once per attempt.

    Attributes:
        channel_id: The channel.
        statement_id: The statement that is paid.
        attempt_key: The attempt, as the bank names it.
        released_on: Day of its release (Asia/Shanghai).
        workdays: After how many workdays it is told.
    """

    type = "channel-commission.channel.payment_unanswered.v1"
    consumers = ()

    channel_id: UUID
    statement_id: UUID
    attempt_key: str
    released_on: date
    workdays: int


class ChannelQuotaReached(Event):
    """Confirmed sales reached a share of a channel's quota for a product; once per share.

    Attributes:
        channel_id: The channel.
        product_id: The product.
        quota_id: The quota.
        percent: The share reached: 80 or 100.
    """

    type = "channel-commission.channel.quota_reached.v1"
    consumers = ()

    channel_id: UUID
    product_id: UUID
    quota_id: UUID
    percent: int
