import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # filing is plain Python beside the tests


@pytest.fixture(autouse=True)
def clear_folder(desk: Any) -> None:
    from filing import files_of

    for file in files_of(desk):
        file.unlink()
