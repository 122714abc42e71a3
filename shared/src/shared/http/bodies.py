"""Base classes and common types of HTTP bodies."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from shared.codes import Code
from shared.money import Money


class Body(BaseModel):
    """A request body: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Read(BaseModel):
    """An answer, built from a table row or from values."""

    model_config = ConfigDict(from_attributes=True)


class RowRead(Read):
    """An answer built from a table row: amounts in fen as money (`held_fen` as `held`), codes with what they mean.

    A subclass declares what it shows, and adds by `_beside` what stands in no column.
    """

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        if isinstance(row, dict):
            return row
        values = row.model_dump()
        fen = {name.removesuffix("_fen"): value for name, value in values.items() if name.endswith("_fen")}
        money = {name: None if value is None else Money.from_fen(value) for name, value in fen.items()}
        meanings = {f"{name}_zh": value.zh for name, value in values.items() if isinstance(value, Code)}
        # A column itself comes before what is made of another.
        return money | meanings | values | cls._beside(row)

    @classmethod
    def _beside(cls, row: Any) -> dict[str, Any]:
        return {}


#: Control characters (NUL above all, which PostgreSQL refuses) have no place in what people type.
PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

#: A name or a title.
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=PRINTABLE)]
#: A sentence or two: reasons, notes.
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=PRINTABLE)]
#: A report or a letter.
LongText = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=PRINTABLE)]

_WRITTEN_OUT = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: Nothing a house records lies outside of it: the oldest living client was born later, the longest trust ends before.
_FIRST, _LAST = date(1850, 1, 1), date(2199, 12, 31)


def _written_out(value: Any) -> Any:
    # Pydantic would read 1772409600 and "1772409600" as seconds since 1970.
    if isinstance(value, date) or (isinstance(value, str) and _WRITTEN_OUT.match(value)):
        return value
    raise ValueError("must be written out, such as 2026-03-02 or 2026-03-02T12:00:00+08:00")


#: Put behind the bounds of a date or an instant: numbers are none.
WRITTEN_OUT = BeforeValidator(_written_out)
#: A business or legal date (Asia/Shanghai) between 1850 and 2199.
Day = Annotated[date, Field(ge=_FIRST, le=_LAST), WRITTEN_OUT]
#: An instant with its offset from UTC, between 1850 and 2199.
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(1850, 1, 1, tzinfo=UTC), le=datetime(2199, 12, 31, tzinfo=UTC)),
    WRITTEN_OUT,
]
#: What another system calls it.
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]
