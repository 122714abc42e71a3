import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the campaign is a program of its own: `python -m tests.faults`
    sys.path.insert(0, str(ROOT))
