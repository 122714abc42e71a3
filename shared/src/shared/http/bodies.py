"""Base classes and common types of HTTP bodies."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Body(BaseModel):
    """A request body: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Read(BaseModel):
    """An answer, built from a table row or from values."""

    model_config = ConfigDict(from_attributes=True)


# Control characters (NUL above all, which PostgreSQL refuses) have no place in what people type.
_PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

#: A name or a title.
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_PRINTABLE)]
#: A sentence or two: reasons, notes.
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_PRINTABLE)]
#: A report or a letter.
LongText = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=_PRINTABLE)]
#: What another system calls it.
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]
