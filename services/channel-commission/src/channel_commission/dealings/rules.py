"""Dealings: which sales earn a fee, and on what terms. The business date alone decides, never the day of arrival."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from channel_commission.admission.rules import Standing
from channel_commission.channels.rules import ChannelKind
from channel_commission.products.rules import Bearer
from channel_commission.rates.rules import Found, RuleInForce
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
    INVESTOR_UNKNOWN = "investor_unknown", "费率取决于投资者类型，尚未获知"
    PAYEE_NOT_ELIGIBLE = "payee_not_eligible", "确认日分佣渠道不符合条件"
    SUBSCRIPTION_UNKNOWN = "subscription_unknown", "对应认购尚未收到"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a sale: who bears its fees, and the rate of each fee it earns, at least one.

    `override` is what the head office of the channel gets of the upfront fee.
    """

    bearer: Bearer
    upfront: RuleInForce | None = None
    trailing: RuleInForce | None = None
    override: RuleInForce | None = None

    @property
    def rates(self) -> list[RuleInForce]:
        """The rates there are."""
        return [rate for rate in (self.upfront, self.trailing, self.override) if rate is not None]


def terms_for(
    standing: Standing | None,
    bearer: Bearer | None,
    found: Found | None,
    payees: Sequence[Standing | None] = (),
    override: RuleInForce | None = None,
) -> Terms | Refusal:
    """Return the terms of a sale, or why it earns nothing.

    A partner without a financial license is refused before anything else is asked (集合资金信托计划管理办法); a share
    for a partner that may not earn on that day is as impossible as a fee.

    Args:
        standing: What its channel was on the business date; None if the channel is unknown.
        bearer: Who bears fees of its product in that channel on that day; None if it is not authorized.
        found: The rates in force on that day; None if there are none.
        payees: What each channel with a share was on that day.
        override: What its head office of that day gets, see `override_of`.
    """
    refusal = _standing_refuses(standing)
    if refusal is not None:
        return refusal
    if bearer is None:
        return Refusal.PRODUCT_NOT_AUTHORIZED
    if found is not None and found.needs_investor:
        return Refusal.INVESTOR_UNKNOWN
    if found is None or (found.upfront is None and found.trailing is None):
        return Refusal.NO_RATE
    if any(_standing_refuses(one) is not None for one in payees):
        return Refusal.PAYEE_NOT_ELIGIBLE
    return Terms(bearer, found.upfront, found.trailing, override if found.upfront is not None else None)


def override_of(
    parent_id: UUID | None, standing: Standing | None, found: Found | None, payees: Collection[UUID]
) -> RuleInForce | None:
    """Return what the head office of a channel gets of a sale's fee; None for nothing, which refuses no sale.

    It must be able to earn on that day like any channel, and has no share in the fee already: nobody earns twice by one
    sale (guide, invariant I13).

    Args:
        parent_id: The head office on the business date; None if the channel stood under none.
        standing: What that was on the business date.
        found: Its own rates in force on that day.
        payees: The channels with a share in the fee.
    """
    if parent_id is None or found is None or parent_id in payees or _standing_refuses(standing) is not None:
        return None
    return found.override


def _standing_refuses(standing: Standing | None) -> Refusal | None:
    if standing is None:
        return Refusal.CHANNEL_UNKNOWN
    if standing.kind is ChannelKind.UNLICENSED:
        return Refusal.UNLICENSED
    if not standing.is_active:
        return Refusal.CHANNEL_INACTIVE
    return None if standing.is_licensed else Refusal.LICENSE_NOT_IN_DATE
