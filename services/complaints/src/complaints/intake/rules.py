"""Taking in a complaint: who may say what, from when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from complaints.cases.rules import Level, Source
from complaints.parties.rules import refuse_foreign
from shared.clock import business_date, start_of_day
from shared.errors import Conflict, Invalid

#: First day of 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): no clock can be set for earlier receipts.
FIRST_DAY = date(2020, 3, 1)
#: Clocks of callers may run ahead by this much.
AHEAD = timedelta(minutes=5)
#: Sources that forward a case with a number of their own (转办).
FORWARDERS = frozenset({Source.NFRA, Source.PBOC, Source.LETTERS_VISITS, Source.HOTLINE_12345})


class ReceiptOutOfRange(Invalid):
    """The complaint cannot have been received then."""

    code = "receipt_out_of_range"


class SourceInvalid(Invalid):
    """The source is missing or does not fit the other fields."""

    code = "source_invalid"


class ComplainantUnclear(Invalid):
    """Exactly one of the client and the complainant's own contact data is needed."""

    code = "complainant_unclear"


class ClientAlreadyLinked(Conflict):
    """It is known already which client this case concerns."""

    code = "client_already_linked"


@dataclass(frozen=True, slots=True)
class Given:
    """What a caller said when filing; None where nothing was said."""

    source: Source | None
    level: Level | None
    received_at: datetime | None
    client_id: UUID | None
    channel_id: UUID | None
    named_staff_id: UUID | None
    forwarding_number: str | None
    has_complainant: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """What holds after the caller's kind was taken into account."""

    source: Source
    level: Level
    received_at: datetime
    received_on: date
    client_id: UUID | None
    channel_id: UUID | None


def filing(given: Given, *, kind: Literal["staff", "channel", "client"], caller_id: UUID, now: datetime) -> Filing:
    """Return what is filed: clients file for themselves now, channels about their own sales, staff say everything.

    Args:
        given: What the caller said.
        kind: The kind of caller.
        caller_id: The staff member, channel or client.
        now: The present instant (UTC).

    Raises:
        FieldNotYours: a client or channel said what is not theirs to say.
        SourceInvalid: the source is missing, not for staff, or does not fit the forwarding number.
        ComplainantUnclear: neither a client nor a complainant is named, or both: what the company holds is not asked.
        ReceiptOutOfRange: received in the future or before the measures were in force.
    """
    source, client_id, channel_id = given.source, given.client_id, given.channel_id
    if kind == "client":
        _refuse_foreign(given, own_client=caller_id)
        source, client_id = Source.APP, caller_id
    elif kind == "channel":
        _refuse_foreign(given, own_channel=caller_id)
        source, channel_id = Source.CHANNEL, caller_id
    require_source(source, given.forwarding_number)
    if (client_id is None) != given.has_complainant:
        raise ComplainantUnclear(
            "Name the client, or give name and phone of a complainant who is none; not both.", pointer="/complainant"
        )
    received_at = receipt(given.received_at or now, now=now)
    assert source is not None  # noqa: S101  # required above
    level = given.level or Level.ORDINARY
    return Filing(source, level, received_at, business_date(received_at), client_id, channel_id)


def receipt(received_at: datetime, *, now: datetime) -> datetime:
    """Return the instant of receipt, whose day (Asia/Shanghai) every deadline counts from.

    A caller's clock that runs a little ahead means now: it moves no deadline past midnight.

    Raises:
        ReceiptOutOfRange: in the future or before the measures were in force.
    """
    # Compared as instants: at the ends of the calendar some have no day in Shanghai.
    if not start_of_day(FIRST_DAY) <= received_at <= now + AHEAD:
        raise ReceiptOutOfRange(f"Receipt lies between {FIRST_DAY} and now.", pointer="/received_at")
    return min(received_at, now)


def _refuse_foreign(given: Given, *, own_client: UUID | None = None, own_channel: UUID | None = None) -> None:
    """Refuse what only the company decides: level, named staff member, source, and rows of others."""
    foreign = {
        "/level": given.level is not None,
        "/named_staff_id": given.named_staff_id is not None,
        "/source": given.source is not None,
        "/forwarding_number": given.forwarding_number is not None,
        "/received_at": own_client is not None and given.received_at is not None,
        "/client_id": own_client is not None and given.client_id not in (None, own_client),
        "/complainant": own_client is not None and given.has_complainant,
        "/channel_id": own_channel is not None and given.channel_id not in (None, own_channel),
    }
    refuse_foreign(foreign)


def require_source(source: Source | None, forwarding_number: str | None) -> None:
    """Refuse a missing source, and one that does not fit the forwarding number.

    Raises:
        SourceInvalid: points to what is missing or out of place.
    """
    if source is None:
        raise SourceInvalid("Say how the complaint came in.", pointer="/source")
    if (source in FORWARDERS) != (forwarding_number is not None):
        raise SourceInvalid(
            "A case forwarded by an authority has its number (转办编号), other cases have none.",
            pointer="/forwarding_number",
        )


def case_number(year: int, sequence: int) -> str:
    """Return the number people read: `TS-2026-000123`, the 123rd case received in 2026 (TS: 投诉)."""
    return f"TS-{year}-{sequence:06d}"
