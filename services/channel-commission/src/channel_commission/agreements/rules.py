"""Agreements: which rates hold for which product on which day, decided by two people and never changed afterwards."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.states import step


class CardStatus(Code):
    """Where a version of a rate card stands; nothing in it can be changed from submission on."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审批"
    APPROVED = "approved", "已生效"
    REJECTED = "rejected", "已退回"


class CardStatusForbids(Conflict):
    """The status of the rate card does not allow this command."""

    code = "rate_card_status_forbids"


class AgreementNumberUsed(Conflict):
    """Another agreement has this number."""

    code = "agreement_number_used"


class ValidityEmpty(Invalid):
    """The agreement ends before it begins."""

    code = "validity_empty"


class CardOutsideAgreement(Invalid):
    """The rate card begins outside the agreement's days."""

    code = "card_outside_agreement"


class RateRuleOverlaps(Conflict):
    """Another agreement of this channel has a rate for the same product on some of these days."""

    code = "rate_rule_overlaps"


class CardLeavesGap(Conflict):
    """Days of the agreement would be without a rate card in force."""

    code = "rate_card_leaves_gap"


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
    told = f"A rate card that is {status} does not allow {command}."
    return step(EDGES, status, command, refused=CardStatusForbids, told=told)


def require_second_person(makers: set[UUID | None], checker: UUID) -> None:
    """Refuse that a rate card is decided on by somebody who wrote or submitted it.

    Raises:
        SecondPersonNeeded: the checker is one of the makers.
    """
    if checker in makers:
        raise SecondPersonNeeded("A rate card must be decided on by somebody who neither wrote nor submitted it.")


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


def require_begins_agreement(card_from: date, agreement_from: date) -> None:
    """Refuse that the first version in force begins later than its agreement: every day has exactly one.

    Raises:
        CardLeavesGap: as said.
    """
    if card_from != agreement_from:
        raise CardLeavesGap(
            f"No rate card would be in force from {agreement_from} on; the first one begins on that day.",
            pointer="/valid_from",
            first_day=agreement_from.isoformat(),
        )


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
