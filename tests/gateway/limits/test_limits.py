from ipaddress import ip_network

import pytest
from gateway_kit import GatewayKit

from gateway.limits.limiter import Limiter
from gateway.limits.rules import Plan
from shared.ids import new_id


async def test_a_channel_is_limited_over_all_routes_and_all_its_programs(kit: GatewayKit) -> None:
    channel_id = new_id()
    first = await (await kit.channel("client.read", plan="tiny", channel_id=channel_id)).headers()
    second = await (await kit.channel("complaint.read", plan="tiny", channel_id=channel_id)).headers()

    calls = [("/v1/things", first), ("/v1/complaints", second), ("/v1/code-lists", first), ("/v1/things/1", second)]
    passed = [(await kit.http.get(path, headers=headers)).status_code for path, headers in calls]
    last = await kit.http.get("/v1/things", headers=first)
    refused = await kit.http.get("/v1/complaints", headers=second)

    assert passed == [200] * 4
    assert last.headers["ratelimit"] == '"burst";r=0;t=5'
    assert last.headers["ratelimit-policy"] == '"burst";q=5;w=5, "minute";q=60;w=60'
    assert (refused.status_code, refused.json()["code"], refused.json()["plan"]) == (429, "quota_exceeded", "tiny")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit"] == '"burst";r=0;t=1'


async def test_one_channel_does_not_use_up_anothers_plan(kit: GatewayKit) -> None:
    greedy, other = await kit.channel(plan="tiny"), await kit.channel(plan="tiny")
    headers = await greedy.headers()
    statuses = [(await kit.http.get("/v1/things", headers=headers)).status_code for _ in range(6)]

    answer = await kit.http.get("/v1/things", headers=await other.headers())

    assert statuses == [200] * 5 + [429]
    assert answer.status_code == 200


async def test_staff_are_not_limited_and_get_no_limit_fields(kit: GatewayKit) -> None:
    answer = await kit.http.get("/v1/things", headers=await kit.staff("admin"))

    assert "ratelimit" not in answer.headers


async def test_a_stranger_does_not_use_up_a_channels_plan(kit: GatewayKit) -> None:
    channel = await kit.channel(plan="tiny")
    headers = await channel.headers()
    for _ in range(10):
        await kit.http.get("/v1/things", headers={"Authorization": headers["Authorization"][:-4] + "AAAA"})

    assert (await kit.http.get("/v1/things", headers=headers)).status_code == 200


async def test_token_requests_of_one_address_are_limited_whoever_it_claims_to_be(
    kit: GatewayKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    frugal = kit.settings.model_copy(update={"token_plan": Plan(per_minute=60, burst=3)})
    monkeypatch.setattr(kit.app, "_settings", frugal)
    monkeypatch.setattr(kit.app, "_strangers", Limiter())
    channel = await kit.channel()

    answers = [
        await kit.http.post("/oauth2/token", data={"grant_type": "x"}, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(3)
    ]
    refused = await channel.ask()

    assert [answer.status_code for answer in answers] == [400] * 3
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-policy"] == '"burst";q=3;w=3, "minute";q=60;w=60'


async def test_behind_a_proxy_of_ours_each_address_it_names_is_limited_for_itself(
    kit: GatewayKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"token_plan": Plan(per_minute=60, burst=1), "trusted_proxies": frozenset({ip_network("127.0.0.0/8")})}
    monkeypatch.setattr(kit.app, "_settings", kit.settings.model_copy(update=changes))
    monkeypatch.setattr(kit.app, "_strangers", Limiter())

    async def status(forwarded_for: str) -> int:
        form = {"grant_type": "x"}
        return (await kit.http.post("/oauth2/token", data=form, headers={"X-Forwarded-For": forwarded_for})).status_code

    assert [await status("192.0.2.1"), await status("192.0.2.2"), await status("192.0.2.1")] == [400, 400, 429]
    assert await status("192.0.2.99, 192.0.2.1") == 429
