"""Qualified investors (合格投资者): who is one, by which test, and for how long a proof counts."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from client_profile.identity.rules import ClientKind
from shared.clock import months_later
from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid
from shared.money import round_fen


class QualificationBasis(Code):
    """What makes a client a qualified investor (资管新规, 银发〔2018〕106号, article 5)."""

    FAMILY_NET_FINANCIAL_ASSETS = "family_net_financial_assets", "家庭金融净资产"
    FAMILY_FINANCIAL_ASSETS = "family_financial_assets", "家庭金融资产"
    AVERAGE_INCOME = "average_income", "近三年本人年均收入"
    NET_ASSETS = "net_assets", "最近一年末净资产"
    FINANCIAL_INSTITUTION = "financial_institution", "金融机构及其发行的资产管理产品"
    PENSION_OR_CHARITY = "pension_or_charity", "社会保障基金、养老基金、慈善基金等社会公益基金"
    FOREIGN_INSTITUTION = "foreign_institution", "合格境外机构投资者"


class QualificationStatus(Code):
    """Where a submitted proof stands; a second person decides."""

    SUBMITTED = "submitted", "待复核"
    CONFIRMED = "confirmed", "已认定"
    REJECTED = "rejected", "未通过"


#: Every allowed change of a submitted proof: status → command → next status.
EDGES: Mapping[QualificationStatus, Mapping[str, QualificationStatus]] = {
    QualificationStatus.SUBMITTED: {
        "confirm": QualificationStatus.CONFIRMED,
        "reject": QualificationStatus.REJECTED,
    },
    QualificationStatus.CONFIRMED: {},
    QualificationStatus.REJECTED: {},
}


class BasisDoesNotFit(Invalid):
    """A person cannot qualify on an institution's basis, and the other way round."""

    code = "basis_does_not_fit"


class AmountMissing(Invalid):
    """This basis is tested by an amount."""

    code = "amount_missing"


class ProofOutOfDate(Invalid):
    """The proof's date lies in the future, or so far back that it proves nothing any more."""

    code = "proof_out_of_date"


class QualificationTestNotMet(Conflict):
    """The facts do not make a qualified investor; tells what is needed."""

    code = "qualification_test_not_met"


class QualificationDecided(Conflict):
    """The proof was decided already."""

    code = "qualification_decided"


class ProofLapsed(Conflict):
    """The proof lapsed while it waited for the second person."""

    code = "proof_lapsed"


class SecondPersonNeeded(Forbidden):
    """Whoever submitted the proof may not decide on it."""

    code = "second_person_needed"


def last_valid_day(day: date, months: int) -> date:
    """Return the last day on which something found on `day` counts, if it counts for `months` months."""
    return months_later(day, months) - timedelta(days=1)


def require_in_date(day: date, today: date, months: int, *, pointer: str) -> date:
    """Return the last day on which a proof of `day` counts, if it counts for `months` months.

    Raises:
        ProofOutOfDate: the proof lies in the future or no longer counts on `today`.
    """
    # A date in the year 9999 has no day twelve months later.
    if day > today or (last := last_valid_day(day, months)) < today:
        raise ProofOutOfDate(f"The proof must be of the last {months} months.", pointer=pointer)
    return last


def require_qualified(
    kind: ClientKind,
    basis: QualificationBasis,
    *,
    amount_fen: int | None,
    experience_years: int,
    tests: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the test needs, when the facts make a qualified investor.

    Args:
        kind: Person or institution.
        basis: Which test is taken.
        amount_fen: Assets or income; None where the basis needs none.
        experience_years: Full years of investment experience.
        tests: The policy row `qualification.tests` (资管新规 article 5: persons two years and 3,000,000 net assets, or
            5,000,000 assets, or 400,000 income a year; institutions 10,000,000 net assets; licensed ones no test).

    Raises:
        BasisDoesNotFit: the basis is not one for this kind of client.
        AmountMissing: the basis needs an amount.
        QualificationTestNotMet: the facts stay below the test; tells what is needed.
    """
    by_amount: Mapping[str, str] = tests[kind.value]
    without_test: list[str] = tests["without_test"] if kind is ClientKind.INSTITUTION else []
    if basis.value in without_test:
        return {"needed_amount": None, "needed_years": 0}
    if basis.value not in by_amount:
        allowed = sorted([*by_amount, *without_test])
        raise BasisDoesNotFit("This basis is not one for this kind of client.", pointer="/basis", allowed=allowed)
    if amount_fen is None:
        raise AmountMissing("Give the amount that the proof shows.", pointer="/amount")
    years = tests["experience_years"] if kind is ClientKind.PERSON else 0
    needed: dict[str, Any] = {"needed_amount": by_amount[basis.value], "needed_years": years}
    if amount_fen < round_fen(Decimal(by_amount[basis.value])) or experience_years < years:
        raise QualificationTestNotMet("These facts do not make a qualified investor.", **needed)
    return needed


def decided(status: QualificationStatus, command: str, *, submitted_by: str, actor: str) -> QualificationStatus:
    """Return the status that `command` leads to.

    Raises:
        QualificationDecided: it was decided already.
        SecondPersonNeeded: the actor submitted it.
    """
    allowed = EDGES[status]
    if command not in allowed:
        raise QualificationDecided(f"This proof is {status.value}.", state=status.value, allowed=sorted(allowed))
    if submitted_by == actor:
        raise SecondPersonNeeded("A second person decides on a proof.")
    return allowed[command]
