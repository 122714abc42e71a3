"""Dated facts that bear on whether a client leaves, put together from this service's cases and others' events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from complaints.cases.rules import Level, Reason, RootCause
from shared.codes import Code


class Trouble(Code):
    """What happened to a plan that bears on whether its holders stay."""

    PAYMENT_DELAYED = "payment_delayed", "延期兑付"
    EXTENDED = "extended", "展期"
    GRADE_ROSE = "grade_rose", "风险等级上调"


@dataclass(frozen=True, slots=True)
class Sale:
    """A subscription of the client; days in Asia/Shanghai."""

    dealing_id: UUID
    applied_on: date
    confirmed_on: date


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of a staff member with the client, on that day (Asia/Shanghai)."""

    interaction_id: UUID
    staff_id: UUID
    on: date


@dataclass(frozen=True, slots=True)
class HeldTrouble:
    """Trouble of a plan that the client held on that day.

    Attributes:
        since: Day on which it happened.
        until: Day on which the client held nothing of it any more, or it was wound up; None while neither.
    """

    product_id: UUID
    trouble: Trouble
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ComplaintFact:
    """One complaint of the client.

    Attributes:
        due_on: Last day for informing; None while the legal clock stands still.
        late_spans: Earlier due dates that passed, each with the day on which new facts ended the delay.
        ended_on: Day of informing or withdrawal; open before it. None while open.
        is_withdrawn: Whether it ended by withdrawal; then it does not count from that day on.
        root_cause: Found at closing; None before.
        cause_found_on: Day of closing, from which the root cause counts.
    """

    id: UUID
    level: Level
    reason: Reason
    received_on: date
    due_on: date | None
    late_spans: tuple[tuple[date, date], ...] = ()
    ended_on: date | None = None
    is_withdrawn: bool = False
    root_cause: RootCause | None = None
    cause_found_on: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a client that bears on leaving; days in Asia/Shanghai.

    Attributes:
        complaints: All complaints.
        service_class: `A`, `B` or `C`; None while unknown.
        client_since: Registration or first dealing; None while neither is known.
        left_on: Day on which the relationship ended; None while it goes on.
        reached_on: Days of contacts in which the client was reached.
        flows: Day and amount in fen of each dealing, redemptions below zero.
        manager_changed_on: Days on which another manager took over; the first assignment is none.
        troubles: Trouble of plans held.
    """

    complaints: tuple[ComplaintFact, ...] = ()
    service_class: str | None = None
    client_since: date | None = None
    left_on: date | None = None
    reached_on: tuple[date, ...] = ()
    flows: tuple[tuple[date, int], ...] = ()
    manager_changed_on: tuple[date, ...] = ()
    troubles: tuple[HeldTrouble, ...] = ()


def together(own: Facts, merged: Sequence[Facts]) -> Facts:
    """Return the facts of a client and of those merged into it as those of one.

    Class and end of the relationship are the surviving client's own; it has been a client since the first of all days.
    """
    everything = (own, *merged)
    days = [one.client_since for one in everything if one.client_since]
    return replace(
        own,
        complaints=tuple(fact for one in everything for fact in one.complaints),
        client_since=min(days, default=None),
        reached_on=tuple(sorted({day for one in everything for day in one.reached_on})),
        flows=tuple(sorted(flow for one in everything for flow in one.flows)),
        manager_changed_on=tuple(sorted({day for one in everything for day in one.manager_changed_on})),
        troubles=tuple(trouble for one in everything for trouble in one.troubles),
    )


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back each kind of fact is needed; everything before is summed up at the day itself.

    Attributes:
        complaints_from: Complaints received up to this day: only those that had not ended when the horizon begins.
        contacts_from: The day it begins. Contacts before it: only the last.
        flows_from: Dealings up to this day: only their sum.
        managers_from: Changes of manager before this day: none.
    """

    complaints_from: date
    contacts_from: date
    flows_from: date
    managers_from: date


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often clients are to be contacted.

    Attributes:
        days: Days between contacts, by service class.
        of_unknown: The class whose rhythm holds while the client's is not known here.
    """

    days: Mapping[str, int]
    of_unknown: str


def flow_fen(kind: str, amount_fen: int) -> int:
    """Return what a dealing does to the client's holdings at cost: a subscription adds, a redemption takes away.

    Args:
        kind: `subscription` or `redemption`.
        amount_fen: Money that moved, in fen, positive.
    """
    return {"subscription": amount_fen, "redemption": -amount_fen}[kind]


def has_risen(previous: str, grade: str) -> bool:
    """Return whether a risk grade, `R1` to `R5`, went up."""
    return grade > previous
