"""Codes with Chinese names: what stands in tables, events and bodies, and what a person reads."""

from enum import StrEnum
from typing import Any, Self

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Code(StrEnum):
    """A closed list of codes, each with its Chinese name: `HIGH = "high", "高"`.

    The value is the code. The name appears as `x-labels` in every generated schema, from where the gateway's
    code lists are read.
    """

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        """Return the code `value` with the Chinese name `zh`."""
        # The default serves type checkers, to which a look-up `Level("major")` is a call of this.
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Add the Chinese names to the JSON Schema of the list."""
        json_schema = handler(schema)
        target = handler.resolve_ref_schema(json_schema)
        target["x-labels"] = {member.value: member.zh for member in cls}
        return json_schema
