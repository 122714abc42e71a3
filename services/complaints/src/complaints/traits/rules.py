"""What a case is besides its state: under which regime, how urgent, how delicate, what is asked for."""

from collections.abc import Mapping
from datetime import date

from shared.codes import Code


class Regime(Code):
    """Whose rules set the legal time of a case."""

    NFRA = "nfra", "银行业保险业消费投诉处理管理办法"
    PBOC = "pboc", "中国人民银行金融消费者权益保护实施办法"


class Urgency(Code):
    """How soon somebody must look at a case; the first is the most urgent."""

    FIRST = "i", "一级（紧急）"
    SECOND = "ii", "二级（较急）"
    THIRD = "iii", "三级（一般）"


class Tag(Code):
    """What makes a case delicate (敏感标签)."""

    REGULATOR = "regulator", "监管关注"
    MEDIA = "media", "媒体关注"
    JUDICIAL = "judicial", "涉及司法"
    PETITION = "petition", "信访苗头"
    DRASTIC = "drastic", "过激行为"
    EMOTIONAL = "emotional", "情绪激动"
    SPECIAL_GROUP = "special_group", "特殊群体（老年人、残疾人等）"
    SPECIAL_PROFESSION = "special_profession", "特殊职业"


class RequestKind(Code):
    """What the complainant asks for (诉求类型)."""

    REFUND = "refund", "退款退费"
    VERIFY = "verify", "核实情况"
    REPLY = "reply", "答复解释"
    ENQUIRY = "enquiry", "查询资料"
    COMPENSATION = "compensation", "赔偿损失"
    STOP_DISTURBING = "stop_disturbing", "停止打扰"
    SPEED_UP = "speed_up", "加快办理"
    RESTORE_USE = "restore_use", "恢复使用"


#: First day of the measures of the People's Bank (中国人民银行令〔2020〕第5号).
PBOC_FROM = date(2020, 11, 1)
#: Policy row with the days for the decision, by regime.
DECISION_DAYS: Mapping[Regime, str] = {
    Regime.NFRA: "complaint.decision_days",
    Regime.PBOC: "complaint.pboc_decision_days",
}


def regime_of(*, is_from_pboc: bool, received_on: date) -> Regime:
    """Return whose rules set the legal time: those of the People's Bank for what it forwards, else the supervisor's.

    Args:
        is_from_pboc: Whether the People's Bank forwarded the case.
        received_on: Day of receipt (Asia/Shanghai); before the first day of its measures the general ones hold.
    """
    return Regime.PBOC if is_from_pboc and received_on >= PBOC_FROM else Regime.NFRA
