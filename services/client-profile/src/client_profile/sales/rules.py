"""The sale gate (销售准入): who may buy which product, with a reason for every refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from client_profile.clients.rules import ClientStatus
from client_profile.products.rules import Grade, ProductKind, ProductStatus, minimum_fen, takes_subscriptions, yuan
from client_profile.suitability.rules import RiskLevel
from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid, NotYetKnown


class RefusalReason(Code):
    """Why a sale is refused."""

    CLIENT_NOT_ACTIVE = "client_not_active", "客户状态不可交易"
    SCREENING_NOT_CLEAR = "screening_not_clear", "名单筛查未通过"
    UNDER_AGE = "under_age", "客户未成年"
    RISK_LEVEL_MISSING = "risk_level_missing", "未完成风险测评"
    RISK_LEVEL_LAPSED = "risk_level_lapsed", "风险测评已过期"
    RISK_MISMATCH = "risk_mismatch", "风险等级不匹配"
    NOT_QUALIFIED = "not_qualified", "未认定为合格投资者"
    QUALIFICATION_LAPSED = "qualification_lapsed", "合格投资者认定已过期"
    PRODUCT_NOT_OPEN = "product_not_open", "产品未开放认购"
    BELOW_MINIMUM = "below_minimum", "低于最低认购金额"
    CHANNEL_NOT_ACTIVE = "channel_not_active", "代销机构不可展业"
    CHANNEL_NOT_AUTHORIZED = "channel_not_authorized", "代销机构未获本产品代销授权"
    RECORDING_MISSING = "recording_missing", "缺少双录编号"


class ChannelStatus(Code):
    """Where a partner channel stands, as channel-commission tells it."""

    REGISTERED = "registered", "待准入"
    ACTIVE = "active", "可展业"
    SUSPENDED = "suspended", "已暂停"
    TERMINATED = "terminated", "已终止"


class ClientUnknown(Invalid):
    """No client within reach has this id."""

    code = "client_unknown"


class SaleRefused(Conflict):
    """The sale gate refuses this sale; tells the reasons and the stored check."""

    code = "sale_refused"


class ChannelNotYetKnown(NotYetKnown):
    """Nothing has been heard of this channel yet."""

    code = "channel_not_yet_known"


class OtherChannel(Forbidden):
    """A channel sells for itself only."""

    code = "other_channel"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What is known of the selling channel on the day of the sale."""

    status: ChannelStatus
    is_authorized: bool


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """All the gate looks at; a date is the last day on which something counts, None that there is none.

    Attributes:
        on: Day of the sale (Asia/Shanghai).
        is_screened: Whether the client's screening is clear; which list was hit is none of the sales desk's business.
        age: Full years; None for an institution.
        channel_grade: The channel's own grade of the product; the higher of the two grades is used.
        channel: None for a direct sale.
    """

    on: date
    client_status: ClientStatus
    is_screened: bool
    age: int | None
    risk_level: RiskLevel | None
    risk_level_until: date | None
    qualified_until: date | None
    product_kind: ProductKind
    product_grade: Grade
    product_status: ProductStatus
    term_months: int | None
    amount_fen: int
    channel_grade: Grade | None
    channel: ChannelFacts | None
    recording_number: str | None

    @property
    def grade(self) -> Grade:
        """The grade that counts: the higher of the house's and the channel's (NFRA order 2025 no. 7)."""
        return max(self.product_grade, self.channel_grade or self.product_grade)


@dataclass(frozen=True, slots=True)
class SaleRules:
    """The policy rows the gate follows, each with its version.

    Attributes:
        gate: `sale.gate`: `minimum_age` and whether a recording is needed (双录).
        matching: `sale.matching`: the highest product grade by risk level (Cn may buy Rm only if m <= n).
        qualified_kinds: `sale.qualified_kinds`: kinds of products for qualified investors only.
        minimum_amount: `product.minimum_amount`: yuan by kind.
        versions: Version of each row by its code.
    """

    gate: Mapping[str, Any]
    matching: Mapping[str, str]
    qualified_kinds: Sequence[str]
    minimum_amount: Mapping[str, str]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a sale: the sentence a person reads, the facts, and the version of the rule."""

    reason: RefusalReason
    detail: str
    facts: Mapping[str, Any]
    rule_version: str


_Check = Callable[[SaleFacts, SaleRules], Refusal | None]


def gate(facts: SaleFacts, rules: SaleRules) -> list[Refusal]:
    """Return every reason against the sale, in a fixed order; empty if it is allowed.

    Source: 金融机构产品适当性管理办法 (NFRA order 2025 no. 7), 资管新规 article 5, the house rules of `sale.gate`.
    """
    return [refusal for check in _CHECKS if (refusal := check(facts, rules)) is not None]


def selling_status(own: ChannelStatus, head_office: ChannelStatus | None) -> ChannelStatus:
    """Return the status that counts for a sale: a branch (分支机构) sells no longer than its head office may.

    Args:
        own: The selling channel's.
        head_office: None if it is one itself, or nothing has been heard of its head office.
    """
    return own if own is not ChannelStatus.ACTIVE or head_office is None else head_office


def selling_channel(kind: str, caller_id: UUID, named: UUID | None) -> UUID | None:
    """Return the channel that sells: a channel that calls sells for itself, others for whom they name.

    Args:
        kind: Kind of caller: `staff`, `channel` or `client`.
        caller_id: Who calls.
        named: The channel in the request, if any.

    Raises:
        OtherChannel: a channel names another one.
    """
    if kind != "channel":
        return named
    if named not in (None, caller_id):
        raise OtherChannel("A channel sells for itself only.", pointer="/channel_id")
    return caller_id


def full_years(born_on: date, today: date) -> int:
    """Return the age on `today`; a birthday on 29 February is kept on 1 March in other years (民法典 article 204)."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _client(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if facts.client_status is ClientStatus.ACTIVE:
        return None
    detail = f"客户当前状态为“{facts.client_status.zh}”,不得办理认购。"
    known = {"client_status": facts.client_status.value}
    return Refusal(RefusalReason.CLIENT_NOT_ACTIVE, detail, known, rules.versions["sale.gate"])


