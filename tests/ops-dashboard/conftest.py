"""The service under test, and what it hears of: events of others, in versions as their senders count them."""

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from ops_dashboard.feed.service import Feed, take_turn
from ops_dashboard.main import create_app
from ops_dashboard.settings import Settings
from ops_dashboard.worker import HANDLERS
from shared.delivery.handlers import Handlers, deliver
from shared.events.base import Event, Received
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
    service.app.state.feed = Feed(service.database)
    return service


class World:
    """What happens around the service."""

    def __init__(self, kit: ServiceKit) -> None:
        self.kit = kit
        self._versions: Counter[tuple[str, str]] = Counter()

    def received(self, event: Event) -> Received[Event]:
        """Return `event` as its sender's next one about the same aggregate."""
        one = self.kit.received(event)
        self._versions[one.topic, one.key] += 1
        return dataclasses.replace(one, aggregate_version=self._versions[one.topic, one.key])

    async def hear(self, *events: Event) -> None:
        await self.deliver(*(self.received(event) for event in events))

    async def deliver(self, *batch: Received[Event], handlers: Handlers = HANDLERS) -> None:
        """Hand a batch over as the worker does."""
        async with self.kit.database.transaction() as session:
            await take_turn(session, batch)
            await deliver(session, handlers, batch)

    async def hear_shuffled(self, handlers: Handlers, stories: Iterable[Sequence[Event]], rng: Random) -> None:
        """Deliver stories mixed, each in its own order, in batches of any size, and now and then an old event again."""
        left = [[self.received(event) for event in story] for story in stories]
        batch, told = [], []
        while left:
            story = rng.choice(left)
            batch.append(story.pop(0))
            left = [story for story in left if story]
            if told and rng.random() < 0.3:
                batch.append(rng.choice(told))
            if rng.random() < 0.2 or not left:
                await self.deliver(*batch, handlers=handlers)
                told, batch = [*told, *batch], []

    async def shown(self, path: str, role: str = "operations", **params: Any) -> Any:
        """Return what a reader with this role is shown."""
        answer = await self.kit.staff(role).get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, path: str, role: str = "operations", **params: Any) -> list[dict[str, Any]]:
        """Return all items of a list, page after page."""
        page = await self.shown(path, role, limit=3, **params)
        found: list[dict[str, Any]] = page["items"]
        while page["next_cursor"]:
            page = await self.shown(path, role, limit=3, cursor=page["next_cursor"], **params)
            found += page["items"]
        return found


@pytest.fixture
def world(kit: ServiceKit) -> World:
    return World(kit)
