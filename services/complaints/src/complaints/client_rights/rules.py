"""The client-rights report (金融消费者权益保护报告): which rights complaints concern, and what is known from elsewhere.

Source: the eight rights of 国务院办公厅关于加强金融消费者权益保护工作的指导意见 (国办发〔2015〕81号). Which class
of reasons concerns which right is a reading of the house; no class of JR/T 0169-2018 concerns the right to be taught
(受教育权).
"""

from collections.abc import Mapping

from complaints.cases.rules import Reason
from shared.codes import Code


class Right(Code):
    """A right of clients."""

    PROPERTY_SAFETY = "property_safety", "财产安全权"
    INFORMATION = "information", "知情权"
    FREE_CHOICE = "free_choice", "自主选择权"
    FAIR_DEALING = "fair_dealing", "公平交易权"
    REDRESS = "redress", "依法求偿权"
    EDUCATION = "education", "受教育权"
    RESPECT = "respect", "受尊重权"
    INFORMATION_SAFETY = "information_safety", "信息安全权"
    OTHER = "other", "其他"


RIGHT_OF: Mapping[Reason, Right] = {
    Reason.SERVICE_QUALITY: Right.RESPECT,
    Reason.FACILITIES: Right.OTHER,
    Reason.RULES_PROCESS: Right.OTHER,
    Reason.MARKETING: Right.INFORMATION,
    Reason.DISCLOSURE: Right.INFORMATION,
    Reason.FREE_CHOICE: Right.FREE_CHOICE,
    Reason.PRICING: Right.FAIR_DEALING,
    Reason.PRODUCT_RETURN: Right.PROPERTY_SAFETY,
    Reason.CONTRACT_TERMS: Right.FAIR_DEALING,
    Reason.FUND_SAFETY: Right.PROPERTY_SAFETY,
    Reason.INFORMATION_SAFETY: Right.INFORMATION_SAFETY,
    Reason.DEBT_COLLECTION: Right.RESPECT,
    Reason.OTHER: Right.OTHER,
}


class Occurrence(Code):
    """What events of other services tell of clients' rights."""

    SUITABILITY_ASSESSED = "suitability_assessed", "适当性评估次数"
    QUALIFIED = "qualified", "认定为合格投资者次数"
    UNQUALIFIED = "unqualified", "不再符合合格投资者条件次数"


class Gap(Code):
    """What the report should tell and no event does: no number is better than a wrong one."""

    SUITABILITY_REFUSED = "suitability_refused", "适当性不匹配拒绝交易：客户档案服务尚无此类事件"
    CONSENT_CHANGED = "consent_changed", "授权同意的变更与撤回：客户档案服务尚无此类事件"
    PRIVACY_REQUESTED = "privacy_requested", "查询、更正等个人信息请求：仅删除请求有事件"
