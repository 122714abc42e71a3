"""Who a complaint concerns: what this service knows of clients and staff from events, and when it may rely on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from shared.codes import Code
from shared.errors import Invalid


class Exclusion(Code):
    """Why somebody may not handle a case: a direct interest in the matter, or their office."""

    NAMED_STAFF = "named_staff", "被投诉人员"
    CLIENTS_MANAGER = "clients_manager", "客户的管户经理"
    SOLD = "sold", "销售时的管户经理"
    SPOKE = "spoke_around_sale", "销售前后与客户沟通过的人员"
    CHANNEL_OFFICE = "channel_office", "渠道管理岗（涉及合作渠道的案件）"
    NOT_A_HANDLER = "not_a_handler", "非投诉处理岗"
    HAS_LEFT = "has_left", "已离职"


class ClientNotOfChannel(Invalid):
    """The client neither came through this channel nor dealt through it."""

    code = "client_not_of_channel"


class FieldNotYours(Invalid):
    """Callers of this kind do not say this; the company does."""

    code = "field_not_yours"


@dataclass(frozen=True, slots=True)
class Relation:
    """What is known of the relationship with a client; days in Asia/Shanghai.

    Attributes:
        service_class: `A`, `B` or `C`; None while unknown.
        registered_on: Day of registration; None while client-profile has not told of the client.
        left_on: Day on which the relationship ended; None while it goes on.
    """

    service_class: str | None = None
    registered_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Somebody became a client's manager.

    Attributes:
        since: Day on which (Asia/Shanghai).
        previous_id: Who managed the client until then; None if nobody did.
    """

    client_id: UUID
    since: date
    manager_id: UUID
    previous_id: UUID | None


#: Branch (分支机构) → the office that reviews its results; what no branch handled was handled by head office.
BRANCHES = "review.branches"


@dataclass(frozen=True, slots=True)
class Offices:
    """The branch that handled a case and the office above it; both None if head office handled it."""

    branch_id: UUID | None = None
    superior_id: UUID | None = None


def offices(unit_path: Sequence[UUID], branches: Mapping[str, str]) -> Offices:
    """Return which branch handled a case, and which office reviews it.

    Args:
        unit_path: The handler's unit and all above it.
        branches: Policy row `review.branches`; the branch nearest to the handler counts.
    """
    found = next((unit for unit in unit_path if str(unit) in branches), None)
    return Offices(found, UUID(branches[str(found)])) if found else Offices()


#: How long another service may take to tell of a client, in minutes, before its stub is listed.
CONFIRM_WITHIN = "client.confirm_within_minutes"


def unconfirmed_before(now: datetime, within_minutes: int) -> datetime:
    """Return the instant before which a client must have been heard of to be listed as still unconfirmed.

    Args:
        now: The present instant (UTC).
        within_minutes: Policy row `client.confirm_within_minutes`.
    """
    return now - timedelta(minutes=within_minutes)


def refuse_foreign(given: Mapping[str, bool]) -> None:
    """Refuse what the company says, not the caller: pointer of each such field → whether it was given.

    Raises:
        FieldNotYours: points to the first one given.
    """
    for pointer, is_given in given.items():
        if is_given:
            raise FieldNotYours("You do not say this; leave it out.", pointer=pointer)


def plain_phone(phone: str) -> str:
    """Return the digits of a phone number, the country code of the mainland left out: 13812341234."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    return digits.removeprefix("86") if len(digits) == 13 else digits


def masked_phone(phone: str) -> str:
    """Return a phone number with its ends kept, never more than half of it: 138****1234."""
    shown = min(4, len(phone) // 4)
    return f"{phone[: min(3, shown)]}****{phone[-shown:]}"
