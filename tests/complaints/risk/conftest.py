"""The at-risk rule as the migration brings it."""

import importlib
from typing import Any

import pytest

from complaints.risk.rules import RiskPolicy


@pytest.fixture(scope="session")
def policy() -> Any:
    value = importlib.import_module("complaints.migrations.0002_risk")._AT_RISK
    return RiskPolicy.of(value, "risk.at_risk@2020-01-01")
