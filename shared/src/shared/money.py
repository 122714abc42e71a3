"""Money: exact to the fen, one rounding rule, splits that add up.

Tables hold whole fen (`BIGINT`), rules calculate in `Decimal`, HTTP and events carry
`{"amount": "1234.56", "currency": "CNY"}`. Floats are refused everywhere.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

FEN_PER_YUAN = 100
#: Larger than any trust plan and small enough that sums of a million of them fit a BIGINT of fen.
MAX_YUAN = Decimal(10) ** 12


#: As written: `Decimal` would read 1e3, 1_000 and digits of other scripts too.
_WRITTEN = r"-?[0-9]{1,12}(\.[0-9]{1,2})?"


def _exact(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        amount = value
    elif isinstance(value, str) and re.fullmatch(_WRITTEN, value):
        amount = Decimal(value)
    else:
        raise ValueError('must be a decimal number in a string, below a trillion, with two places: "1234.56"')
    if not amount.is_finite() or abs(amount) >= MAX_YUAN:
        raise ValueError("must be a finite amount below 1,000,000,000,000")
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError("must have at most two decimal places")
    return amount.quantize(Decimal("0.01"))


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_WRITTEN}$", "examples": ["1234.56"]}),
]


class Money(BaseModel):
    """An amount of money in yuan with two decimals; may be negative unless a field says otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Amount
    currency: Literal["CNY"] = "CNY"

    @classmethod
    def from_fen(cls, fen: int) -> Self:
        """Return the money that is `fen` hundredths of a yuan."""
        return cls(amount=Decimal(fen).scaleb(-2))

    @property
    def fen(self) -> int:
        """The amount in whole fen."""
        return int(self.amount.scaleb(2))


def _positive(value: Money) -> Money:
    if value.amount <= 0:
        raise ValueError("must be more than 0.00")
    return value


#: Money above zero.
PositiveMoney = Annotated[Money, AfterValidator(_positive)]


def round_fen(yuan: Decimal) -> int:
    """Return `yuan` in whole fen, rounded half away from zero (so that a reversal mirrors its original).

    Python's `round()` and PostgreSQL's `round(float8)` round half to even and must not be used for money.
    """
    return int(yuan.scaleb(2).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Return `total_fen` split by `weights` (non-negative, not all zero) so that the parts add up exactly.

    Largest remainder; ties go to the larger weight, then to the earlier place. A negative total mirrors the positive.

    Raises:
        ValueError: no weight is positive, or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign, size = (-1, -total_fen) if total_fen < 0 else (1, total_fen)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(size * weights[place] % whole), -weights[place], place)
    )
    for place in by_remainder[: size - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]
