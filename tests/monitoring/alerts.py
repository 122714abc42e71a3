"""When each alert calls and when it does not: series a minute apart, in promtool's notation."""

from dataclasses import dataclass, field

Series = dict[str, str]


@dataclass(frozen=True)
class Case:
    """An alert's two situations, each looked at after so many minutes.

    Attributes:
        fires: Series in which it fires at `at` and not yet at `not_yet`.
        quiet: Series in which it never fires.
        labels: What the firing alert is labeled with, beside its name and severity.
        also: Other values of the first label that it fires for at the same time.
    """

    fires: Series
    quiet: Series
    labels: dict[str, str]
    at: int
    not_yet: int
    also: tuple[str, ...] = field(default=())


def _up(part: str, values: str, *, pod: str = "w1") -> Series:
    return {f'worker_part_up{{service="complaints",part="{part}",pod="{pod}"}}': values}


def _leader(values: str, *, pod: str = "w1") -> Series:
    return {f'relay_leader{{service="complaints",pod="{pod}"}}': values}


def _requests(*, errors: str, good: str) -> Series:
    name = 'http_requests_total{app="complaints",method="GET",route="/v1/complaints",status="%s"}'
    return {name % "503": errors, name % "200": good}


def _buckets(metric: str, labels: str, fast: str, slow: str, *, bound: str) -> Series:
    return {f'{metric}_bucket{{{labels},le="{bound}"}}': fast, f'{metric}_bucket{{{labels},le="+Inf"}}': slow}


_AGES = 'consumer="complaints"'
_ANSWERS = 'app="complaints",method="GET",route="%s"'
_BREAKER = 'gateway_upstream_failures_total{upstream="complaints",reason="%s"}'

