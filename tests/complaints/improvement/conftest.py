import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # who works on actions is plain Python beside the tests

from action_works import works  # noqa: F401  # a fixture is found by its name here
