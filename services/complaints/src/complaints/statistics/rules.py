"""Complaint statistics (投诉统计): by what cases are counted, which numbers there are, and rates of them."""

from datetime import date

from shared.codes import Code
from shared.errors import Invalid


class By(Code):
    """What the cases of a period are grouped by."""

    REASON = "reason", "投诉原因"
    LEVEL = "level", "投诉等级"
    SOURCE = "source", "投诉来源"
    PRODUCT_CLASS = "product_class", "产品大类"
    PRODUCT_ID = "product_id", "产品"
    CHANNEL_ID = "channel_id", "合作渠道"
    ROOT_CAUSE = "root_cause", "问题根源"


class Figure(Code):
    """A number of cases."""

    RECEIVED = "received", "受理件数"
    OPEN = "open", "在办件数"
    OVERDUE = "overdue", "逾期未办结件数"
    INFORMED = "informed", "已告知件数"
    IN_TIME = "in_time", "按期告知件数"
    LATE = "late", "逾期告知件数"
    WITHDRAWN = "withdrawn", "撤诉件数"
    EXTENDED = "extended", "延期件数"
    REPEATED = "repeated", "重复投诉件数"
    UPHELD = "upheld", "有责件数"
    REVIEWED = "reviewed", "申请核查件数"
    COMPENSATED = "compensated", "赔付件数"


class PeriodEmpty(Invalid):
    """The period ends before it begins."""

    code = "period_empty"


def require_period(received_from: date, received_to: date) -> None:
    """Refuse a period that ends before it begins; both days belong to it.

    Raises:
        PeriodEmpty: it does.
    """
    if received_to < received_from:
        raise PeriodEmpty("The period ends before it begins.", pointer="/query/received_to")


def rate_bp(part: int, whole: int) -> int | None:
    """Return `part` of `whole` in hundredths of a percent, halves up; None where there is nothing to take a part of."""
    return (2 * part * 10_000 + whole) // (2 * whole) if whole else None
