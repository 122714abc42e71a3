"""Business dealings: how a subscription becomes a holding, and what redemptions may take from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Self
from uuid import UUID

from client_profile.products.rules import ProductStatus, is_open_ended, yuan
from shared.codes import Code
from shared.errors import Conflict, Invalid
from shared.states import step

#: Net value of a unit on the day a plan is established.
PAR = Decimal("1.0000")
_UNIT = Decimal("0.0001")


class DealingKind(Code):
    """What moved."""

    SUBSCRIPTION = "subscription", "认购/申购"
    REDEMPTION = "redemption", "赎回"
    DISTRIBUTION = "distribution", "收益分配"


class DealingStatus(Code):
    """Where a dealing stands."""

    SIGNED = "signed", "已签约"
    PAID = "paid", "已缴款"
    CONFIRMED = "confirmed", "已确认"
    CANCELLED = "cancelled", "已撤销"
    REVERSED = "reversed", "已冲正"


#: Every allowed change: status → command → next status.
EDGES: Mapping[DealingStatus, Mapping[str, DealingStatus]] = {
    DealingStatus.SIGNED: {"pay": DealingStatus.PAID, "cancel": DealingStatus.CANCELLED},
    DealingStatus.PAID: {"confirm": DealingStatus.CONFIRMED, "cancel": DealingStatus.CANCELLED},
    DealingStatus.CONFIRMED: {"reverse": DealingStatus.REVERSED},
    DealingStatus.CANCELLED: {},
    DealingStatus.REVERSED: {},
}


class DealingStateForbids(Conflict):
    """The dealing's status does not allow the command."""

    code = "dealing_state_forbids"


class DealingUnknown(Invalid):
    """No dealing has this id."""

    code = "dealing_unknown"


class NotTheClientsAccount(Conflict):
    """Money comes from the client's own account only."""

    code = "not_the_clients_account"


class ConfirmedByEstablishment(Conflict):
    """Subscriptions of a raising are confirmed when the plan is established."""

    code = "confirmed_by_establishment"


class NotAHolding(Conflict):
    """Only a confirmed subscription can be redeemed or paid a distribution."""

    code = "not_a_holding"


class MoreThanLeft(Conflict):
    """A redemption takes more than is left of its subscription."""

    code = "more_than_left"


class HasRedemptions(Conflict):
    """A subscription is reversed after its redemptions."""

    code = "has_redemptions"


class DateOutOfOrder(Invalid):
    """A date lies before one it must follow."""

    code = "date_out_of_order"


