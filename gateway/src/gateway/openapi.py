"""The merged contract: what all services and the gateway itself answer, in one OpenAPI document.

python -m gateway.openapi            # writes gateway/openapi.json from services/*/openapi.json and the own routes
python -m gateway.openapi --check    # writes nothing, fails if the file is not what would be written
"""

import argparse
import json
import sys
from pathlib import Path

from gateway.application import own_document
from gateway.portal.merge import Document, merge
from gateway.routing.table import OWN
from gateway.settings import OPENAPI_FILE


def read_documents(root: Path) -> dict[str, Document]:
    """Return the committed document of every service below `root`, by folder name."""
    files = sorted((root / "services").glob("*/openapi.json"))
    return {file.parent.name: json.loads(file.read_text()) for file in files}


def text_of(root: Path) -> str:
    """Return the merged document of the repository at `root`, as it is committed."""
    merged = merge({**read_documents(root), OWN: own_document()})
    return json.dumps(merged, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m gateway.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if something would change")
    text = text_of(Path(__file__).parents[3])
    if not parser.parse_args().check:
        OPENAPI_FILE.write_text(text)
    elif not OPENAPI_FILE.exists() or OPENAPI_FILE.read_text() != text:
        sys.exit("gateway/openapi.json is not what the services say: run python -m gateway.openapi")


if __name__ == "__main__":
    main()
