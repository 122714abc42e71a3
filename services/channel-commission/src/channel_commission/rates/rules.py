"""Rates: what one rule of a rate card says, for which sales it holds, and which fields go with which kind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from channel_commission.balances.rules import Trailing
from channel_commission.clawbacks.rules import Clawback
from channel_commission.cycles.rules import Cycle
from channel_commission.tariffs.rules import Measure, Tariff
from shared.codes import Code
from shared.errors import Invalid


class RateKind(Code):
    """How a fee is calculated; there is no default, since confusing the modes is expensive."""

    FLAT = "flat", "按笔定额"
    PERCENT = "percent", "固定费率"
    MARGINAL = "marginal", "分段累进"
    WHOLE = "whole", "全额累进"
    TRAILING = "trailing", "尾随佣金"
    OVERRIDE = "override", "分支机构销售提成"


class Component(Code):
    """Which fee of a sale: a product may earn one of each; what is withheld, disputed or guaranteed has no own rule."""

    UPFRONT = "upfront", "销售佣金"
    TRAILING = "trailing", "尾随佣金"
    WITHHELD = "withheld", "暂缓支付款项"
    DISPUTED = "disputed", "渠道异议款项"
    GUARANTEE = "guarantee", "保底佣金"
    OVERRIDE = "override", "分支机构销售提成"


class InvestorKind(Code):
    """What the investor is."""

    PERSON = "person", "自然人"
    INSTITUTION = "institution", "机构"


class Window(Code):
    """For how long fees are added up against a cap, by the business date (Asia/Shanghai)."""

    MONTH = "month", "自然月"
    YEAR = "year", "自然年"


class FieldNotOfKind(Invalid):
    """The kind of rate does not have this field, or lacks one it needs."""

    code = "tariff_incomplete"


class ClawbackNotAllowed(Invalid):
    """Fees that depend on other dealings are not clawed back: they cannot be told apart by dealing."""

    code = "clawback_not_allowed"


class ScopeTwice(Invalid):
    """Two rules of one rate card hold for the same sales."""

    code = "product_twice"


class ScopeContradicts(Invalid):
    """A rule names a product and a kind of product."""

    code = "scope_contradicts"


class SharesNotBelowOne(Invalid):
    """Nothing is left for the channel that sells."""

    code = "shares_not_below_one"


class PayeeTwice(Invalid):
    """A channel is named twice, or it is the one that sells."""

    code = "payee_twice"


@dataclass(frozen=True, slots=True)
class Scope:
    """For which sales a rule holds; None holds for all. The most specific one goes first, from the left."""

    component: Component
    product_id: UUID | None = None
    product_kind: str | None = None
    share_class: str | None = None
    investor_kind: InvestorKind | None = None


@dataclass(frozen=True, slots=True)
class Payee:
    """A further channel that gets `share` of every fee; the one that sells gets what is left."""

    channel_id: UUID
    share: Decimal


@dataclass(frozen=True, slots=True)
class WindowCap:
    """The most that the fees of one product earn in a month or year under one rule."""

    fen: int
    per: Window


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """The rate that holds for a dealing.

    Attributes:
        id: The rule.
        tariff: How an upfront fee is calculated; None for a trailing fee.
        measure: On what volume tiers are reached.
        clawback: What goes back on an early redemption; None for nothing.
        cap: The most that a month or year earns; None for no bound.
        trailing: Terms of a trailing fee; None for an upfront one.
        payees: Further channels with a share.
        cycle: When its fees are settled.
        share: For an override the part of a branch's fee that its head office gets beside it; None for others.
    """

    id: UUID
    tariff: Tariff | None
    measure: Measure = Measure.DEAL
    clawback: Clawback | None = None
    cap: WindowCap | None = None
    trailing: Trailing | None = None
    payees: tuple[Payee, ...] = ()
    cycle: Cycle = Cycle.MONTHLY
    share: Decimal | None = None

    @property
    def is_by_month(self) -> bool:
        """Whether dealings of a month are priced together."""
        return self.measure is Measure.MONTH


class Sale(NamedTuple):
    """What decides the rate of a sale."""

    channel_id: UUID
    product_id: UUID
    day: date
    share_class: str = ""
    #: None while client-profile has not told what the investor is.
    investor_kind: InvestorKind | None = None


class Found(NamedTuple):
    """The rates of a channel that hold for a sale; at least one of them unless they hang on who the investor is.

    `override` is what the channel gets of its branches' fees, and nothing to a sale of its own.
    """

    upfront: RuleInForce | None = None
    trailing: RuleInForce | None = None
    override: RuleInForce | None = None
    #: Whether a rate depends on what the investor is, which is not known yet.
    needs_investor: bool = False


_BY_DEAL = frozenset({"floor", "cap", "clawback"})
_ANY = frozenset({"splits", "period_cap", "period_floor"})
#: Per kind the fields it needs and those it may have.
FIELDS: Mapping[RateKind, tuple[frozenset[str], frozenset[str]]] = {
    RateKind.FLAT: (frozenset({"amount"}), _ANY | {"clawback"}),
    RateKind.PERCENT: (frozenset({"rate"}), _ANY | _BY_DEAL),
    RateKind.MARGINAL: (frozenset({"tiers"}), _ANY | _BY_DEAL | {"measure"}),
    RateKind.WHOLE: (frozenset({"tiers"}), _ANY | _BY_DEAL | {"measure"}),
    RateKind.TRAILING: (frozenset({"rate", "trailing"}), frozenset({"splits"})),
    RateKind.OVERRIDE: (frozenset({"rate"}), frozenset()),
}


def component_of(kind: RateKind) -> Component:
    """Return which fee a kind of rate prices."""
    return {RateKind.TRAILING: Component.TRAILING, RateKind.OVERRIDE: Component.OVERRIDE}.get(kind, Component.UPFRONT)


def measure_of(kind: RateKind, wanted: Measure | None) -> Measure:
    """Return on what volume a rate is measured: tiers on the channel's month unless they say otherwise."""
    tiered = kind in (RateKind.MARGINAL, RateKind.WHOLE)
    return wanted or (Measure.MONTH if tiered else Measure.DEAL)


