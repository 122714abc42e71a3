import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the model of a case is plain Python beside the tests
