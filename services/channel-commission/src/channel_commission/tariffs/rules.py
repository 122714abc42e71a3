"""Tariffs: how much fee a volume earns. Exact in Decimal; rounding is the caller's, once per entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.codes import Code
from shared.errors import Invalid

MOST_TIERS = 50


class TariffKind(Code):
    """How the rate applies; there is no default, since confusing the modes is expensive."""

    PERCENT = "percent", "固定费率"
    MARGINAL = "marginal", "分段累进"


class TariffIncomplete(Invalid):
    """The fields do not fit the kind of tariff."""

    code = "tariff_incomplete"


class TiersNotInOrder(Invalid):
    """The tiers do not cover every volume exactly once."""

    code = "tiers_not_in_order"


@dataclass(frozen=True, slots=True)
class Tier:
    """A slice of the volume.

    Attributes:
        up_to_fen: Largest volume of the slice, which belongs to it; None for the last.
        rate: Fraction of the slice, e.g. 0.0030 for 0.30 %.
    """

    up_to_fen: int | None
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Slice:
    """What one tier contributed: `fen` of volume at `rate` gave `fee` yuan."""

    tier: Tier
    fen: int
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Tariff:
    """A way of pricing: one rate for every amount, or tiers on the volume of a month.

    A single rate is a tariff of one open tier; what differs is what is measured: each dealing by itself, or the
    channel's volume in a product and calendar month.
    """

    kind: TariffKind
    tiers: tuple[Tier, ...]

    def as_json(self) -> list[list[Any]]:
        """Return the tiers as JSON values: `[[largest fen or null, "rate"], …]`."""
        return [[tier.up_to_fen, str(tier.rate)] for tier in self.tiers]


def tariff(kind: TariffKind, tiers: Sequence[Sequence[Any]]) -> Tariff:
    """Return the tariff whose tiers are written as `Tariff.as_json` does."""
    return Tariff(kind, tuple(Tier(up_to_fen, Decimal(rate)) for up_to_fen, rate in tiers))


def percent(rate: Decimal) -> Tariff:
    """Return the tariff with one rate for every amount."""
    return Tariff(TariffKind.PERCENT, (Tier(None, rate),))


def marginal(tiers: Sequence[Tier], *, pointer: str) -> Tariff:
    """Return the tariff in which each slice of the month's volume has its own rate (超额累进).

    Args:
        tiers: From the lowest; an upper bound belongs to the lower tier, the last is open.
        pointer: Where the tiers stand in the request body.

    Raises:
        TiersNotInOrder: a bound is missing, comes twice or does not rise, or the last tier is not open.
    """
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise TiersNotInOrder(f"A tariff has 1 to {MOST_TIERS} tiers.", pointer=pointer)
    below = 0
    for place, tier in enumerate(tiers):
        is_last = place == len(tiers) - 1
        if is_last != (tier.up_to_fen is None):
            raise TiersNotInOrder(
                "The last tier, and only that, has no upper bound.", pointer=f"{pointer}/{place}/up_to"
            )
        if tier.up_to_fen is not None:
            if tier.up_to_fen <= below:
                raise TiersNotInOrder("Upper bounds must rise.", pointer=f"{pointer}/{place}/up_to")
            below = tier.up_to_fen
    return Tariff(TariffKind.MARGINAL, tuple(tiers))


def slices(tariff: Tariff, volume_fen: int) -> list[Slice]:
    """Return what each tier reached by `volume_fen` (whole fen, not negative) contributes, from the lowest."""
    found, below = [], 0
    for tier in tariff.tiers:
        top = volume_fen if tier.up_to_fen is None else min(volume_fen, tier.up_to_fen)
        if top <= below:
            break
        found.append(Slice(tier, top - below, Decimal(top - below).scaleb(-2) * tier.rate))
        below = top
    return found


def price(tariff: Tariff, volume_fen: int) -> Decimal:
    """Return the exact fee in yuan for `volume_fen` (whole fen, not negative): the sum of its slices."""
    return sum((slice.fee for slice in slices(tariff, volume_fen)), Decimal(0))
