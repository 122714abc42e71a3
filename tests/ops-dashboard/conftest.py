from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from ops_dashboard.main import create_app
from ops_dashboard.settings import Settings
from shared.testing.postgres import TestPostgres
from shared.testing.service import ServiceKit, service_kit


@pytest_asyncio.fixture(scope="session")
async def service(postgres_server: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceKit]:
    folder = tmp_path_factory.mktemp("keys")
    async with service_kit(
        "ops-dashboard", create_app, Settings, postgres_server, folder, seeded=("feed_counter",)
    ) as kit:
        yield kit


@pytest_asyncio.fixture
async def kit(service: ServiceKit) -> ServiceKit:
    await service.reset()
    async with service.database.transaction() as session:
        await session.execute(text("UPDATE feed_counter SET last = 0"))
    return service
