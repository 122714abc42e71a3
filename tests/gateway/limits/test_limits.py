from gateway_kit import GatewayKit

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
