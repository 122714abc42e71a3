"""What is committed of the event contract and written from the catalogue; a test compares both.

    python -m shared.events.contracts check   # what differs
    python -m shared.events.contracts write   # write it anew

Per type a JSON Schema and an example, the whole as AsyncAPI 3 and as a page for people, and the broker's rights.
"""

import argparse
import json
import sys
from pathlib import Path

import shared.events.all  # noqa: F401  # declares every event
from shared.events import asyncapi, page, rights
from shared.events.base import catalogue
from shared.events.schemas import example_of, schema_of

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "shared" / "contracts" / "events"


def documents() -> dict[Path, str]:
    """Return every committed file and its text."""
    files = {
        ROOT / "shared" / "contracts" / "asyncapi.json": _json(asyncapi.document()),
        ROOT / "docs" / "events.md": page.text(),
        ROOT / "deploy" / "k8s" / "kafka-rights.sh": rights.script(),
    }
    for type_, event in catalogue().items():
        files[FOLDER / f"{type_}.schema.json"] = _json(schema_of(event))
        files[FOLDER / f"{type_}.example.json"] = _json(example_of(event))
    return files


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def differences() -> list[str]:
    """Return one sentence per committed file that differs from the code."""
    wanted = documents()
    found = {file: file.read_text() for file in {*wanted, *FOLDER.glob("*.json")} if file.exists()}
    return [
        f"{file.name}: {'missing' if file not in found else 'not declared' if file not in wanted else 'differs'}"
        for file in sorted(wanted.keys() | found.keys())
        if wanted.get(file) != found.get(file)
    ]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.events.contracts", description=__doc__)
    parser.add_argument("command", choices=["check", "write"])
    if parser.parse_args().command == "check":
        sys.exit("\n".join(differences()) or 0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = documents()
    for file in set(FOLDER.glob("*.json")) - wanted.keys():
        file.unlink()
    for file, content in wanted.items():
        file.write_text(content)
    print(f"{len(wanted)} contract files")


if __name__ == "__main__":
    main()