@dataclass(frozen=True, slots=True)
class Holding:
    """What is left of one confirmed subscription.

    Attributes:
        amount_fen: What was subscribed.
        units: Units it gave; None where the plan has none.
        redeemed_fen: Sum of its redemptions, in amounts of the subscription (at cost).
        redeemed_units: Units they took.
        confirmed_on: Day of confirmation (Asia/Shanghai).
    """

    amount_fen: int
    units: Decimal | None
    redeemed_fen: int
    redeemed_units: Decimal
    confirmed_on: date

    @classmethod
    def of(cls, amount_fen: int, units: Decimal | None, confirmed_on: date) -> Self:
        """Return a subscription of which nothing was redeemed yet."""
        return cls(amount_fen, units, 0, Decimal(0), confirmed_on)

    @property
    def left_fen(self) -> int:
        """What has not been redeemed."""
        return self.amount_fen - self.redeemed_fen

    def less(self, taken: "Taken") -> Self:
        """Return the holding after a redemption."""
        return replace(
            self,
            redeemed_fen=self.redeemed_fen + taken.amount_fen,
            redeemed_units=self.redeemed_units + (taken.units or Decimal(0)),
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What a redemption takes: its amount, its units, and whether nothing is left after it."""

    amount_fen: int
    units: Decimal | None
    is_full: bool


@dataclass(frozen=True, slots=True)
class NewDealing:
    """A confirmed dealing that is not written yet, with the columns of `tables.Dealing`.

    Light, since a bulk call makes a thousand of them.
    """

    id: UUID
    event_key: UUID
    number: str
    kind: DealingKind
    client_id: UUID
    product_id: UUID
    share_class: str
    channel_id: UUID | None
    amount_fen: int
    units: Decimal | None
    net_value: Decimal | None
    applied_on: date
    confirmed_on: date
    origin: str
    confirmation_number: str
    original_dealing_id: UUID | None
    recorded_at: datetime
    status: DealingStatus = DealingStatus.CONFIRMED
    version: int = 1


def next_status(status: DealingStatus, command: str) -> DealingStatus:
    """Return the status that `command` leads to.

    Raises:
        DealingStateForbids: the command is not allowed now; tells the status and what is allowed.
    """
    told = f"A dealing that is {status.value} cannot be changed by “{command}”."
    return step(EDGES, status, command, refused=DealingStateForbids, told=told)


def units_for(amount_fen: int, net_value: Decimal) -> Decimal:
    """Return the units that an amount buys, to four decimals, half away from zero.

    Args:
        amount_fen: The amount in fen.
        net_value: Yuan per unit, above zero.
    """
    return (Decimal(amount_fen).scaleb(-2) / net_value).quantize(_UNIT, rounding=ROUND_HALF_UP)


def redeemed(holding: Holding, amount_fen: int, confirmed_on: date) -> Taken:
    """Return what redeeming `amount_fen` (at cost) on `confirmed_on` takes from a holding.

    Units go in proportion to the amount; whoever takes the last fen takes the last unit, so that the redemptions of a
    subscription add up to it exactly.

    Raises:
        DateOutOfOrder: the redemption lies before its subscription.
        MoreThanLeft: tells what is left.
    """
    require_order(holding.confirmed_on, confirmed_on, pointer="/confirmed_on")
    if amount_fen > holding.left_fen:
        raise MoreThanLeft("This takes more than is left of the subscription.", left=str(yuan(holding.left_fen)))
    is_full = amount_fen == holding.left_fen
    if holding.units is None:
        return Taken(amount_fen, None, is_full)
    left = holding.units - holding.redeemed_units
    share = (holding.units * amount_fen / holding.amount_fen).quantize(_UNIT, rounding=ROUND_HALF_UP)
    return Taken(amount_fen, left if is_full else min(share, left), is_full)


def require_order(earlier: date, later: date, *, pointer: str) -> None:
    """Refuse a business date before one it must follow; the same day is in order.

    Raises:
        DateOutOfOrder: `later` lies before `earlier`.
    """
    if later < earlier:
        raise DateOutOfOrder(f"This date must not lie before {earlier.isoformat()}.", pointer=pointer)


def require_own_account(payer_is_client: bool) -> None:
    """Refuse money from somebody else's account: it goes from the client's own to the raising account (domain rule).

    Raises:
        NotTheClientsAccount: the payer is not the client.
    """
    if not payer_is_client:
        raise NotTheClientsAccount("The payer's account is not in the client's name; send the money back.")


def require_holding(kind: DealingKind, status: DealingStatus) -> None:
    """Refuse to redeem or distribute on anything but a confirmed subscription.

    Raises:
        NotAHolding: tells what the dealing is.
    """
    if kind is not DealingKind.SUBSCRIPTION or status is not DealingStatus.CONFIRMED:
        raise NotAHolding("This is no confirmed subscription.", kind=kind.value, state=status.value)


def require_running(status: ProductStatus, term_months: int | None) -> None:
    """Refuse to confirm a subscription by itself unless the plan is open-ended and runs.

    Raises:
        ConfirmedByEstablishment: the plan is not established, or takes no subscriptions after it.
    """
    if status is not ProductStatus.ESTABLISHED or not is_open_ended(term_months):
        raise ConfirmedByEstablishment(
            "Subscriptions of this product are confirmed when it is established.", product_state=status.value
        )


def readable_number(year: int, sequence: int) -> str:
    """Return the number people call a dealing by: JY-2026-000123 (交易)."""
    return f"JY-{year}-{sequence:06d}"
