import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # people of several departments are plain Python beside the tests

from accounts import accounts  # noqa: F401  # a fixture is found by its name here
