"""Products a channel may sell, and who bears the fee of each."""

from dataclasses import dataclass
from datetime import date

from shared.codes import Code
from shared.errors import Conflict, NotYetKnown


class Bearer(Code):
    """Who pays the fee: trust property stands alone, so its fees are never netted with the company's."""

    COMPANY = "company", "公司固有财产承担"
    TRUST_PLAN = "trust_plan", "信托财产承担"


class ProductNotYetKnown(NotYetKnown):
    """client-profile has not told of this product yet."""

    code = "product_not_yet_known"


class AlreadyAuthorized(Conflict):
    """The product is authorized from that day or a later one on, or with the same bearer."""

    code = "already_authorized"


class BearerInUse(Conflict):
    """Fees on days claimed by the new bearer are booked for the present one."""

    code = "bearer_in_use"


@dataclass(frozen=True, slots=True)
class Authorization:
    """An authorization in force: its bearer and its first day."""

    bearer: Bearer
    valid_from: date


def require_may_follow(
    earlier: Authorization | None, *, bearer: Bearer, valid_from: date, last_priced_on: date | None
) -> None:
    """Refuse an authorization that repeats the present one or changes what was booked with it.

    Args:
        earlier: The present, open-ended authorization of the product; None for none.
        bearer: Who bears the fee from `valid_from` on.
        valid_from: First day (Asia/Shanghai).
        last_priced_on: Last business date of a fee booked in this channel and product.

    Raises:
        AlreadyAuthorized: the present one has the same bearer, or does not begin before.
        BearerInUse: fees of these days are booked for the present bearer.
    """
    if earlier is None:
        return
    if earlier.bearer is bearer or valid_from <= earlier.valid_from:
        raise AlreadyAuthorized(
            "The product is authorized already; another bearer must begin after the present one.",
            bearer=earlier.bearer.value,
            valid_from=earlier.valid_from.isoformat(),
        )
    if last_priced_on is not None and valid_from <= last_priced_on:
        raise BearerInUse(
            f"Fees up to {last_priced_on} are booked for the present bearer; begin after that day.",
            last_priced_on=last_priced_on.isoformat(),
        )
