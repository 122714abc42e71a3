"""Products: kinds, grades, and the life of a trust plan from listing to winding-up."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from shared.clock import months_later
from shared.codes import Code
from shared.errors import Conflict, Invalid
from shared.money import round_fen
from shared.states import step


class ProductKind(Code):
    """Kinds of trust products: the four asset-management kinds, service and charitable trusts (银保监规〔2023〕1号)."""

    FIXED_INCOME = "fixed_income", "固定收益类"
    EQUITY = "equity", "权益类"
    COMMODITY_DERIVATIVE = "commodity_derivative", "商品及金融衍生品类"
    MIXED = "mixed", "混合类"
    FAMILY_TRUST = "family_trust", "家族信托"
    HOUSEHOLD_TRUST = "household_trust", "家庭服务信托"
    WEALTH_SERVICE = "wealth_service", "其他财富管理服务信托"
    ADMINISTRATIVE_SERVICE = "administrative_service", "行政管理服务信托"
    SECURITIZATION_SERVICE = "securitization_service", "资产证券化服务信托"
    RISK_DISPOSAL_SERVICE = "risk_disposal_service", "风险处置服务信托"
    CHARITABLE = "charitable", "公益慈善信托"


class Grade(Code):
    """Risk grades of products, R1 (low) to R5 (high)."""

    R1 = "R1", "低风险"
    R2 = "R2", "中低风险"
    R3 = "R3", "中风险"
    R4 = "R4", "中高风险"
    R5 = "R5", "高风险"


class ProductStatus(Code):
    """Where a product stands in its life."""

    LISTED = "listed", "待募集"
    RAISING = "raising", "募集中"
    ESTABLISHED = "established", "已成立"
    MATURED = "matured", "已到期"
    LIQUIDATED = "liquidated", "已清算"
    FAILED = "failed", "募集失败"


#: Every allowed change: status → command → next status.
EDGES: Mapping[ProductStatus, Mapping[str, ProductStatus]] = {
    ProductStatus.LISTED: {"open_raising": ProductStatus.RAISING, "regrade": ProductStatus.LISTED},
    ProductStatus.RAISING: {
        "establish": ProductStatus.ESTABLISHED,
        "fail": ProductStatus.FAILED,
        "regrade": ProductStatus.RAISING,
    },
    ProductStatus.ESTABLISHED: {
        "mature": ProductStatus.MATURED,
        "regrade": ProductStatus.ESTABLISHED,
        "extend": ProductStatus.ESTABLISHED,
        "report_payment_delay": ProductStatus.ESTABLISHED,
    },
    ProductStatus.MATURED: {
        "liquidate": ProductStatus.LIQUIDATED,
        "report_payment_delay": ProductStatus.MATURED,
    },
    ProductStatus.LIQUIDATED: {},
    ProductStatus.FAILED: {},
}


class ProductUnknown(Invalid):
    """No product has this id."""

    code = "product_unknown"


class ShareClassUnknown(Invalid):
    """The product has no such share class."""

    code = "share_class_unknown"


class ProductStateForbids(Conflict):
    """The product's status does not allow the command."""

    code = "product_state_forbids"


class GradeUnchanged(Conflict):
    """The product has this grade already."""

    code = "grade_unchanged"


class TermNotExtended(Invalid):
    """The day is no later end of the plan's term."""

    code = "term_not_extended"


class DelayBeforeEstablishment(Invalid):
    """A plan owes nothing before it was established."""

    code = "delay_before_establishment"


class DateInFuture(Invalid):
    """The date has not come yet."""

    code = "date_in_future"


def next_status(status: ProductStatus, command: str) -> ProductStatus:
    """Return the status that `command` leads to.

    Raises:
        ProductStateForbids: the command is not allowed now; tells the status and what is allowed.
    """
    told = f"A product that is {status.value} cannot {command.replace('_', ' ')}."
    return step(EDGES, status, command, refused=ProductStateForbids, told=told)


def is_open_ended(term_months: int | None) -> bool:
    """Return whether a plan has no planned end: it takes subscriptions (申购) after its establishment too."""
    return term_months is None


def term_ends_on(established_on: date | None, term_months: int | None, extended_to: date | None) -> date | None:
    """Return the last day of a plan's term (Asia/Shanghai); None before its establishment or without a planned end."""
    if extended_to is not None or established_on is None or term_months is None:
        return extended_to
    return months_later(established_on, term_months)


def require_extension(ends_on: date, current: date | None) -> None:
    """Refuse a new end of a term that is none: not later than the one that holds, or of a plan without an end.

    Raises:
        TermNotExtended: as said; tells the end that holds.
    """
    if current is None:
        raise TermNotExtended("An open-ended plan has no term to extend.", pointer="/ends_on")
    if ends_on <= current:
        raise TermNotExtended("The new end must be later.", pointer="/ends_on", ends_on=current.isoformat())


def require_payable(payable_on: date, established_on: date | None, today: date) -> None:
    """Refuse a day of payment that has not come yet or lies before the plan's establishment (all Asia/Shanghai).

    Raises:
        DateInFuture, DelayBeforeEstablishment: as said.
    """
    require_past(payable_on, today, pointer="/payable_on")
    if established_on is not None and payable_on < established_on:
        raise DelayBeforeEstablishment(
            "The plan was not established yet.", pointer="/payable_on", established_on=established_on.isoformat()
        )


def takes_subscriptions(status: ProductStatus, term_months: int | None) -> bool:
    """Return whether a product may be sold: while it raises money, or while established if it is open-ended."""
    return status is ProductStatus.RAISING or (status is ProductStatus.ESTABLISHED and is_open_ended(term_months))


def minimum_fen(kind: ProductKind, amounts: Mapping[str, str]) -> int | None:
    """Return the smallest subscription of a kind in fen; None where no rule sets one.

    Args:
        kind: The product's kind.
        amounts: Yuan by kind, the policy row `product.minimum_amount` (资管新规: 300,000 fixed income, 400,000 mixed,
            1,000,000 equity and commodity; 银保监规〔2023〕1号: 10,000,000 family, 1,000,000 household trusts).
    """
    amount = amounts.get(kind.value)
    return None if amount is None else round_fen(Decimal(amount))


def yuan(fen: int) -> Decimal:
    """Return an amount of fen in yuan, with two decimals, as problems and facts show it."""
    return Decimal(fen).scaleb(-2)


def require_share_class(share_class: str, offered: list[str]) -> None:
    """Refuse a share class the product does not have; a product without share classes takes the empty one only.

    Raises:
        ShareClassUnknown: the product does not offer it.
    """
    if share_class not in (offered or [""]):
        raise ShareClassUnknown("The product has no such share class.", pointer="/share_class", offered=offered)


def require_past(day: date, today: date, *, pointer: str) -> None:
    """Refuse a business date after `today` (both Asia/Shanghai).

    Raises:
        DateInFuture: the day has not come yet.
    """
    if day > today:
        raise DateInFuture("This date lies in the future.", pointer=pointer)