def require_fields(kind: RateKind, measure: Measure, given: Collection[str], *, pointer: str) -> None:
    """Refuse a rule whose fields do not go with its kind.

    Args:
        kind: The kind of rate.
        measure: On what volume it is measured.
        given: The fields it has, beside kind and scope.
        pointer: Where the rule stands in the request body.

    Raises:
        FieldNotOfKind: a field is missing or does not belong there; a guarantee goes with no cap and no shares.
        ClawbackNotAllowed: a clawback of fees that depend on other dealings: tiers by month, caps by month or year.
    """
    needed, allowed = FIELDS[kind]
    if missing := sorted(needed - set(given)):
        raise FieldNotOfKind(f"A rate of kind {kind} needs {missing[0]}.", pointer=f"{pointer}/{missing[0]}")
    if foreign := sorted(set(given) - needed - allowed):
        raise FieldNotOfKind(f"A rate of kind {kind} has no {foreign[0]}.", pointer=f"{pointer}/{foreign[0]}")
    if "period_floor" in given and (against := sorted({"period_cap", "splits"} & set(given))):
        raise FieldNotOfKind("A guarantee stands alone.", pointer=f"{pointer}/{against[0]}")
    depends = measure is Measure.MONTH or "period_cap" in given
    if depends and "clawback" in given:
        raise ClawbackNotAllowed(
            "Fees that depend on other dealings are not clawed back.", pointer=f"{pointer}/clawback"
        )
    if measure is Measure.MONTH and (bounds := sorted({"floor", "cap"} & set(given))):
        raise FieldNotOfKind("A bound per dealing needs tiers per dealing.", pointer=f"{pointer}/{bounds[0]}")


def require_each_scope_once(scopes: Sequence[Scope]) -> None:
    """Refuse two rules for the same sales, and one that names a product and a kind of product.

    Raises:
        ScopeTwice, ScopeContradicts: as said.
    """
    for place, scope in enumerate(scopes):
        if scope.product_id is not None and scope.product_kind is not None:
            raise ScopeContradicts("Name a product or a kind.", pointer=f"/rules/{place}/product_kind")
        if scope in scopes[:place]:
            raise ScopeTwice("Another rule holds for the same sales.", pointer=f"/rules/{place}/product_id")


def require_payees(payees: Sequence[Payee], seller: UUID, *, pointer: str) -> None:
    """Refuse shares that leave nothing to the channel that sells, and channels named twice.

    Raises:
        PayeeTwice, SharesNotBelowOne: as said.
    """
    named = [seller, *(payee.channel_id for payee in payees)]
    for place, payee in enumerate(payees):
        if payee.channel_id in named[: place + 1]:
            raise PayeeTwice("This channel is named already.", pointer=f"{pointer}/{place}/channel_id")
    if sum(payee.share for payee in payees) >= 1:
        raise SharesNotBelowOne("Shares must leave something to the channel that sells.", pointer=pointer)


def weights(payees: Sequence[Payee]) -> list[int]:
    """Return the shares as whole numbers, that of the channel that sells first; they add up to 10^8."""
    parts = [int(payee.share.scaleb(8)) for payee in payees]
    return [10**8 - sum(parts), *parts]


def payees_json(payees: Sequence[Payee]) -> list[list[Any]] | None:
    """Return shares as JSON values; None for none."""
    return [[str(payee.channel_id), str(payee.share)] for payee in payees] or None
