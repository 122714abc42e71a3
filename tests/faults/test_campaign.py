"""The fast part of the campaign; `make faults` plays all of it, `make soak` mixes faults at random."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.faults import campaign, world
from tests.faults.__main__ import FIXED_SEED
from tests.faults.table import SCENARIOS
from tests.faults.world import World


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("faults")
    async with world.started(folder) as started:
        yield started


def test_every_scenario_has_a_name_of_its_own() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))


@pytest.mark.kafka
@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if one.is_fast], ids=lambda one: one.name)
async def test_nothing_is_lost_and_nothing_doubled(servers: World, scenario: campaign.Scenario) -> None:
    verdict = await campaign.run(servers, scenario, FIXED_SEED)

    assert verdict.problems == []
    assert verdict.events > 0