def _screening(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if facts.is_screened:
        return None
    detail = "客户名单筛查尚无通过结论,不得办理认购。"
    return Refusal(RefusalReason.SCREENING_NOT_CLEAR, detail, {}, rules.versions["sale.gate"])


def _age(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    least = rules.gate["minimum_age"]
    if facts.age is None or facts.age >= least:
        return None
    detail = f"客户未满{least}周岁,不得办理认购。"
    return Refusal(RefusalReason.UNDER_AGE, detail, {"minimum_age": least}, rules.versions["sale.gate"])


def _risk_level(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    version, until = rules.versions["sale.matching"], facts.risk_level_until
    if facts.risk_level is not None:
        return _match(facts, facts.risk_level, Grade[rules.matching[facts.risk_level.value]], version)
    if until is None:
        return Refusal(RefusalReason.RISK_LEVEL_MISSING, "客户尚未完成风险承受能力评估。", {}, version)
    detail = f"客户风险承受能力评估已于{until}到期,请重新评估。"
    return Refusal(RefusalReason.RISK_LEVEL_LAPSED, detail, {"valid_until": until.isoformat()}, version)


def _match(facts: SaleFacts, level: RiskLevel, highest: Grade, version: str) -> Refusal | None:
    if facts.grade <= highest:
        return None
    detail = (
        f"客户风险承受能力为{level.value}({level.zh}),最高可购买{highest.value}({highest.zh})产品;"
        f"本产品风险等级为{facts.grade.value}({facts.grade.zh}),不得销售。"
    )
    known = {
        "risk_level": level.value,
        "highest_grade": highest.value,
        "grade": facts.grade.value,
        "product_grade": facts.product_grade.value,
        "channel_grade": facts.channel_grade.value if facts.channel_grade else None,
    }
    return Refusal(RefusalReason.RISK_MISMATCH, detail, known, version)


def _qualified(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if facts.product_kind.value not in rules.qualified_kinds:
        return None
    version, until = rules.versions["sale.qualified_kinds"], facts.qualified_until
    if until is None:
        detail = f"{facts.product_kind.zh}资产管理信托仅面向合格投资者,客户尚未认定为合格投资者。"
        return Refusal(RefusalReason.NOT_QUALIFIED, detail, {"product_kind": facts.product_kind.value}, version)
    if until >= facts.on:
        return None
    detail = f"客户合格投资者证明材料已于{until}到期,请重新认定。"
    return Refusal(RefusalReason.QUALIFICATION_LAPSED, detail, {"valid_until": until.isoformat()}, version)


def _product(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if takes_subscriptions(facts.product_status, facts.term_months):
        return None
    detail = f"产品当前状态为“{facts.product_status.zh}”,不接受认购。"
    known = {"product_status": facts.product_status.value, "term_months": facts.term_months}
    return Refusal(RefusalReason.PRODUCT_NOT_OPEN, detail, known, rules.versions["sale.gate"])


def _amount(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    least = minimum_fen(facts.product_kind, rules.minimum_amount)
    if least is None or facts.amount_fen >= least:
        return None
    detail = f"{facts.product_kind.zh}产品单笔认购不得低于{yuan(least):,}元,本次为{yuan(facts.amount_fen):,}元。"
    known = {"minimum_amount": str(yuan(least)), "amount": str(yuan(facts.amount_fen))}
    return Refusal(RefusalReason.BELOW_MINIMUM, detail, known, rules.versions["product.minimum_amount"])


def _channel_active(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if facts.channel is None or facts.channel.status is ChannelStatus.ACTIVE:
        return None
    detail = f"代销机构当前状态为“{facts.channel.status.zh}”,不得代销。"
    known = {"channel_status": facts.channel.status.value}
    return Refusal(RefusalReason.CHANNEL_NOT_ACTIVE, detail, known, rules.versions["sale.gate"])


def _channel_authorized(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if facts.channel is None or facts.channel.is_authorized:
        return None
    detail = "代销机构当日未获授权代销本产品。"
    known = {"on": facts.on.isoformat()}
    return Refusal(RefusalReason.CHANNEL_NOT_AUTHORIZED, detail, known, rules.versions["sale.gate"])


def _recording(facts: SaleFacts, rules: SaleRules) -> Refusal | None:
    if facts.recording_number is not None or not rules.gate["recording_needed"]:
        return None
    detail = "未提供销售过程录音录像(双录)编号。"
    return Refusal(RefusalReason.RECORDING_MISSING, detail, {}, rules.versions["sale.gate"])


_CHECKS: Sequence[_Check] = (
    _client,
    _screening,
    _age,
    _risk_level,
    _qualified,
    _product,
    _amount,
    _channel_active,
    _channel_authorized,
    _recording,
)
