"""Enquiries (咨询), suggestions (建议) and reports of violation (举报): no complaints, but owned, timed and answered.

They claim nothing from the company, so no legal clock runs, no at-risk rule and no report counts them. The house still
gives each an owner, working time to answer in, and an answer: a suggestion is adopted, or the answer says why not.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from complaints.cases.rules import ContactKind, FilterNotYours
from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid
from shared.states import step

#: Policy row with working minutes to answer by kind, and whom to tell at which percent.
POLICY = "enquiry.goals"
#: Who reads reports of violation besides their owner: reported people must not learn of them.
CONFIDANTS = frozenset({"complaint_supervisor", "consumer_protection", "compliance", "auditor"})
#: Who may own a report of violation.
INVESTIGATORS = frozenset({"consumer_protection", "compliance", "auditor"})
SUPERVISOR = "complaint_supervisor"


class EnquiryStatus(Code):
    """Where an enquiry, suggestion or report stands."""

    RECEIVED = "received", "已受理"
    ASSIGNED = "assigned", "办理中"
    ANSWERED = "answered", "已答复"
    RECLASSIFIED = "reclassified", "已改类为投诉"


class EnquiryCommand(StrEnum):
    """What may be done to it; the last part of the command's path."""

    ASSIGN = "assign"
    ANSWER = "answer"
    RECLASSIFY = "reclassify"


class NotAnEnquiry(Invalid):
    """A complaint is registered as one, since its legal clock runs from receipt."""

    code = "not_an_enquiry"


class EnquirerUnclear(Invalid):
    """A client or contact data is needed; only a report of violation may be anonymous."""

    code = "enquirer_unclear"


class EnquiryCommandNotAllowed(Conflict):
    """The state does not allow this command."""

    code = "enquiry_command_not_allowed"


class KindUnchanged(Conflict):
    """It is of this kind already."""

    code = "kind_unchanged"


class OwnerUnfit(Conflict):
    """This person may not own it."""

    code = "owner_unfit"


class NotTheOwner(Forbidden):
    """Only the owner, or a complaint supervisor, answers."""

    code = "not_the_owner"


class AnswerIncomplete(Invalid):
    """A suggestion is adopted, or the answer says why not; other kinds are neither."""

    code = "answer_incomplete"


_MOVES: Mapping[EnquiryStatus, Mapping[EnquiryCommand, EnquiryStatus]] = {
    EnquiryStatus.RECEIVED: {
        EnquiryCommand.ASSIGN: EnquiryStatus.ASSIGNED,
        EnquiryCommand.RECLASSIFY: EnquiryStatus.RECEIVED,
    },
    EnquiryStatus.ASSIGNED: {
        EnquiryCommand.ASSIGN: EnquiryStatus.ASSIGNED,
        EnquiryCommand.ANSWER: EnquiryStatus.ANSWERED,
        EnquiryCommand.RECLASSIFY: EnquiryStatus.ASSIGNED,
    },
    # What was answered as an enquiry may still turn out to claim something.
    EnquiryStatus.ANSWERED: {EnquiryCommand.RECLASSIFY: EnquiryStatus.ANSWERED},
    EnquiryStatus.RECLASSIFIED: {},
}
#: States in which an answer is owed.
OPEN = frozenset({EnquiryStatus.RECEIVED, EnquiryStatus.ASSIGNED})


@dataclass(frozen=True, slots=True)
class EnquiryGoals:
    """The house's goals for what is no complaint.

    Attributes:
        version: Version of the policy row.
        minutes: Working minutes to answer in, by kind.
        levels: Percent and office to be told, ascending.
    """

    version: str
    minutes: Mapping[ContactKind, int]
    levels: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, value: Mapping[str, Any], *, version: str) -> "EnquiryGoals":
        """Return the goals that a policy row's value describes.

        Raises:
            KeyError, TypeError, ValueError: the row holds no goals.
        """
        minutes = {ContactKind(kind): int(minutes) for kind, minutes in value["minutes"].items()}
        return cls(version, minutes, tuple((int(one["percent"]), str(one["office"])) for one in value["levels"]))


def allowed(status: EnquiryStatus) -> list[EnquiryCommand]:
    """Return the commands taken now, in alphabetical order."""
    return sorted(_MOVES[status])


