"""Agreements: which rates hold for which product on which day, decided by two people and never changed afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from channel_commission.tariffs.rules import Tariff
from shared.codes import Code
from shared.errors import Conflict, Invalid


class CardStatus(Code):
    """Where a version of a rate card stands; nothing in it can be changed from submission on."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "已生效"
    REJECTED = "rejected", "已退回"


class ClawbackForm(Code):
    """How much of a fee goes back when the client redeems early."""

    LINEAR_WHOLE_MONTHS = "linear_whole_months", "按整月线性返还"


class CardStatusForbids(Conflict):
    """The status of the rate card does not allow this command."""

    code = "rate_card_status_forbids"


class SamePersonApproves(Conflict):
    """Who wrote or submitted a rate card cannot decide on it."""

    code = "second_person_needed"


class AgreementNumberUsed(Conflict):
    """Another agreement has this number."""

    code = "agreement_number_used"


class ValidityEmpty(Invalid):
    """The agreement ends before it begins."""

    code = "validity_empty"


class CardOutsideAgreement(Invalid):
    """The rate card begins outside the agreement's days."""

    code = "card_outside_agreement"


class ProductTwice(Invalid):
    """Two rules of one rate card name the same product."""

    code = "product_twice"


class ClawbackNotAllowed(Invalid):
    """Fees of tiered products are not clawed back: they cannot be told apart by dealing."""

    code = "clawback_not_allowed"


class RateRuleOverlaps(Conflict):
    """Another agreement of this channel has a rate for the same product on some of these days."""

    code = "rate_rule_overlaps"


class CardNotLatest(Conflict):
    """A later version of the rate card is approved already."""

    code = "card_not_latest"


class AlreadyPriced(Conflict):
    """Fees were booked with the earlier version on days the new one claims."""

    code = "already_priced"


#: Every allowed command, and the status it leads to.
EDGES: Mapping[CardStatus, Mapping[str, CardStatus]] = {
    CardStatus.DRAFT: {"change": CardStatus.DRAFT, "submit": CardStatus.SUBMITTED},
    CardStatus.SUBMITTED: {"approve": CardStatus.APPROVED, "reject": CardStatus.REJECTED},
    CardStatus.APPROVED: {},
    CardStatus.REJECTED: {},
}


def next_status(status: CardStatus, command: str) -> CardStatus:
    """Return the status that `command` leads to.

    Raises:
        CardStatusForbids: the present status does not allow it; tells what is allowed.
    """
    allowed = EDGES[status]
    if command not in allowed:
        raise CardStatusForbids(
            f"A rate card that is {status} does not allow {command}.", state=status.value, allowed=sorted(allowed)
        )
    return allowed[command]


def require_second_person(makers: set[UUID | None], checker: UUID) -> None:
    """Refuse that a rate card is decided on by somebody who wrote or submitted it.

    Raises:
        SamePersonApproves: the checker is one of the makers.
    """
    if checker in makers:
        raise SamePersonApproves("A rate card must be decided on by somebody who neither wrote nor submitted it.")


def require_validity(valid_from: date, valid_to: date | None) -> None:
    """Refuse an agreement without days; `valid_to` is the first day on which it no longer holds.

    Raises:
        ValidityEmpty: it ends before it begins.
    """
    if valid_to is not None and valid_to <= valid_from:
        raise ValidityEmpty("The agreement must end after the day it begins.", pointer="/valid_to")


def require_inside(card_from: date, valid_from: date, valid_to: date | None) -> None:
    """Refuse a rate card that begins outside its agreement's half-open days.

    Raises:
        CardOutsideAgreement: as said.
    """
    if card_from < valid_from or (valid_to is not None and card_from >= valid_to):
        raise CardOutsideAgreement("The rate card must begin within the agreement.", pointer="/valid_from")


def require_each_product_once(products: Sequence[UUID | None]) -> None:
    """Refuse two rules for one product (None: the rule for all other products).

    Raises:
        ProductTwice: as said.
    """
    for place, product_id in enumerate(products):
        if product_id in products[:place]:
            raise ProductTwice("Another rule names this product.", pointer=f"/rules/{place}/product_id")


def require_supersedes(card_from: date, latest_from: date | None, last_priced_on: date | None) -> None:
    """Refuse a new version that would change what was approved or booked before.

    Args:
        card_from: First day of the new version.
        latest_from: First day of the version it follows; None for the first.
        last_priced_on: Last business date of a fee booked with that version.

    Raises:
        CardNotLatest: the version in force begins later.
        AlreadyPriced: fees of these days are booked already; begin after the last of them.
    """
    if latest_from is not None and card_from < latest_from:
        raise CardNotLatest(
            "The rate card in force begins later than this one.", pointer="/valid_from", latest=latest_from.isoformat()
        )
    if last_priced_on is not None and card_from <= last_priced_on:
        raise AlreadyPriced(
            f"Fees up to {last_priced_on} are booked with the version in force; begin after that day.",
            last_priced_on=last_priced_on.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """The rate that holds for a dealing.

    Attributes:
        id: The rule.
        tariff: How the fee is calculated.
        clawback_months: Months over which an early redemption takes the fee back in equal parts; None for never.
    """

    id: UUID
    tariff: Tariff
    clawback_months: int | None
