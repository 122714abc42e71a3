"""Tariffs: how much fee a volume earns. Exact in Decimal; rounding is the caller's, once per entry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from shared.codes import Code
from shared.errors import Invalid

MOST_TIERS = 50


class TariffKind(Code):
    """How the rate applies; there is no default, since confusing the modes is expensive."""

    FLAT = "flat", "按笔定额"
    PERCENT = "percent", "固定费率"
    MARGINAL = "marginal", "分段累进"
    WHOLE = "whole", "全额累进"


class Measure(Code):
    """On what volume tiers are reached."""

    DEAL = "deal", "按单笔金额"
    MONTH = "month", "按渠道当月该产品累计金额"


class RatesMustRise(Invalid):
    """With one rate for the whole volume a lower rate further up would pay less for more."""

    code = "rates_must_rise"


class BoundsCross(Invalid):
    """The least fee of a dealing is above its highest."""

    code = "bounds_cross"


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
    """A way of pricing a volume.

    Attributes:
        kind: How the rate applies. A single rate is a tariff of one open tier.
        tiers: From the lowest; none for a flat fee.
        flat_fen: The fee of a dealing, whatever its amount; for flat tariffs only.
        floor_fen: What a dealing earns at least; None for no bound.
        cap_fen: What a dealing earns at most; None for no bound.
    """

    kind: TariffKind
    tiers: tuple[Tier, ...]
    flat_fen: int | None = None
    floor_fen: int | None = None
    cap_fen: int | None = None

    def as_json(self) -> list[list[Any]]:
        """Return the tiers as JSON values: `[[largest fen or null, "rate"], …]`."""
        return [[tier.up_to_fen, str(tier.rate)] for tier in self.tiers]


def tariff(kind: TariffKind, tiers: Sequence[Sequence[Any]], **fen: int | None) -> Tariff:
    """Return the tariff whose tiers are written as `Tariff.as_json` does, with `flat_fen` and bounds by name."""
    return Tariff(kind, tuple(Tier(up_to_fen, Decimal(rate)) for up_to_fen, rate in tiers), **fen)


def flat(fen: int) -> Tariff:
    """Return the tariff with one fee for every dealing."""
    return Tariff(TariffKind.FLAT, (), flat_fen=fen)


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


def whole(tiers: Sequence[Tier], *, pointer: str) -> Tariff:
    """Return the tariff in which the tier reached by the volume prices all of it (全额累进).

    Arguments and errors as for `marginal`, and:

    Raises:
        RatesMustRise: a rate is lower than the one below it.
    """
    checked = marginal(tiers, pointer=pointer)
    for place, (below, tier) in enumerate(pairwise(tiers), start=1):
        if tier.rate < below.rate:
            raise RatesMustRise("Rates for the whole volume must not fall.", pointer=f"{pointer}/{place}/rate")
    return replace(checked, kind=TariffKind.WHOLE)


def bounded(priced: Tariff, *, floor_fen: int | None, cap_fen: int | None, pointer: str) -> Tariff:
    """Return the tariff with bounds on what a dealing earns.

    Raises:
        BoundsCross: the least is above the highest.
    """
    if floor_fen is not None and cap_fen is not None and floor_fen > cap_fen:
        raise BoundsCross("The least fee must not be above the highest.", pointer=f"{pointer}/floor")
    return replace(priced, floor_fen=floor_fen, cap_fen=cap_fen)


def slices(tariff: Tariff, volume_fen: int) -> list[Slice]:
    """Return what each tier reached by `volume_fen` (whole fen, not negative) contributes, from the lowest.

    For the whole-volume kind that is one tier with all of the volume; a flat fee has none.
    """
    found, below = list[Slice](), 0
    for tier in tariff.tiers:
        top = volume_fen if tier.up_to_fen is None else min(volume_fen, tier.up_to_fen)
        if top <= below:
            break
        found.append(_slice(tier, top - below))
        below = top
    return [_slice(found[-1].tier, volume_fen)] if tariff.kind is TariffKind.WHOLE and found else found


def unbounded(tariff: Tariff, volume_fen: int) -> Decimal:
    """Return the exact fee in yuan for `volume_fen` (whole fen, not negative) before bounds."""
    if tariff.flat_fen is not None:
        return Decimal(tariff.flat_fen if volume_fen else 0).scaleb(-2)
    return sum((slice.fee for slice in slices(tariff, volume_fen)), Decimal(0))


def price(tariff: Tariff, volume_fen: int) -> Decimal:
    """Return the exact fee in yuan for `volume_fen` (whole fen, not negative); no volume earns nothing."""
    fee = unbounded(tariff, volume_fen)
    if not volume_fen:
        return fee
    if tariff.floor_fen is not None:
        fee = max(fee, Decimal(tariff.floor_fen).scaleb(-2))
    return fee if tariff.cap_fen is None else min(fee, Decimal(tariff.cap_fen).scaleb(-2))


def _slice(tier: Tier, fen: int) -> Slice:
    return Slice(tier, fen, Decimal(fen).scaleb(-2) * tier.rate)
