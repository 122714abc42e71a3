"""The event contract of every release, one file each: what consumers out there rely on.

    python -m shared.events.release     # freeze the contract of today under the version of shared

A release is never changed. The types of today may only grow against the last one, and read the examples of all.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import shared.events.all  # noqa: F401  # declares every event
from shared.events.base import catalogue
from shared.events.compatibility import broken_promises
from shared.events.schemas import example_of, schema_of

FOLDER = Path(__file__).parents[3] / "contracts" / "released"

#: Schema and example of each type: `{"schema": …, "example": …}`.
Types = dict[str, dict[str, Any]]


def released(folder: Path = FOLDER) -> dict[str, Types]:
    """Return the types of each release by its version, oldest first."""
    files = sorted(folder.glob("*.json"), key=lambda file: tuple(map(int, file.stem.split("."))))
    return {file.stem: json.loads(file.read_text()) for file in files}


def today() -> Types:
    """Return the types as the code declares them."""
    return {
        type_: {"schema": schema_of(event), "example": example_of(event)}
        for type_, event in sorted(catalogue().items())
    }


def broken_since_release(types: Types, folder: Path = FOLDER) -> list[str]:
    """Return what `types` break of the last release; nothing if there was none."""
    last = list(released(folder).values())[-1:]
    return [
        problem
        for before in last
        for problem in broken_promises(
            {type_: parts["schema"] for type_, parts in before.items()},
            {type_: parts["schema"] for type_, parts in types.items()},
        )
    ]


def freeze(name: str, types: Types, folder: Path = FOLDER) -> Path:
    """Write `types` as the release `name`, e.g. `0.2.0`, and return its file.

    Raises:
        ValueError: that version was released before, or the types break the last release.
    """
    file = folder / f"{name}.json"
    if file.exists():
        raise ValueError(f"{name} is released: raise the version in shared/pyproject.toml and `make install`")
    if broken := broken_since_release(types, folder):
        raise ValueError("\n".join(broken))
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(types, indent=1, ensure_ascii=False) + "\n")
    return file


def main() -> None:
    """Run the command line."""
    try:
        print(freeze(version("trust-crm-shared"), today()))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
