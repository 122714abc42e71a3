"""The service under test, and a market that trades on it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))  # the market is plain Python beside the tests

from market import Market

from channel_commission.main import create_app
from channel_commission.settings import Settings
from shared.testing.postgres import TestPostgres
from shared.testing.service import ServiceKit, service_kit


@pytest_asyncio.fixture(scope="session")
async def service(postgres_server: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceKit]:
    folder, extra = tmp_path_factory.mktemp("keys"), {"data_key": "11" * 32}
    async with service_kit("channel-commission", create_app, Settings, postgres_server, folder, extra=extra) as kit:
        yield kit


@pytest_asyncio.fixture
async def kit(service: ServiceKit) -> ServiceKit:
    await service.reset()
    return service


@pytest.fixture
def market(kit: ServiceKit) -> "Market":
    return Market(kit)