def after(command: EnquiryCommand, status: EnquiryStatus) -> EnquiryStatus:
    """Return the state that a command leads to.

    Raises:
        EnquiryCommandNotAllowed: says which commands are allowed.
    """
    told = f"An enquiry that is {status} does not take {command!s}."
    return step(_MOVES, status, command, refused=EnquiryCommandNotAllowed, told=told)


def require_kind(kind: ContactKind) -> None:
    """Refuse a complaint.

    Raises:
        NotAnEnquiry: it is one.
    """
    if kind is ContactKind.COMPLAINT:
        raise NotAnEnquiry("Register a complaint with POST /v1/complaints: its legal clock runs.", pointer="/kind")


def require_enquirer(kind: ContactKind, *, client_id: UUID | None, has_contact: bool) -> None:
    """Refuse both or none of client and contact data; a report of violation may come from nobody known.

    Raises:
        EnquirerUnclear: nobody can be answered, or what the company holds was asked for.
    """
    is_anonymous = client_id is None and not has_contact
    if (client_id is not None and has_contact) or (is_anonymous and kind is not ContactKind.VIOLATION_REPORT):
        raise EnquirerUnclear("Name the client, or give name and phone of who is none; not both.", pointer="/enquirer")


def require_owner(
    kind: ContactKind, owner_id: UUID, *, roles: Collection[str], has_left: bool, named_staff_id: UUID | None
) -> None:
    """Refuse an owner who left, whom it is about, or who may not look into violations.

    Raises:
        OwnerUnfit: says why.
    """
    reasons = {
        "已离职": has_left,
        "所涉人员本人": owner_id == named_staff_id,
        "举报由合规、审计或消费者权益保护岗办理": kind is ContactKind.VIOLATION_REPORT
        and not INVESTIGATORS & set(roles),
    }
    if found := [reason for reason, holds in reasons.items() if holds]:
        raise OwnerUnfit(f"This person may not own it: {'、'.join(found)}.", pointer="/owner_id")


def require_answer(kind: ContactKind, *, is_adopted: bool | None, why_not: str | None) -> None:
    """Refuse an answer that leaves open whether a suggestion is adopted, or why not.

    Raises:
        AnswerIncomplete: points to what is missing or out of place.
    """
    is_suggestion = kind is ContactKind.SUGGESTION
    if is_suggestion != (is_adopted is not None):
        raise AnswerIncomplete(
            "Say of a suggestion, and of nothing else, whether it is adopted.", pointer="/is_adopted"
        )
    if (is_adopted is False) != (why_not is not None):
        raise AnswerIncomplete("Say why a suggestion is not adopted, and only then.", pointer="/why_not")


def require_may_answer(person_id: UUID, roles: Collection[str], owner_id: UUID | None) -> None:
    """Refuse everybody but the owner and a complaint supervisor.

    Raises:
        NotTheOwner: somebody else.
    """
    if person_id != owner_id and SUPERVISOR not in roles:
        raise NotTheOwner("Only the owner, or a complaint supervisor, answers.")


def require_other_kind(status: EnquiryStatus, kind: ContactKind, wanted: ContactKind) -> None:
    """Refuse a reclassification that changes nothing, and one among the other kinds after the answer.

    Raises:
        KindUnchanged: it is of this kind already.
        EnquiryCommandNotAllowed: it was answered; only a complaint can still come of it.
    """
    if wanted is kind:
        raise KindUnchanged("It is of this kind already.", pointer="/kind")
    if status is EnquiryStatus.ANSWERED and wanted is not ContactKind.COMPLAINT:
        raise EnquiryCommandNotAllowed(
            "It was answered; it can only turn out to be a complaint.", state=status.value, allowed=allowed(status)
        )


def require_open_filters(given: Mapping[str, object], *, is_staff: bool) -> None:
    """Refuse that a client finds out by a filter what the answer does not tell.

    Raises:
        FilterNotYours: points to the filter.
    """
    for name, wanted in given.items():
        if wanted is not None and not is_staff:
            raise FilterNotYours("This is a filter for staff.", pointer=f"/query/{name}")


def is_met(answered_at: datetime | None, due: datetime | None) -> bool | None:
    """Return whether it was answered in its time; None while it is not, and beyond the calendar."""
    return None if answered_at is None or due is None else answered_at <= due


def enquiry_number(year: int, sequence: int) -> str:
    """Return the number people read: `LJ-2026-000123`, the 123rd received in 2026 (LJ: 来件)."""
    return f"LJ-{year}-{sequence:06d}"
