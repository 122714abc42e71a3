"""Where the acceptance run finds its data."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "ACCEPTANCE_DATA"
FILES = (
    *(f"berka/{name}.csv" for name in ("account", "card", "client", "disp", "district", "loan", "order")),
    "cfpb/complaints.csv",
    "uci-bank-marketing/bank-full.csv",
)
BANNER = f"""\
REAL DATA NOT FOUND: the acceptance tests run on GENERATED data of the same shape and size.
Nothing is proven about the real files. Set {VARIABLE} to the folder that holds berka, cfpb and
uci-bank-marketing, or put that folder at ../shared/data beside the project."""


def find(root: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the folder of the real data, or None where there is none and generated data must do.

    Raises FileNotFoundError when a folder was named or is there but files are missing in it: half the
    data would quietly prove half of what was asked.
    """
    named = environ.get(VARIABLE)
    folder = Path(named) if named else root.parent / "shared" / "data"
    if not named and not folder.is_dir():
        return None
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        raise FileNotFoundError(f"acceptance data in {folder} lacks {', '.join(missing)}")
    return folder


def digest(folder: Path) -> str:
    """Return the SHA-256 of all files of the data, one after another: tells which data it is."""
    found = hashlib.sha256()
    for file in FILES:
        found.update((folder / file).read_bytes())
    return found.hexdigest()
