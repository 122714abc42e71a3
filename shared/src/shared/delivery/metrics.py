"""What delivery tells Prometheus; docs/metrics.md says what each figure means and when it calls somebody."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_ROWS = Gauge("outbox_rows", "Events that wait to be sent (counted up to 100,000)", ["service"])
OUTBOX_OLDEST_AGE = Gauge("outbox_oldest_age_seconds", "Age of the oldest event that waits to be sent", ["service"])
RELAY_LEADER = Gauge("relay_leader", "1 where this process sends the service's events", ["service"])
RELAY_SENT = Counter("relay_sent_total", "Events acknowledged by Kafka", ["service"])
RELAY_FAILURES = Counter("relay_failures_total", "Rounds in which something could not be sent", ["service"])
RELAY_ROUND = Histogram("relay_round_seconds", "Duration of a round that had events to send", ["service"])
BLOCKED_TOPIC = Gauge("relay_blocked_topic", "1 while events of this topic cannot be sent", ["service", "topic"])

CONSUMER_LAG = Gauge("consumer_lag", "Events of a partition not yet taken", ["consumer", "topic", "partition"])
EVENT_AGE = Histogram(
    "event_age_seconds",
    "From recording an event to its committed effect",
    ["consumer"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3600),
)
EVENTS_HANDLED = Counter("events_handled_total", "Events handed to handlers and committed", ["consumer"])
INBOX_DUPLICATES = Counter("inbox_duplicates_total", "Events that came again and were dropped", ["consumer"])
EVENTS_IGNORED = Counter("events_ignored_total", "Events of a type that this consumer does not handle", ["consumer"])
EVENTS_PARKED = Counter("events_parked_total", "Events parked instead of handled", ["consumer"])
PARKED_EVENTS = Gauge("parked_events", "Events parked now", ["consumer"])
PARKED_KEYS = Gauge("parked_keys", "Keys held back now because an event of theirs is parked", ["consumer"])
WITNESS_SEEKS = Counter("witness_seeks_total", "Times the database sent a consumer back in a topic", ["consumer"])
REBALANCES = Counter("rebalances_total", "Times the partitions were shared out anew", ["consumer"])
CONSUMER_RETRIES = Counter("consumer_retries_total", "Batches rolled back to be tried again", ["consumer"])

OLDEST_SNAPSHOT = Gauge(
    "oldest_snapshot_seconds",
    "For how long a session has kept deleted rows of the database from being cleared",
    ["service"],
)
AUDIT_UNSEALED = Gauge("audit_unsealed_seconds", "Age of the oldest audit entry that waits for its seal", ["service"])

TIMER_ROWS = Counter("timer_rows_total", "Due rows taken", ["service", "timer"])
PART_UP = Gauge("worker_part_up", "1 while this part of the worker runs", ["service", "part"])
PART_FAILURES = Counter("worker_part_failures_total", "Crashes of a part of the worker", ["service", "part"])


def show_from_the_start(service: str, parts: Iterable[str]) -> None:
    """Show a worker's counters at zero before anything happens: Prometheus does not see a rise from nothing to one.

    Args:
        service: The service, which is its consumer's name too.
        parts: The worker's parts.
    """
    RELAY_LEADER.labels(service).set(0)
    drops = (INBOX_DUPLICATES, EVENTS_IGNORED, EVENTS_PARKED)
    for counter in (RELAY_SENT, RELAY_FAILURES, EVENTS_HANDLED, *drops, WITNESS_SEEKS, REBALANCES, CONSUMER_RETRIES):
        counter.labels(service)
    for part in parts:
        PART_UP.labels(service, part).set(0)
        PART_FAILURES.labels(service, part)
