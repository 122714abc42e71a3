"""How events flow: what each service sends, and what each still has to read."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

SERVICES = ("client-profile", "interaction-log", "complaints", "channel-commission", "ops-dashboard")
#: An older look at Kafka says nothing about now.
LAG_HOLDS = timedelta(minutes=1)
#: Counts per minute are kept for so long; totals for good.
MINUTES_KEPT = timedelta(days=1)


def per_service(counts: Iterable[tuple[str, int, int]]) -> Mapping[str, tuple[int, int]]:
    """Return events of the last hour and in all by publishing service.

    Args:
        counts: Event type, events of the last hour, events in all.
    """
    totals = dict.fromkeys(SERVICES, (0, 0))
    for type_, recent, whole in counts:
        service = type_.split(".", 1)[0]
        before = totals.get(service, (0, 0))
        totals[service] = (before[0] + recent, before[1] + whole)
    return totals
