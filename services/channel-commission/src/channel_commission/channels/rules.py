"""Channels: who our partners are, and what their licenses say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.codes import Code
from shared.errors import Conflict, Invalid


class ChannelKind(Code):
    """What a partner is; others than financial institutions may not promote trust plans (集合资金信托计划管理办法)."""

    BANK = "bank", "商业银行"
    SECURITIES = "securities", "证券公司"
    INSURANCE = "insurance", "保险机构"
    FUND_SALES = "fund_sales", "独立基金销售机构"
    TRUST = "trust", "信托同业"
    OTHER_LICENSED = "other_licensed", "其他持牌金融机构"
    UNLICENSED = "unlicensed", "非持牌机构"


class LicenseKind(Code):
    """Financial licenses; a mere business license (营业执照) is none."""

    FINANCIAL = "financial", "金融许可证"
    SECURITIES = "securities", "经营证券期货业务许可证"
    INSURANCE = "insurance", "保险许可证"
    FUND_SALES = "fund_sales", "基金销售业务资格证书"
    OTHER_FINANCIAL = "other_financial", "其他金融业务许可"


class ChannelStatus(Code):
    """Where a partner stands."""

    PROSPECT = "prospect", "意向"
    DUE_DILIGENCE = "due_diligence", "尽职调查中"
    APPROVED = "approved", "已准入"
    SIGNED = "signed", "已签约"
    ACTIVE = "active", "合作中"
    SUSPENDED = "suspended", "已暂停"
    TERMINATED = "terminated", "已终止"
    BLACKLISTED = "blacklisted", "黑名单"


class SuspensionReason(Code):
    """Why a partner may not sell for the time being."""

    LICENSE_EXPIRED = "license_expired", "牌照到期"
    DECISION = "decision", "管理决定"
    RISK_EVENT = "risk_event", "重大风险事件"
    EVALUATION = "evaluation", "评估逾期或不合格"


class ChannelUnknown(Invalid):
    """No channel has this id."""

    code = "channel_unknown"


class HeadOfficeBlacklisted(Conflict):
    """The head office is on the blacklist, and its branches with it."""

    code = "head_office_blacklisted"


class ParentNotHeadOffice(Invalid):
    """The parent is a branch itself."""

    code = "parent_not_head_office"


class ChosenOnce(Invalid):
    """Kind and head office of a channel never change: fees and permissions hang on them."""

    code = "chosen_once"


class LicenseNotAllowed(Invalid):
    """A partner without a financial license cannot name one."""

    code = "license_not_allowed"


class LicensePeriodEmpty(Invalid):
    """A license ends before it begins."""

    code = "license_period_empty"


@dataclass(frozen=True, slots=True)
class HeadOffice:
    """What matters of a channel that shall have branches."""

    is_branch: bool
    is_blacklisted: bool


@dataclass(frozen=True, slots=True)
class Validity:
    """Days on which a license holds, both included (Asia/Shanghai)."""

    valid_from: date
    valid_to: date


def is_covered(day: date, licenses: Sequence[Validity]) -> bool:
    """Return whether one of `licenses` is in date on `day`."""
    return any(license.valid_from <= day <= license.valid_to for license in licenses)


def require_license_fits(kind: ChannelKind, valid_from: date, valid_to: date, *, pointer: str) -> None:
    """Refuse a license that contradicts the partner's kind or has no days.

    Args:
        kind: What the partner is.
        valid_from: First day of the license.
        valid_to: Last day of the license.
        pointer: Where the license stands in the request body, `""` if it is the body.

    Raises:
        LicenseNotAllowed: the partner was entered as one without a financial license.
        LicensePeriodEmpty: it ends before it begins.
    """
    if kind is ChannelKind.UNLICENSED:
        raise LicenseNotAllowed("A partner of kind unlicensed has no financial license.", pointer=pointer or "/kind")
    if valid_to < valid_from:
        raise LicensePeriodEmpty("The license ends before it begins.", pointer=f"{pointer}/valid_to")
