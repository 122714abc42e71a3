"""Erasing a client's personal data (个人信息删除): what becomes of each kind of record, and for how long it is kept.

Personal Information Protection Law (个人信息保护法) art. 47: data is deleted where its purpose is reached or consent
withdrawn; while a statutory period runs it is kept, and not used for anything but keeping and protecting it.
"""

from datetime import date

from shared.codes import Code
from shared.errors import DomainError


class Outcome(Code):
    """What became of the records of one kind."""

    DELETED = "deleted", "已删除"
    RESTRICTED = "restricted", "限制处理"


class RecordKind(Code):
    """Kinds of records that services keep about a client."""

    IDENTITY = "identity", "身份资料"
    SCREENING = "screening", "名单筛查记录"
    DEALING = "dealing", "交易记录"
    SUITABILITY = "suitability", "适当性资料"
    RELATIONSHIP = "relationship", "客户关系"
    PROFILE = "profile", "客户画像"
    AUDIT = "audit", "审计记录"
    COMPLAINT_FILE = "complaint_file", "投诉档案"
    RISK_SIGNAL = "risk_signal", "流失预警数据"
    INTERACTION = "interaction", "联系记录"
    FOLLOW_UP = "follow_up", "跟进任务"
    TIMELINE = "timeline", "客户时间线"
    PARKED_EVENT = "parked_event", "挂起事件"
    COMMISSION = "commission", "佣金计提"
    DASHBOARD = "dashboard", "运营看板"


class ClientIsErased(DomainError):
    """The client's personal data was erased; what the law keeps is shown to compliance and audit only."""

    status = 410
    code = "client_erased"


def kept_until(last_day: date, years: int) -> date:
    """Return the last day on which a record is kept.

    Args:
        last_day: Business date (Asia/Shanghai) from which the period counts.
        years: Policy row of the kind of record.
    """
    try:
        return last_day.replace(year=last_day.year + years)
    except ValueError:  # 29 February, in a year without one
        return date(last_day.year + years, 3, 1)
