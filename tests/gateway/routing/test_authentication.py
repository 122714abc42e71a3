import asyncio
import base64
import json
import time
from typing import Any
from uuid import UUID

import pytest
from gateway_kit import GatewayKit
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from joserfc.jws import JWSRegistry

from gateway.routing.authentication import Authenticator
from gateway.sign_in import people
from shared.ids import new_id


def token(kit: GatewayKit, *, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
    right = {
        "iss": kit.issuer, "aud": "crm-api", "sub": "00000000-0000-7000-8000-000000000002", "kind": "staff",
        "number": None, "exp": int(time.time()) + 60,
    }  # fmt: skip
    wanted = {name: value for name, value in {**right, **claims}.items() if value != "absent"}
    algorithm = {"alg": "ES256", "typ": "at+jwt", **(header or {})}
    return jwt.encode(algorithm, wanted, key or kit.key, algorithms=[algorithm["alg"]])


async def status_of(kit: GatewayKit, authorization: str) -> int:
    return (await kit.http.get("/v1/things", headers={"Authorization": authorization})).status_code


async def test_a_token_as_we_sign_it_holds(kit: GatewayKit) -> None:
    assert await status_of(kit, f"Bearer {token(kit)}") == 200
    assert await status_of(kit, f"bearer {token(kit)}") == 200


async def test_a_token_of_another_gateway_process_whose_clock_is_ahead_holds(kit: GatewayKit) -> None:
    now = int(time.time())

    assert await status_of(kit, f"Bearer {token(kit, iat=now + 5, nbf=now + 5)}") == 200


WRONG: dict[str, dict[str, Any]] = {
    "from the future": {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
    "another issuer": {"iss": "http://other.test"},
    "no issuer": {"iss": "absent"},
    "another audience": {"aud": "client-profile"},
    "no audience": {"aud": "absent"},
    "expired": {"exp": int(time.time()) - 1},
    "no expiry": {"exp": "absent"},
    "a channel by session": {"kind": "channel"},
    "an unknown kind": {"kind": "gateway"},
    "no person": {"sub": "not-a-uuid"},
    "the type of an internal token": {"header": {"typ": "internal+jwt"}},
    "no type of ours": {"header": {"typ": "JWT"}},
    "a foreign key": {"key": ECKey.generate_key("P-256")},
    "HS256": {"key": OctKey.generate_key(256), "header": {"alg": "HS256"}},
}


@pytest.mark.parametrize("name", WRONG)
async def test_another_token_does_not(kit: GatewayKit, name: str) -> None:
    wrong = WRONG[name]

    answer = await kit.http.get("/v1/things", headers={"Authorization": f"Bearer {token(kit, **wrong)}"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert kit.fake.seen == []


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic eDp5", "Bearer a.b.c", "Bearer " + "a" * 9000])
async def test_what_is_no_token_does_not(kit: GatewayKit, authorization: str) -> None:
    assert await status_of(kit, authorization) == 401


async def test_an_unsigned_token_does_not(kit: GatewayKit) -> None:
    head, claims, _ = token(kit).split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"

    assert await status_of(kit, f"Bearer {unsigned}.{claims}.") == 401
    assert await status_of(kit, f"Bearer {head}.{claims}.") == 401


async def test_a_token_that_calls_something_critical_does_not(kit: GatewayKit) -> None:
    _, claims, _ = token(kit).split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"at+jwt","crit":["b64"],"b64":true}').decode().rstrip("=")
    signature = JWSRegistry.algorithms["ES256"].sign(f"{header}.{claims}".encode(), kit.key)
    signed = f"{header}.{claims}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    assert await status_of(kit, f"Bearer {signed}") == 401


async def test_an_internal_token_of_ours_is_no_token_for_the_entrance(kit: GatewayKit) -> None:
    await kit.http.get("/v1/things", headers=await kit.staff("admin"))
    internal = kit.fake.seen[-1].values("authorization")[0]

    assert await status_of(kit, internal) == 401


async def test_a_session_counts_only_where_the_dev_sign_in_is_on(kit: GatewayKit) -> None:
    closed = Authenticator(issuer=kit.issuer, key=kit.key, registry=None, people=None, allow_sign_in=False)  # type: ignore[arg-type]  # neither is asked

    with pytest.raises(Exception, match="does not hold"):
        await closed.principal(f"Bearer {token(kit)}".encode())


async def test_a_suspended_channel_is_refused_within_five_seconds_and_let_in_again(kit: GatewayKit) -> None:
    channel, admin = await kit.channel("client.read"), await kit.admin()
    headers = await channel.headers()
    assert (await kit.http.get("/v1/things", headers=headers)).status_code == 200

    await kit.http.post(f"/v1/oauth-clients/{channel.client_id}/suspend", headers=admin)
    refused = await until(kit, headers, 403)

    assert refused["code"] == "oauth_client_suspended"
    await kit.http.post(f"/v1/oauth-clients/{channel.client_id}/resume", headers=admin)
    await until(kit, headers, 200)


async def until(kit: GatewayKit, headers: dict[str, str], status: int) -> dict[str, Any]:
    deadline = time.monotonic() + 5
    while (answer := await kit.http.get("/v1/things", headers=headers)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)
    body: dict[str, Any] = answer.json()
    return body


async def test_a_leaver_loses_access_and_a_changed_role_counts_when_looked_up_again(
    kit: GatewayKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "_FRESH_SECONDS", 0.2)
    number = f"S-{new_id().hex[-8:]}"
    path, headers = f"/v1/sign-in/staff/{number}", await kit.staff("risk", number=number)
    person = json.loads(kit.fake.answers[path][1])

    kit.fake.answers[path] = (200, json.dumps({**person, "roles": ["auditor"]}).encode(), 0)
    await asyncio.sleep(0.25)
    assert (await kit.http.get("/v1/things", headers=headers)).status_code == 200
    assert kit.fake.actor("client-profile").roles == {"auditor"}

    kit.fake.answers[path] = (404, b"{}", 0)
    await asyncio.sleep(0.25)
    assert (await kit.http.get("/v1/things", headers=headers)).status_code == 401


async def test_a_person_is_looked_up_once_a_minute_and_goes_on_while_client_profile_is_away(
    kit: GatewayKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = f"S-{new_id().hex[-8:]}"
    path, headers = f"/v1/sign-in/staff/{number}", await kit.staff("risk", number=number)
    for _ in range(5):
        await kit.http.get("/v1/complaints", headers=headers)
    assert [seen.target for seen in kit.fake.seen].count(path) == 1

    monkeypatch.setattr(people, "_FRESH_SECONDS", 0)
    kit.fake.answers[path] = (500, b"{}", 0)

    assert (await kit.http.get("/v1/complaints", headers=headers)).status_code == 200
    monkeypatch.setattr(people, "_GRACE_SECONDS", 0)
    assert (await kit.http.get("/v1/complaints", headers=headers)).status_code == 502


async def test_a_token_of_another_person_with_the_same_number_does_not_hold(kit: GatewayKit) -> None:
    number = f"S-{new_id().hex[-8:]}"
    await kit.staff("risk", number=number)

    assert await status_of(kit, f"Bearer {token(kit, number=number, sub=str(UUID(int=7)))}") == 401
