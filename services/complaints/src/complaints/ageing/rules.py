"""Ageing (账龄) of open complaints: how long they have been with the house, in bands that policy sets by day."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Policy row with the last day of each band but the open one, ascending: calendar days since receipt.
BANDS = "complaint.ageing_bands"


@dataclass(frozen=True, slots=True)
class Band:
    """Ages from `from_days` to `to_days`, both included; without end where that is None."""

    from_days: int
    to_days: int | None


def bands(last_days: Sequence[int]) -> list[Band]:
    """Return the bands: without gap or overlap, the last without end; a case received today is 0 days old.

    Args:
        last_days: Policy row: last day of each band but the open one, ascending.
    """
    first = [0, *(day + 1 for day in last_days)]
    return [Band(one, last) for one, last in zip(first, [*last_days, None], strict=True)]
