"""Complaints of the past taken in from another system: what is possible, and what a further import may add."""

from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from uuid import UUID

from complaints.cases.rules import Level, Reason, RootCause, Source, Status
from complaints.intake.rules import FIRST_DAY
from complaints.traits.rules import Urgency
from shared.errors import Conflict, Invalid


class HistoryImpossible(Invalid):
    """The dates or facts of this case contradict each other."""

    code = "history_impossible"


class AlreadyRecorded(Conflict):
    """Something else is on record; records are added to, never rewritten."""

    code = "already_recorded"


class HandledHere(Conflict):
    """The case is handled here, so its end is recorded here too."""

    code = "handled_here"


class Step(Enum):
    """What became true of a case; each is told in an event."""

    REGISTERED = "registered"
    CLIENT_LINKED = "client_linked"
    DECIDED = "decided"
    INFORMED = "informed"
    CLOSED = "closed"
    REVIEW_REQUESTED = "review_requested"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class History:
    """A case as its origin tells it. None means that nothing is said, and so does no review requested.

    Attributes:
        informed_on: Day of informing; from then on the case is over for the legal clock.
        root_cause: Makes the case a closed one.
        amount_fen: What was claimed, in fen.
        compensation_fen: What was paid, in fen.
    """

    received_on: date
    level: Level | None = None
    source: Source | None = None
    reason: Reason | None = None
    reason_text: str | None = None
    product_class: str | None = None
    product_id: UUID | None = None
    channel_id: UUID | None = None
    forwarding_number: str | None = None
    facts: str | None = None
    demand: str | None = None
    amount_fen: int | None = None
    persons: int | None = None
    channel_code: str | None = None
    business_code: str | None = None
    reason_code: str | None = None
    classification_note: str | None = None
    urgency: Urgency | None = None
    tags: frozenset[str] | None = None
    request_kinds: frozenset[str] | None = None
    client_id: UUID | None = None
    is_upheld: bool | None = None
    informed_on: date | None = None
    root_cause: RootCause | None = None
    compensation_fen: int | None = None
    review_requested: bool = False
    withdrawn_on: date | None = None


#: What may still become known of a case, with what that means.
_MAY_COME_LATER = {
    "client_id": Step.CLIENT_LINKED,
    "is_upheld": Step.DECIDED,
    "informed_on": Step.INFORMED,
    "root_cause": Step.CLOSED,
    "compensation_fen": Step.CLOSED,
    "review_requested": Step.REVIEW_REQUESTED,
    "withdrawn_on": Step.WITHDRAWN,
}
_POINTERS = {"compensation_fen": "/compensation", "amount_fen": "/amount"}


def require_possible(history: History, *, today: date) -> None:
    """Refuse a history that cannot have been.

    Raises:
        HistoryImpossible: a day is out of range, or an outcome is told of a case that is open or withdrawn.
    """
    if not FIRST_DAY <= history.received_on <= today:
        raise HistoryImpossible(f"Receipt lies between {FIRST_DAY} and today.", pointer="/received_on")
    ends = {"/informed_on": history.informed_on, "/withdrawn_on": history.withdrawn_on}
    for pointer, day in ends.items():
        if day is not None and not history.received_on <= day <= today:
            raise HistoryImpossible("This day lies between receipt and today.", pointer=pointer)
    if history.informed_on and history.withdrawn_on:
        raise HistoryImpossible("A case ends by informing or by withdrawal, not by both.", pointer="/withdrawn_on")
    if history.informed_on is None:
        for name in ("is_upheld", "root_cause", "compensation_fen", "review_requested"):
            if _is_told(getattr(history, name), name):
                raise HistoryImpossible(
                    "This needs `informed_on`: there is no outcome before the complainant was informed.",
                    pointer=_POINTERS.get(name, f"/{name}"),
                )


def status_of(history: History) -> Status:
    """Return the state that a history ends in."""
    if history.withdrawn_on:
        return Status.WITHDRAWN
    if history.review_requested:
        return Status.REVIEW_REQUESTED
    if history.root_cause:
        return Status.CLOSED
    return Status.INFORMED if history.informed_on else Status.REGISTERED


def steps_of(history: History) -> list[Step]:
    """Return what a new case's history consists of, in order."""
    told = {
        Step.DECIDED: history.is_upheld is not None,
        Step.INFORMED: history.informed_on is not None,
        Step.CLOSED: history.root_cause is not None,
        Step.REVIEW_REQUESTED: history.review_requested,
        Step.WITHDRAWN: history.withdrawn_on is not None,
    }
    return [Step.REGISTERED, *(step for step, is_told in told.items() if is_told)]


def added(known: History, wanted: History) -> set[str]:
    """Return the names of the fields that `wanted` adds to what is known; what it leaves out stays.

    Raises:
        AlreadyRecorded: it says something else than what is on record.
    """
    new = set()
    for name in (found.name for found in fields(History)):
        before, now = getattr(known, name), getattr(wanted, name)
        if not _is_told(now, name) or now == before:
            continue
        if name not in _MAY_COME_LATER or _is_told(before, name):
            raise AlreadyRecorded("Something else is on record.", pointer=_POINTERS.get(name, f"/{name}"))
        new.add(name)
    return new


def _is_told(value: object, name: str) -> bool:
    """Return whether a field says something; that a complaint was not upheld does, no review requested does not."""
    return value is not None and (name != "review_requested" or value is True)


def further_steps(merged: History, new: set[str], *, has_handler: bool) -> list[Step]:
    """Return the steps that newly known fields mean for a case, in order.

    Args:
        merged: The history with what is new.
        new: Names of the new fields.
        has_handler: Whether the case was given to a handler here.

    Raises:
        HandledHere: the case is or was in handling here and the import tells of its end.
    """
    if new - {"client_id"} and has_handler:
        raise HandledHere("This case is handled here; record its end here.")
    wanted = {_MAY_COME_LATER[name] for name in new}
    if merged.root_cause is None:
        wanted.discard(Step.CLOSED)
    return [step for step in Step if step in wanted]
