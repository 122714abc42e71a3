import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "improvement"))

from action_works import works  # noqa: F401  # a fixture is found by its name here
