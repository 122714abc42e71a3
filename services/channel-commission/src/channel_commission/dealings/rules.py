"""Dealings: which sales earn a fee, and on what terms. The business date alone decides, never the day of arrival."""

from dataclasses import dataclass

from channel_commission.admission.rules import Standing
from channel_commission.agreements.rules import RuleInForce
from channel_commission.channels.rules import ChannelKind
from channel_commission.products.rules import Bearer
from shared.codes import Code


class DealingKind(Code):
    """Dealings that matter to fees."""

    SUBSCRIPTION = "subscription", "认购"
    REDEMPTION = "redemption", "赎回"


class Refusal(Code):
    """Why a dealing earns nothing, or has no effect yet."""

    CHANNEL_UNKNOWN = "channel_unknown", "渠道未登记"
    UNLICENSED = "unlicensed", "渠道无金融牌照"
    CHANNEL_INACTIVE = "channel_inactive", "确认日渠道未处于合作状态"
    LICENSE_NOT_IN_DATE = "license_not_in_date", "确认日渠道牌照不在有效期内"
    PRODUCT_NOT_AUTHORIZED = "product_not_authorized", "确认日产品未授权该渠道代销"
    NO_RATE = "no_rate", "确认日无适用费率"
    SUBSCRIPTION_UNKNOWN = "subscription_unknown", "对应认购尚未收到"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a sale: its rate and who bears the fee."""

    rate: RuleInForce
    bearer: Bearer


def terms_for(standing: Standing | None, bearer: Bearer | None, rate: RuleInForce | None) -> Terms | Refusal:
    """Return the terms of a sale, or why it earns nothing.

    A partner without a financial license is refused before anything else is asked (集合资金信托计划管理办法).

    Args:
        standing: What its channel was on the business date; None if the channel is unknown.
        bearer: Who bears fees of its product in that channel on that day; None if it is not authorized.
        rate: The rate in force on that day; None if there is none.
    """
    if standing is None:
        return Refusal.CHANNEL_UNKNOWN
    if standing.kind is ChannelKind.UNLICENSED:
        return Refusal.UNLICENSED
    if not standing.is_active:
        return Refusal.CHANNEL_INACTIVE
    if not standing.is_licensed:
        return Refusal.LICENSE_NOT_IN_DATE
    if bearer is None:
        return Refusal.PRODUCT_NOT_AUTHORIZED
    return Refusal.NO_RATE if rate is None else Terms(rate, bearer)
