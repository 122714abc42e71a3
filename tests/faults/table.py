"""Every scenario of the campaign."""

from tests.faults.campaign import Scenario
from tests.faults.scenarios import consumer, data, positions, relay, servers

SCENARIOS: tuple[Scenario, ...] = (
    *relay.SCENARIOS,
    *consumer.SCENARIOS,
    *servers.SCENARIOS,
    *positions.SCENARIOS,
    *data.SCENARIOS,
)
