"""Service class A, B or C (客户分层): up at once, down only after reviews, by what the client holds.

Source text part 2 names the classes; amounts and reviews are the house's policy row `service_class.rule`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from client_profile.clients.rules import ServiceClass
from shared.errors import Conflict, Invalid
from shared.money import round_fen


class OverrideExpiryInvalid(Invalid):
    """An override holds for today at least and for a year at the most."""

    code = "override_expiry_invalid"


class NoOverride(Conflict):
    """The class is not overridden."""

    code = "no_override"


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What decides.

    Attributes:
        a_from_fen: Assets from which a client is of class A; the bound belongs to the higher class.
        b_from_fen: Assets from which a client is of class B.
        review_months: Length of a review period; reviews are on the first day of a period, counted from January.
        reviews_needed: How many reviews in a row must find the assets too low before the class goes down.
        override_most_days: How many days an override may hold.
    """

    a_from_fen: int
    b_from_fen: int
    review_months: int
    reviews_needed: int
    override_most_days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The class on a day, and how far a step down has come.

    Attributes:
        service_class: The class.
        aum_fen: Assets at the end of `as_of`, in fen.
        reviews_missed: Reviews in a row that found the assets too low for the class.
        as_of: The day; its own dealings and the review held on it are counted.
    """

    service_class: ServiceClass
    aum_fen: int
    reviews_missed: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Override:
    """A class set by hand: why, by whom, and its last day."""

    service_class: ServiceClass
    reason: str
    approved_by: UUID
    expires_on: date


def class_rule(value: Mapping[str, Any]) -> ClassRule:
    """Return the rule that the policy row's value tells (amounts in yuan)."""
    return ClassRule(
        a_from_fen=round_fen(Decimal(value["A"])),
        b_from_fen=round_fen(Decimal(value["B"])),
        review_months=value["review_months"],
        reviews_needed=value["reviews_before_downgrade"],
        override_most_days=value["override_most_days"],
    )


def deserved(aum_fen: int, rule: ClassRule) -> ServiceClass:
    """Return the class that assets of `aum_fen` deserve."""
    if aum_fen >= rule.a_from_fen:
        return ServiceClass.A
    return ServiceClass.B if aum_fen >= rule.b_from_fen else ServiceClass.C


def reviews_between(after: date, until: date, months: int) -> int:
    """Return how many reviews are held after the day `after` and not after the day `until`.

    A review on the first of a period looks at what was held at the end of the day before.
    """
    return _period(until, months) - _period(after, months)


def next_review(after: date, months: int) -> date:
    """Return the day of the first review after `after`."""
    first_month = (_period(after, months) + 1) * months
    return date(first_month // 12, first_month % 12 + 1, 1)


def advanced(standing: Standing, until: date, rule: ClassRule) -> Standing:
    """Return the standing on `until` when nothing was bought or redeemed since, only reviews were held."""
    held = reviews_between(standing.as_of, until, rule.review_months)
    found = deserved(standing.aum_fen, rule)
    if not held:
        return replace(standing, as_of=until)
    if found <= standing.service_class:
        return replace(standing, reviews_missed=0, as_of=until)
    missed = standing.reviews_missed + held
    if missed >= rule.reviews_needed:
        return Standing(found, standing.aum_fen, 0, until)
    return replace(standing, reviews_missed=missed, as_of=until)


def standing_on(flows: Iterable[tuple[date, int]], today: date, rule: ClassRule) -> Standing:
    """Return the standing that follows from all dealings up to `today`, in whatever order they became known.

    Args:
        flows: Business date and fen of each dealing, a redemption below zero; sorted by date.
        today: Business date.
        rule: What decides, for the past too: a corrected or late dealing counts as if it had always been known.
    """
    standing: Standing | None = None
    for day, moved in groupby((flow for flow in flows if flow[0] <= today), key=lambda flow: flow[0]):
        before = advanced(standing, day, rule) if standing else Standing(ServiceClass.C, 0, 0, day)
        aum_fen = before.aum_fen + sum(amount_fen for _, amount_fen in moved)
        standing = _after_dealings(before, aum_fen, rule)
    return advanced(standing, today, rule) if standing else Standing(ServiceClass.C, 0, 0, today)


def pending(standing: Standing, rule: ClassRule) -> ServiceClass | None:
    """Return the lower class that the client comes to if the assets stay as they are; None if the class is deserved."""
    found = deserved(standing.aum_fen, rule)
    return found if found > standing.service_class else None


def due_on(standing: Standing, override: Override | None, rule: ClassRule) -> date | None:
    """Return when time alone changes something next: a review with a step down pending, or the end of an override."""
    days = [] if override is None else [override.expires_on + timedelta(days=1)]
    if pending(standing, rule) is not None:
        days.append(next_review(standing.as_of, rule.review_months))
    return min(days, default=None)


def require_expiry(expires_on: date, today: date, most_days: int) -> None:
    """Refuse an override that ended already or outlives the longest one.

    Args:
        expires_on: Last day of the override.
        today: Business date.
        most_days: The policy row's `override_most_days`.

    Raises:
        OverrideExpiryInvalid: tells the latest day.
    """
    latest = today + timedelta(days=most_days)
    if not today <= expires_on <= latest:
        raise OverrideExpiryInvalid(f"The last day lies between today and {latest.isoformat()}.", pointer="/expires_on")


def _after_dealings(standing: Standing, aum_fen: int, rule: ClassRule) -> Standing:
    found = deserved(aum_fen, rule)
    if found < standing.service_class:
        return Standing(found, aum_fen, 0, standing.as_of)
    return replace(standing, aum_fen=aum_fen)


def _period(day: date, months: int) -> int:
    return (day.year * 12 + day.month - 1) // months
