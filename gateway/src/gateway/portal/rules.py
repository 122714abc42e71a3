"""Code lists with Chinese names, read from the contract."""

import re
from collections.abc import Mapping
from typing import Any

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def code_lists(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return every list of codes of an OpenAPI document: name in snake_case → code → Chinese name."""
    schemas: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
    found = {name: schema["x-labels"] for name, schema in schemas.items() if "x-labels" in schema}
    return {list_name(name): dict(labels) for name, labels in sorted(found.items())}


def list_name(schema_name: str) -> str:
    """Return the name of a code list: `ServiceClass` is `service_class`."""
    return _WORD_BEGINS.sub("_", schema_name.replace("OAuth", "Oauth")).lower()
