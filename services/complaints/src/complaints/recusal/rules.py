"""Who may not handle a case nor decide in it (回避), and why.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): whoever handles a complaint has no direct interest in
it. Whom that concerns is a house rule: the staff member complained about, the client's manager, those who were in the
sale (the manager of that day, whoever spoke with the client around it), and, where a channel sold, those who look after
channels.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from complaints.parties.rules import Exclusion, Term
from complaints.signals.rules import Sale, Talk
from shared.errors import Conflict

HANDLER, CHANNEL_OFFICE = "complaint_handler", "channel_manager"
POLICY = "complaint.sale_window"


class HandlerExcluded(Conflict):
    """This person may not handle this case."""

    code = "handler_excluded"


@dataclass(frozen=True, slots=True)
class Interest:
    """What somebody has to do with a case.

    Attributes:
        person_id: The staff member.
        why: What it is.
        on: Day of the sale or of the conversation; None where no day belongs to it.
        dealing_id: The sale.
        interaction_id: The conversation.
    """

    person_id: UUID
    why: Exclusion
    on: date | None = None
    dealing_id: UUID | None = None
    interaction_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which conversations are part of a sale.

    Attributes:
        days_before: From how many days before the application on.
        days_after: Until how many days after the confirmation.
        version: Version of the policy row.
    """

    days_before: int
    days_after: int
    version: str

    @classmethod
    def of(cls, value: Mapping[str, Any], *, version: str) -> "Window":
        """Return the window that a policy row's value describes."""
        return cls(int(value["days_before"]), int(value["days_after"]), version)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is known about a case and its client; days in Asia/Shanghai.

    Attributes:
        named_staff_id: The staff member complained about, if any.
        received_on: Day of receipt: what came later is no part of the sale.
        manager_ids: The client's manager now, and those of clients merged with it.
        channel_staff: Those who look after channels, where a channel sold.
        sales: What the client bought that the case is about.
        terms: Who managed the client since when.
        talks: Conversations of staff with the client.
    """

    received_on: date
    named_staff_id: UUID | None = None
    manager_ids: Collection[UUID] = ()
    channel_staff: Collection[UUID] = ()
    sales: Sequence[Sale] = ()
    terms: Sequence[Term] = ()
    talks: Sequence[Talk] = ()


def interests(matter: Matter, window: Window) -> list[Interest]:
    """Return who has a direct interest in a case; one entry per person, kind and sale or conversation."""
    found = [Interest(person, Exclusion.CLIENTS_MANAGER) for person in sorted(matter.manager_ids)]
    if matter.named_staff_id is not None:
        found.insert(0, Interest(matter.named_staff_id, Exclusion.NAMED_STAFF))
    periods = list(_periods(matter.terms))
    for sale in matter.sales:
        if sale.confirmed_on > matter.received_on:
            continue
        managers = {person for person, first, last in periods if first <= sale.confirmed_on and sale.applied_on <= last}
        for person in sorted(managers):
            found.append(Interest(person, Exclusion.SOLD, on=sale.confirmed_on, dealing_id=sale.dealing_id))
        first = sale.applied_on - timedelta(days=window.days_before)
        last = min(sale.confirmed_on + timedelta(days=window.days_after), matter.received_on)
        for talk in matter.talks:
            if first <= talk.on <= last:
                found.append(Interest(talk.staff_id, Exclusion.SPOKE, talk.on, sale.dealing_id, talk.interaction_id))
    return found + [Interest(person, Exclusion.CHANNEL_OFFICE) for person in sorted(matter.channel_staff)]


def _periods(terms: Sequence[Term]) -> Iterator[tuple[UUID, date, date]]:
    """Yield who managed the client from which day to which; on a day of change it is both."""
    by_client: dict[UUID, list[Term]] = defaultdict(list)
    for term in sorted(terms, key=lambda one: one.since):
        by_client[term.client_id].append(term)
    for held in by_client.values():
        for earlier, term, later in zip([None, *held], held, [*held[1:], None], strict=False):
            if term.previous_id is not None:
                yield term.previous_id, earlier.since if earlier else date.min, term.since
            yield term.manager_id, term.since, later.since if later else date.max


def kinds(found: Collection[Interest], person_id: UUID) -> list[Exclusion]:
    """Return what one person has to do with a case, each kind once, in the order of the codes."""
    theirs = {one.why for one in found if one.person_id == person_id}
    return [why for why in Exclusion if why in theirs]


def exclusions(
    found: Collection[Interest], person_id: UUID, *, roles: Collection[str], has_left: bool
) -> list[Exclusion]:
    """Return every reason against this person as the handler of a case; empty if there is none."""
    against = kinds(found, person_id)
    if HANDLER not in roles:
        against.append(Exclusion.NOT_A_HANDLER)
    if has_left:
        against.append(Exclusion.HAS_LEFT)
    return against


def require_may_handle(found: Sequence[Exclusion], *, pointer: str | None) -> None:
    """Refuse a handler against whom there is a reason.

    Args:
        found: What speaks against the handler.
        pointer: The field that names the handler; None where the caller is the one.

    Raises:
        HandlerExcluded: says the reasons.
    """
    if found:
        reasons = "、".join(exclusion.zh for exclusion in found)
        raise HandlerExcluded(f"This person may not handle this case: {reasons}.", pointer=pointer, exclusions=found)
