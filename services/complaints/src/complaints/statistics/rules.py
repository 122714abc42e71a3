"""Complaint statistics (投诉统计): by what cases are counted, which numbers there are, and rates of them."""

from collections.abc import Collection, Mapping
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
    BUSINESS_CODE = "business_code", "业务类别"
    REGIME = "regime", "适用制度"


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
    REPEATED = "repeated", "办结后重复投诉件数"
    MERGED = "merged", "办理期间重复来诉的件数"
    UPHELD = "upheld", "有责件数"
    REVIEWED = "reviewed", "申请核查件数"
    COMPENSATED = "compensated", "赔付件数"


#: What one table has at the most: cause × product × channel.
MOST_DIMENSIONS = 3


class NamedTwice(Invalid):
    """The same is asked for twice, or in two ways that exclude each other."""

    code = "named_twice"


class PeriodEmpty(Invalid):
    """The period ends before it begins."""

    code = "period_empty"


def require_period(first: date, last: date, *, pointer: str = "/query/received_to") -> None:
    """Refuse a period that ends before it begins; both days belong to it.

    Args:
        first: First day.
        last: Last day.
        pointer: Where the last day stands in the request.

    Raises:
        PeriodEmpty: it does.
    """
    if last < first:
        raise PeriodEmpty("The period ends before it begins.", pointer=pointer)


def require_distinct(by: Collection[By]) -> None:
    """Refuse to group by the same twice.

    Raises:
        NamedTwice: it is.
    """
    if len(set(by)) < len(by):
        raise NamedTwice("Group by each only once.", pointer="/query/by")


def values_of(given: Mapping[By, str | None], without: Collection[By]) -> dict[By, str | None]:
    """Return what the cases of a list have in common: a value, or None for those that have none.

    Args:
        given: Wanted value of each; None where nothing is said.
        without: Those of which the cases have none.

    Raises:
        NamedTwice: a value is wanted, and none.
    """
    wanted: dict[By, str | None] = {by: value for by, value in given.items() if value is not None}
    if both := sorted(wanted.keys() & set(without)):
        raise NamedTwice(f"Say a value of {both[0]}, or that there is none.", pointer="/query/without")
    return wanted | dict.fromkeys(without)


def in_time_bp(*, in_time: int, informed: int, overdue: int) -> int | None:
    """Return the in-time rate in hundredths of a percent: of those informed, and those that are late already.

    Who is not informed past the due date will never be in time; a rate of those informed alone would be the better
    the longer late cases are left open.
    """
    return rate_bp(in_time, informed + overdue)


def rate_bp(part: int, whole: int) -> int | None:
    """Return `part` of `whole` in hundredths of a percent, halves up; None where there is nothing to take a part of."""
    return (2 * part * 10_000 + whole) // (2 * whole) if whole else None
