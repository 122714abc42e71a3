import asyncio
import time
from typing import Any

import pytest
from gateway_kit import Channel, GatewayKit
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from shared.ids import new_id


async def test_a_signed_assertion_buys_a_token_that_any_client_can_verify(kit: GatewayKit) -> None:
    channel = await kit.channel("client.read", "dealing.write")

    answer = await channel.ask()

    assert answer.status_code == 200, answer.text
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "client.read dealing.write")
    keys = KeySet.import_key_set((await kit.http.get("/oauth2/jwks")).json())
    token = jwt.decode(body["access_token"], keys, algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["channel_id"] == channel.channel_id
    assert (token.claims["iss"], token.claims["aud"], token.claims["sub"]) == (kit.issuer, "crm-api", channel.client_id)
    assert token.claims["client_id"] == channel.client_id
    assert token.claims["exp"] - token.claims["iat"] == 600
    assert token.claims["jti"]


async def test_the_published_keys_hold_nothing_private(kit: GatewayKit) -> None:
    (key,) = (await kit.http.get("/oauth2/jwks")).json()["keys"]

    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_fewer_scopes_can_be_asked_for_and_bind(kit: GatewayKit) -> None:
    channel = await kit.channel("client.read", "dealing.write")

    token = (await channel.ask(scope="client.read")).json()
    await kit.http.get("/v1/things", headers={"Authorization": f"Bearer {token['access_token']}"})

    assert token["scope"] == "client.read"
    assert kit.fake.actor("client-profile").roles == {"channel:client.read"}


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [(ECKey, "ES256"), (OKPKey, "EdDSA"), (OKPKey, "Ed25519"), (RSAKey, "PS256")],
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_each_kind_of_registered_key_works(kit: GatewayKit, kind: Any, algorithm: str) -> None:
    channel = await with_key(kit, kind)

    answer = await channel.ask(channel.assertion(header={"alg": algorithm}))

    assert answer.status_code == 200, answer.text


async def with_key(kit: GatewayKit, kind: Any) -> Channel:
    size = {ECKey: "P-256", OKPKey: "Ed25519", RSAKey: 2048}[kind]
    key = kind.generate_key(size, {"kid": "k1"})
    body = {
        "channel_id": str(new_id()), "name": "某银行", "scopes": ["client.read"],
        "jwks": {"keys": [key.as_dict(private=False)]},
    }  # fmt: skip
    client = (await kit.http.post("/v1/oauth-clients", json=body, headers=await kit.admin())).json()
    return Channel(kit, client["client_id"], client["channel_id"], key)


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "http://other.test"},
    "the token endpoint as audience": {"aud": "http://gateway.test/oauth2/token"},
    "expired": {"exp": NOW - 300},
    "too long a life": {"exp": NOW + 3600},
    "from the future": {"iat": NOW + 3600, "exp": NOW + 3660},
    "no subject": {"sub": None},
    "another issuer": {"iss": "someone"},
    "no jti": {"jti": None},
    "no expiry": {"exp": None},
    "a subject that is no client": {"sub": "nobody", "iss": "nobody"},
    "an unknown client": {"sub": str(new_id()), "iss": str(new_id())},
    "a foreign key": {"key": ECKey.generate_key("P-256")},
    "an unknown kid": {"header": {"kid": "k2"}},
    "no kid": {"header": {"kid": None}},
    "RS256": {"key": RSAKey.generate_key(2048), "header": {"alg": "RS256"}},
    "HS256 keyed with what is public": {"key": "public", "header": {"alg": "HS256"}},
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_assertion_buys_nothing(kit: GatewayKit, name: str) -> None:
    channel, wrong = await kit.channel(), dict(WRONG[name])
    if wrong.get("key") == "public":
        from joserfc.jwk import OctKey

        wrong["key"] = OctKey.import_key(str(channel.key.as_dict(private=False)))
    if wrong.get("header") == {"kid": None}:
        wrong["header"] = {"kid": ""}

    answer = await channel.ask(channel.assertion(**wrong))

    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "invalid_client"
    assert len(answer.json()["error_description"]) > 10


async def test_a_rsa_key_cannot_sign_with_rs256(kit: GatewayKit) -> None:
    channel = await with_key(kit, RSAKey)

    answer = await channel.ask(channel.assertion(header={"alg": "RS256"}))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "assertion", ["x", "a.b.c", "e30.e30.", "e30.W10.AA", "." * 3000, "eyJhbGciOiJFUzI1NiJ9." + "W1tb" * 1900 + ".AA"]
)
async def test_what_is_no_jwt_buys_nothing(kit: GatewayKit, assertion: str) -> None:
    answer = await (await kit.channel()).ask(assertion)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_unsigned_assertion_buys_nothing(kit: GatewayKit) -> None:
    channel = await kit.channel()
    _, claims, _ = channel.assertion().split(".")

    answer = await channel.ask(f"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{claims}.")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_buys_one_token_even_when_sent_at_the_same_time(kit: GatewayKit) -> None:
    channel = await kit.channel()
    assertion = channel.assertion()

    answers = await asyncio.gather(*(channel.ask(assertion) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert (await channel.ask()).status_code == 200


async def test_the_same_jti_of_two_clients_is_two(kit: GatewayKit) -> None:
    one, other, jti = await kit.channel(), await kit.channel(), str(new_id())

    assert (await one.ask(one.assertion(jti=jti))).status_code == 200
    assert (await other.ask(other.assertion(jti=jti))).status_code == 200


async def test_a_suspended_client_buys_nothing_and_can_again_once_resumed(kit: GatewayKit) -> None:
    channel, admin = await kit.channel(), await kit.admin()

    await kit.http.post(f"/v1/oauth-clients/{channel.client_id}/suspend", headers=admin)
    refused = await channel.ask()
    await kit.http.post(f"/v1/oauth-clients/{channel.client_id}/resume", headers=admin)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert "suspended" in refused.json()["error_description"]
    assert (await channel.ask()).status_code == 200


async def test_a_scope_that_is_not_registered_is_refused_and_costs_no_assertion(kit: GatewayKit) -> None:
    channel = await kit.channel("client.read")
    assertion = channel.assertion()

    refused = await channel.ask(assertion, scope="client.read dealing.write")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert (await channel.ask(assertion)).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"grant_type": "client_credentials"}'),
        ("application/x-www-form-urlencoded", b"grant_type=client_credentials&grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"grant_type"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 20_000),
        ("application/x-www-form-urlencoded", b"grant_type=\xff"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(30))),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(kit: GatewayKit, content_type: str, body: bytes) -> None:
    answer = await kit.http.post("/oauth2/token", content=body, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_secret_in_a_header_is_no_way_in(kit: GatewayKit) -> None:
    answer = await kit.http.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic eDp5"}
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_the_metadata_tells_a_client_all_it_needs(kit: GatewayKit) -> None:
    answer = await kit.http.get("/.well-known/oauth-authorization-server")

    metadata = answer.json()
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert metadata["issuer"] == kit.issuer
    assert metadata["token_endpoint"] == f"{kit.issuer}/oauth2/token"
    assert metadata["jwks_uri"] == f"{kit.issuer}/oauth2/jwks"
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "RS256" not in metadata["token_endpoint_auth_signing_alg_values_supported"]
    assert "commission.confirm" in metadata["scopes_supported"]
    assert metadata["response_types_supported"] == []
