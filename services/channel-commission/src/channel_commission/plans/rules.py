"""Sales quotas (代销额度): what a channel may sell of a product in a time, and how much of it is used.

Sales are confirmed by client-profile before they are heard of here, so a quota does not refuse one: it raises an alarm,
at the shares of policy row `channel.quota_alarm_percents`.
"""

from collections.abc import Sequence
from datetime import date

from shared.errors import Conflict, Invalid


class QuotaPeriodEmpty(Invalid):
    """The quota has no days."""

    code = "quota_period_empty"


class QuotaOverlaps(Conflict):
    """Another quota of this channel and product holds on some of these days."""

    code = "quota_overlaps"


def require_days(valid_from: date, valid_until: date) -> None:
    """Refuse a quota without days.

    Raises:
        QuotaPeriodEmpty: as said.
    """
    if valid_until <= valid_from:
        raise QuotaPeriodEmpty("The quota has no days: its end is the first day after it.", pointer="/valid_until")


def alarm_percent(sold_fen: int, quota_fen: int, thresholds: Sequence[int]) -> int:
    """Return the highest share of the quota in percent that is reached; 0 below all of them.

    Args:
        sold_fen: Confirmed subscriptions of the channel and product on the quota's days, reversed ones left out.
        quota_fen: The quota.
        thresholds: Shares in percent.
    """
    reached = [percent for percent in thresholds if sold_fen * 100 >= quota_fen * percent]
    return max(reached, default=0)
