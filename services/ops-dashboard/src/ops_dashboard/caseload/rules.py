"""What is due: complaints to be answered and follow-ups to be made."""

from shared.codes import Code


class CaseStatus(Code):
    """Where a complaint stands, as far as its events tell."""

    OPEN = "open", "处理中"
    DECIDED = "decided", "已作出处理决定"
    INFORMED = "informed", "已告知"
    CLOSED = "closed", "已结案"
    WITHDRAWN = "withdrawn", "已撤诉"
    RECLASSIFIED = "reclassified", "已改类，不属于投诉"
    REJECTED = "rejected", "不予受理"


class FollowUpStatus(Code):
    """Where a follow-up stands."""

    SCHEDULED = "scheduled", "待跟进"
    COMPLETED = "completed", "已完成"
    MISSED = "missed", "已逾期"
    CANCELED = "canceled", "已取消"


#: While a case is in one of these the legal clock runs.
CLOCK_RUNS = (CaseStatus.OPEN, CaseStatus.DECIDED)
