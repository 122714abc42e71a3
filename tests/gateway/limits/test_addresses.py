from ipaddress import ip_network

import pytest

from gateway.limits import limiter
from gateway.limits.addresses import caller_address
from gateway.limits.limiter import Limiter
from gateway.limits.rules import Plan

OURS = frozenset({ip_network("10.0.0.0/8"), ip_network("fd00::/8")})


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.1.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.1.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("10.1.1.1", ["192.0.2.66", "198.51.100.1, 10.2.2.2"], "198.51.100.1"),
        ("10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["198.51.100.1, unknown"], "10.1.1.1"),
        ("10.1.1.1", [""], "10.1.1.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("fd00::1", ["2001:db8:1:2::9"], "2001:db8:1:2::/64"),
        ("::ffff:10.1.1.1", ["198.51.100.1"], "198.51.100.1"),
        ("", [], ""),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded_for: list[str], expected: str) -> None:
    assert caller_address(peer, forwarded_for, OURS) == expected


def test_without_a_proxy_of_ours_nobody_chooses_an_address() -> None:
    assert caller_address("10.1.1.1", ["198.51.100.1"], frozenset()) == "10.1.1.1"


def test_strangers_fill_no_memory_and_do_not_push_out_who_calls_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "_MAX_KNOWN", 100)
    known, plan = Limiter(), Plan(per_minute=1, burst=3)
    allowed = []
    for number in range(1000):
        if number % 50 == 0:
            allowed.append(known.take(plan_name="token", plan=plan, caller="busy").is_allowed)
        known.take(plan_name="token", plan=plan, caller=f"stranger {number}")

    assert len(known._full_at) == 100
    assert allowed == [True] * 3 + [False] * 17
