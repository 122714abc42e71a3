import json
import time
from uuid import UUID

import pytest
from gateway_kit import GatewayKit

from gateway.overview.rules import PARTS
from shared.ids import new_id


@pytest.fixture
def client_id(kit: GatewayKit) -> UUID:
    """A client every service knows."""
    known = new_id()
    for part in PARTS:
        kit.fake.answers[part.target_for(known)] = (200, json.dumps({"part": part.name, "张": 1}).encode(), 0)
    return known


def path(client_id: UUID) -> str:
    return f"/v1/clients/{client_id}/overview"


async def test_a_clients_whole_picture_comes_in_one_call_each_part_for_its_own_service(
    kit: GatewayKit, client_id: UUID
) -> None:
    headers = await kit.staff("relationship_manager")
    kit.fake.seen.clear()

    answer = await kit.http.get(path(client_id), headers=headers)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {part.name: {"part": part.name, "张": 1} for part in PARTS}
    assert {seen.target for seen in kit.fake.seen} == {part.target_for(client_id) for part in PARTS}
    services = {part.target_for(client_id): part.service for part in PARTS}
    for seen in list(kit.fake.seen):
        kit.fake.seen[:] = [seen]
        assert kit.fake.actor(services[seen.target]).roles == {"relationship_manager"}
        assert seen.values("x-request-id") == [answer.headers["x-request-id"]]


async def test_a_slow_part_is_left_out_in_time_and_a_failed_one_says_why(kit: GatewayKit, client_id: UUID) -> None:
    parts = {part.name: part.target_for(client_id) for part in PARTS}
    kit.fake.answers[parts["timeline"]] = (200, b"{}", 10)
    kit.fake.answers[parts["risk"]] = (404, b'{"status":404,"code":"not_found"}', 0)
    kit.fake.answers[parts["accruals"]] = (500, b"not json", 0)
    begun = time.monotonic()

    answer = await kit.http.get(path(client_id), headers=await kit.staff("risk"))

    assert time.monotonic() - begun < 10, "nobody waited for the slow part"
    body = answer.json()
    assert answer.status_code == 200
    assert (body["timeline"]["problem"]["status"], body["timeline"]["problem"]["code"]) == (504, "timed_out")
    assert body["risk"] == {"problem": {"status": 404, "code": "not_found"}}
    assert body["accruals"]["problem"]["code"] == "bad_gateway"
    assert body["complaints"] == {"part": "complaints", "张": 1}


async def test_parts_are_asked_at_the_same_time(kit: GatewayKit, client_id: UUID) -> None:
    for target, (status, body, _) in list(kit.fake.answers.items()):
        kit.fake.answers[target] = (status, body, 0.4 if str(client_id) in target else 0)
    headers = await kit.staff("risk")
    kit.fake.most_at_once = 0

    answer = await kit.http.get(path(client_id), headers=headers)

    assert answer.status_code == 200
    assert kit.fake.most_at_once == len(PARTS)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_client_that_may_not_be_seen_is_the_whole_answer(kit: GatewayKit, client_id: UUID, status: int) -> None:
    problem = json.dumps({"status": status, "code": "hidden"}).encode()
    kit.fake.answers[f"/v1/clients/{client_id}"] = (status, problem, 0)

    answer = await kit.http.get(path(client_id), headers=await kit.staff("risk"))

    assert (answer.status_code, answer.content) == (status, problem)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_rest_is_served_while_client_profile_does_not_answer(kit: GatewayKit, client_id: UUID) -> None:
    kit.fake.answers[f"/v1/clients/{client_id}"] = (503, b'{"status":503}', 0)

    answer = await kit.http.get(path(client_id), headers=await kit.staff("risk"))

    assert answer.status_code == 200
    assert answer.json()["client"] == {"problem": {"status": 503}}
    assert answer.json()["risk"]["part"] == "risk"


async def test_an_id_that_is_none_is_refused(kit: GatewayKit) -> None:
    answer = await kit.http.get("/v1/clients/7/overview", headers=await kit.staff("risk"))

    assert answer.status_code == 422


async def test_a_channel_needs_the_scope_for_it(kit: GatewayKit, client_id: UUID) -> None:
    channel = await kit.channel("client.read", "commission.read")
    refused = await kit.channel("commission.read")

    assert (await kit.http.get(path(client_id), headers=await channel.headers())).status_code == 200
    assert (await kit.http.get(path(client_id), headers=await refused.headers())).status_code == 403
