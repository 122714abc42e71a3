"""Where the local stack keeps things: all under `.local/` of the project folder, which git ignores."""

from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[4]
LOCAL_DIR = PROJECT_DIR / ".local"
CACHE_DIR = LOCAL_DIR / "cache"
