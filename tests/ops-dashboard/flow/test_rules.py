from random import Random

from ops_dashboard.flow.rules import SERVICES, per_service


def test_counts_are_summed_per_service_in_any_order() -> None:
    counts = [
        ("complaints.risk.client_flagged.v1", 1, 3),
        ("complaints.complaint.closed.v1", 2, 4),
        ("client-profile.client.updated.v1", 5, 6),
    ]
    Random(1).shuffle(counts)

    assert per_service(counts) == {
        "client-profile": (5, 6),
        "interaction-log": (0, 0),
        "complaints": (3, 7),
        "channel-commission": (0, 0),
        "ops-dashboard": (0, 0),
    }


def test_every_service_is_listed_though_nothing_came() -> None:
    assert list(per_service([])) == list(SERVICES)
