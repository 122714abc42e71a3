"""The Kafka broker of a test run."""

import os

from shared.testing.run import Run


def bootstrap_servers(run: Run) -> str:
    """Return `host:port` of the broker: `TEST_KAFKA_BOOTSTRAP_SERVERS` if set, else the run's own."""
    return os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS") or run.server("kafka")
