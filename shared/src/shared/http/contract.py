"""The committed OpenAPI file of a service: `python -m shared.http.contract complaints` writes it anew."""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

#: Enough for a service to build its application; nothing connects.
_PLACEHOLDERS = {
    "environment": "dev",
    "database_url": "postgresql://nobody@127.0.0.1:1/none",
    "kafka_bootstrap_servers": "127.0.0.1:1",
    "internal_keys_file": Path("none.json"),
}
#: What only some services are told and is no secret.
_ADDRESSES = {"files_url": "file:///nowhere"}


def openapi_of(service: str) -> dict[str, Any]:
    """Return the OpenAPI document of `service` (import name) from its code."""
    settings_class = importlib.import_module(f"{service}.settings").Settings
    required = {
        name: _ADDRESSES.get(name, "00" * 32)
        for name, field in settings_class.model_fields.items()
        if field.is_required() and name not in _PLACEHOLDERS
    }
    app = importlib.import_module(f"{service}.main").create_app(settings_class(**_PLACEHOLDERS, **required))
    document: dict[str, Any] = app.openapi()
    return document


def file_of(service: str) -> Path:
    """Return where the committed OpenAPI file of `service` (import name) stands."""
    package = Path(importlib.import_module(service).__path__[0])
    return package.parents[1] / "openapi.json"


def text_of(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.http.contract", description=__doc__)
    parser.add_argument("service", help="import name, e.g. complaints")
    service = parser.parse_args().service
    file = file_of(service)
    file.write_text(text_of(openapi_of(service)))
    print(file.name, "of", service)


if __name__ == "__main__":
    main()
