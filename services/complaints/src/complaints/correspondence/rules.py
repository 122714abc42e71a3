"""What is exchanged with the complainant while a case runs."""

from datetime import datetime

from shared.codes import Code
from shared.errors import Invalid


class Kind(Code):
    """What an exchange was."""

    ACKNOWLEDGEMENT = "acknowledgement", "受理告知"
    RESPONSE = "response", "沟通回复"
    ATTEMPT = "attempt", "联系未果"
    MESSAGE = "message", "投诉人来信来电"


class InstantOutOfRange(Invalid):
    """This cannot have happened then."""

    code = "instant_out_of_range"


def exchanged_at(given: datetime | None, *, received_at: datetime, now: datetime) -> datetime:
    """Return when an exchange took place: as said, or now.

    Raises:
        InstantOutOfRange: before receipt or in the future.
    """
    at = given or now
    if not received_at <= at <= now:
        raise InstantOutOfRange("An exchange lies between receipt and now.", pointer="/at")
    return at