CASES = {
    "OutboxOld": Case(
        fires={'outbox_oldest_age_seconds{service="complaints",pod="w1"}': "0 70+60x10"},
        quiet={
            'outbox_oldest_age_seconds{service="complaints",pod="w1"}': "59x10",
            'outbox_oldest_age_seconds{service="complaints",pod="w2"}': "0x10",
        },
        labels={"service": "complaints"},
        at=4,
        not_yet=2,
    ),
    "OutboxGrowing": Case(
        fires={
            'outbox_rows{service="complaints",pod="w1"}': "0+1000x40",
            'outbox_rows{service="client-profile",pod="w1"}': "100000x40",
        },
        quiet={
            'outbox_rows{service="complaints",pod="w1"}': "90000-1000x40",
            'outbox_rows{service="client-profile",pod="w1"}': "0+100x40",
        },
        labels={"service": "complaints"},
        at=20,
        not_yet=9,
        also=("client-profile",),
    ),
    "TopicBlocked": Case(
        fires={'relay_blocked_topic{service="complaints",topic="complaints.risk",pod="w1"}': "0 1x10"},
        quiet={'relay_blocked_topic{service="complaints",topic="complaints.risk",pod="w1"}': "0 1 0 1 0 0x5"},
        labels={"service": "complaints", "topic": "complaints.risk"},
        at=4,
        not_yet=2,
    ),
    "NoRelayLeader": Case(
        fires=_up("relay", "1x10") | _up("relay", "1x10", pod="w2") | _leader("1 0x9") | _leader("0x10", pod="w2"),
        quiet=_up("relay", "1x10") | _up("relay", "1x10", pod="w2") | _leader("1 0x9") | _leader("0 1x9", pod="w2"),
        labels={"service": "complaints"},
        at=3,
        not_yet=1,
    ),
    "ConsumerStopped": Case(
        fires=_up("consumer", "1 0x10") | _up("consumer", "1x11", pod="w2"),
        quiet=_up("consumer", "1 0 1 0 1x8") | _up("consumer", "1x11", pod="w2"),
        labels={"service": "complaints", "pod": "w1"},
        at=4,
        not_yet=2,
    ),
    "ConsumerRetrying": Case(
        fires={'consumer_retries_total{consumer="complaints",pod="w1"}': "0+2x30"},
        quiet={'consumer_retries_total{consumer="complaints",pod="w1"}': "0 5x30"},
        labels={"consumer": "complaints"},
        at=20,
        not_yet=6,
    ),
    "ConsumerLag": Case(
        fires={
            'consumer_lag{consumer="complaints",topic="client-profile.client",partition="0",pod="w1"}': "3000x20",
            'consumer_lag{consumer="complaints",topic="client-profile.client",partition="1",pod="w2"}': "3000x20",
        },
        quiet={
            'consumer_lag{consumer="complaints",topic="client-profile.client",partition="0",pod="w1"}': "3000x20",
            'consumer_lag{consumer="complaints",topic="client-profile.staff",partition="1",pod="w1"}': "3000x20",
        },
        labels={"consumer": "complaints", "topic": "client-profile.client"},
        at=12,
        not_yet=8,
    ),
    "EventsOld": Case(
        fires=_buckets("event_age_seconds", _AGES, "0+50x30", "0+100x30", bound="60.0")
        | {f'event_age_seconds_bucket{{{_AGES},le="600.0"}}': "0+100x30"},
        quiet=_buckets("event_age_seconds", _AGES, "0+100x30", "0+100x30", bound="0.1"),
        labels={"consumer": "complaints"},
        at=20,
        not_yet=8,
    ),
    "EventsParked": Case(
        fires={'parked_keys{consumer="complaints",pod="w1"}': "0 2x10"},
        quiet={'parked_keys{consumer="complaints",pod="w1"}': "0 2 2 0x10"},
        labels={"consumer": "complaints"},
        at=7,
        not_yet=4,
    ),
    "WitnessSeeks": Case(
        fires={'witness_seeks_total{consumer="complaints",pod="w1"}': "0 0 6x20"},
        quiet={'witness_seeks_total{consumer="complaints",pod="w1"}': "6x20"},
        labels={"consumer": "complaints"},
        at=5,
        not_yet=2,
    ),
    "RebalanceStorm": Case(
        fires={'rebalances_total{consumer="complaints",pod="w1"}': "0+1x40"},
        quiet={
            'rebalances_total{consumer="complaints",pod="w1"}': "0 4 8x40",
            'rebalances_total{consumer="complaints",pod="w2"}': "0 4 8x40",
        },
        labels={"consumer": "complaints"},
        at=25,
        not_yet=15,
    ),
    "WorkerPartDown": Case(
        fires=_up("timer seal_audit", "1 0x15") | _up("timer seal_audit", "0x16", pod="w2"),
        quiet=_up("timer seal_audit", "1 0x15") | _up("timer seal_audit", "1x16", pod="w2"),
        labels={"service": "complaints", "part": "timer seal_audit"},
        at=8,
        not_yet=4,
    ),
    "WorkerPartFailing": Case(
        fires={'worker_part_failures_total{service="complaints",part="relay",pod="w1"}': "0+1x30"},
        quiet={'worker_part_failures_total{service="complaints",part="relay",pod="w1"}': "0 1 2x30"},
        labels={"service": "complaints", "part": "relay"},
        at=12,
        not_yet=6,
    ),
    "OldestSnapshot": Case(
        fires={'oldest_snapshot_seconds{service="complaints",pod="w1"}': "0+60x20"},
        quiet={'oldest_snapshot_seconds{service="complaints",pod="w1"}': "0+60x9 0x10"},
        labels={"service": "complaints"},
        at=14,
        not_yet=12,
    ),
    "AuditUnsealed": Case(
        fires={'audit_unsealed_seconds{service="complaints",pod="w1"}': "0+60x20"},
        quiet={'audit_unsealed_seconds{service="complaints",pod="w1"}': "0 120 240 0x20"},
        labels={"service": "complaints"},
        at=8,
        not_yet=5,
    ),
    "HttpErrors": Case(
        fires=_requests(errors="0+6x30", good="0+100x30"),
        quiet=_requests(errors="0+1x30", good="0+100x30")
        | {'http_requests_total{app="gateway",status="503"}': "0+1x30"},
        labels={"app": "complaints"},
        at=12,
        not_yet=4,
    ),
    "HttpSlow": Case(
        fires=_buckets("http_request_seconds", _ANSWERS % "/v1/complaints", "0+98x30", "0+100x30", bound="1.0")
        | {f'http_request_seconds_bucket{{{_ANSWERS % "/v1/complaints"},le="2.5"}}': "0+100x30"},
        quiet=_buckets("http_request_seconds", _ANSWERS % "/v1/complaints", "0+100x30", "0+100x30", bound="0.5")
        | _buckets("http_request_seconds", _ANSWERS % "/v1/complaints/bulk", "0x30", "0+100x30", bound="0.5")
        | _buckets("http_request_seconds", _ANSWERS % "/v1/feed", "0x30", "0+100x30", bound="0.5"),
        labels={"app": "complaints"},
        at=14,
        not_yet=8,
    ),
    "GatewayBreakerOpen": Case(
        fires={_BREAKER % "not_answering": "0 0+5x10"},
        quiet={_BREAKER % "not_answering": "7x10", _BREAKER % "busy": "0+5x10"},
        labels={"upstream": "complaints"},
        at=5,
        not_yet=2,
    ),
    "NotReady": Case(
        fires={
            'ready{app="complaints",process="worker",pod="w1"}': "1 0x15",
            'ready{app="complaints",process="worker",pod="w2"}': "1x16",
        },
        quiet={
            'ready{app="complaints",process="worker",pod="w1"}': "1 0x8 1x7",
            'ready{app="complaints",process="worker",pod="w2"}': "1x16",
        },
        labels={"app": "complaints", "process": "worker", "pod": "w1"},
        at=13,
        not_yet=9,
    ),
    "NoneReady": Case(
        fires={
            'ready{app="complaints",process="api",pod="a1"}': "1 0x8",
            'ready{app="complaints",process="api",pod="a2"}': "0x9",
        },
        quiet={
            'ready{app="complaints",process="api",pod="a1"}': "1 0x8",
            'ready{app="complaints",process="api",pod="a2"}': "1x9",
            'ready{app="complaints",process="worker",pod="w1"}': "1x9",
        },
        labels={"app": "complaints", "process": "api"},
        at=4,
        not_yet=2,
    ),
    "PartDown": Case(
        fires={
            'up{app="complaints",process="api",pod="a1"}': "1 0x40",
            'up{app="gateway",process="api",pod="g1"}': "1x3 _x40",
        },
        quiet={
            'up{app="complaints",process="api",pod="a1"}': "1 0x40",
            'up{app="complaints",process="api",pod="a2"}': "1x41",
            'up{app="gateway",process="api",pod="g1"}': "1x3 _x40",
            'up{app="gateway",process="api",pod="g2"}': "_x2 1x40",
            'up{job="another house"}': "0x40",
        },
        labels={"app": "complaints", "process": "api"},
        at=17,
        not_yet=1,
        also=("gateway",),
    ),
}
