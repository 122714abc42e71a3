from typing import Any

import pytest
from gateway_kit import GatewayKit
from joserfc.jwk import ECKey

from shared.ids import new_id


def body(**changes: Any) -> dict[str, Any]:
    key = ECKey.generate_key("P-256", {"kid": "k1"}).as_dict(private=False)
    right = {"channel_id": str(new_id()), "name": "某银行", "scopes": ["client.read"], "jwks": {"keys": [key]}}
    return {**right, **changes}


async def test_a_channel_manager_registers_a_program_and_its_keys_stay_inside(kit: GatewayKit) -> None:
    wanted = body(scopes=["dealing.write", "client.read", "client.read"])

    answer = await kit.http.post("/v1/oauth-clients", json=wanted, headers=await kit.staff("channel_manager"))

    assert answer.status_code == 201, answer.text
    client = answer.json()
    assert client["scopes"] == ["client.read", "dealing.write"]
    assert (client["channel_id"], client["plan"], client["status"]) == (wanted["channel_id"], "standard", "active")
    assert "jwks" not in client


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"channel_id": "7"}, "/channel_id"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 121}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["admin"]}, "/scopes/0"),
        ({"plan": "unlimited"}, "/plan"),
        ({"jwks": {"keys": []}}, "/jwks/keys"),
        ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": "AA", "y": "AA"}]}}, "/jwks/keys/0"),
        ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k"}]}}, "/jwks/keys/0"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA", "kid": "k"}]}}, "/jwks/keys/0"),
        ({"status": "active"}, "/status"),
    ],
    ids=str,
)
async def test_bad_input_is_pointed_to_and_nothing_is_registered(
    kit: GatewayKit, changes: dict[str, Any], pointer: str
) -> None:
    headers = await kit.admin()
    before = await every_id(kit, headers)

    answer = await kit.http.post("/v1/oauth-clients", json=body(**changes), headers=headers)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await every_id(kit, headers) == before


async def every_id(kit: GatewayKit, headers: dict[str, str]) -> list[str]:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
        page = (await kit.http.get("/v1/oauth-clients", params=query, headers=headers)).json()
        found += [client["client_id"] for client in page["items"]]
        cursor = page["next_cursor"]
    return found


async def test_the_list_comes_in_pages_that_lose_nothing(kit: GatewayKit) -> None:
    headers = await kit.admin()
    mine = [(await kit.channel()).client_id for _ in range(3)]

    first = (await kit.http.get("/v1/oauth-clients?limit=1", headers=headers)).json()
    everything = await every_id(kit, headers)

    assert (len(first["items"]), first["items"][0]["client_id"]) == (1, everything[0])
    assert set(mine) <= set(everything)
    assert len(everything) == len(set(everything))


async def test_a_repeated_registration_with_the_same_key_gets_the_first_answer(kit: GatewayKit) -> None:
    headers, wanted = {**await kit.admin(), "Idempotency-Key": f"register-{new_id()}"}, body()

    first = await kit.http.post("/v1/oauth-clients", json=wanted, headers=headers)
    second = await kit.http.post("/v1/oauth-clients", json=wanted, headers=headers)
    other = await kit.http.post("/v1/oauth-clients", json=body(), headers=headers)

    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_second_suspension_is_refused_and_says_what_is_allowed(kit: GatewayKit) -> None:
    channel, headers = await kit.channel(), await kit.admin()
    path = f"/v1/oauth-clients/{channel.client_id}/suspend"

    first = await kit.http.post(path, headers=headers)
    second = await kit.http.post(path, headers=headers)

    assert (first.status_code, first.json()["status"]) == (200, "suspended")
    assert (second.status_code, second.json()["code"]) == (409, "oauth_client_in_state")
    assert second.json()["allowed"] == ["resume"]


@pytest.mark.parametrize("command", ["suspend", "resume"])
async def test_an_unknown_program_is_not_found(kit: GatewayKit, command: str) -> None:
    answer = await kit.http.post(f"/v1/oauth-clients/{new_id()}/{command}", headers=await kit.admin())

    assert answer.status_code == 404


@pytest.mark.parametrize("role", ["relationship_manager", "auditor", "compliance", "gateway"])
async def test_others_may_not_let_programs_in(kit: GatewayKit, role: str) -> None:
    headers = await kit.staff(role)

    assert (await kit.http.post("/v1/oauth-clients", json=body(), headers=headers)).status_code == 403
    assert (await kit.http.get("/v1/oauth-clients", headers=headers)).status_code == 403


async def test_a_channel_may_not_let_programs_in_with_any_scope(kit: GatewayKit) -> None:
    channel = await kit.channel("client.read", "client.write", "dealing.write", "commission.confirm")

    answer = await kit.http.post("/v1/oauth-clients", json=body(), headers=await channel.headers())

    assert answer.status_code == 403
