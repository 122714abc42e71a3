from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from gateway.oauth_clients.rules import (
    KeyRefused,
    OAuthClientInState,
    OAuthClientStatus,
    after,
    algorithms_of,
    require_public_keys,
)

EC = ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False)
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"}).as_dict(private=False)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False)


def test_each_kind_of_key_signs_in_one_way_whatever_a_token_says() -> None:
    assert [algorithms_of(key) for key in (EC, ED, RSA)] == [("ES256",), ("EdDSA", "Ed25519"), ("PS256",)]


def test_public_keys_with_names_of_their_own_are_taken() -> None:
    require_public_keys([EC, ED, RSA, {**EC, "kid": "next", "alg": "ES256", "use": "sig"}])


@pytest.mark.parametrize(
    ("keys", "pointer"),
    [
        ([ECKey.generate_key("P-256", {"kid": "x"}).as_dict(private=True)], "/jwks/keys/0"),
        ([EC, OctKey.generate_key(256, {"kid": "x"}).as_dict()], "/jwks/keys/1"),
        ([ECKey.generate_key("P-384", {"kid": "x"}).as_dict(private=False)], "/jwks/keys/0"),
        ([OKPKey.generate_key("X25519", {"kid": "x"}).as_dict(private=False)], "/jwks/keys/0"),
        ([{**RSA, "n": RSA["n"][:170]}], "/jwks/keys/0"),
        ([{**EC, "alg": "RS256"}], "/jwks/keys/0"),
        ([{**RSA, "alg": "RS256"}], "/jwks/keys/0"),
        ([{**EC, "use": "enc"}], "/jwks/keys/0"),
        ([{name: value for name, value in EC.items() if name != "kid"}], "/jwks/keys/0/kid"),
        ([{**EC, "kid": 7}], "/jwks/keys/0/kid"),
        ([{**EC, "kid": ""}], "/jwks/keys/0/kid"),
        ([EC, EC], "/jwks/keys/1/kid"),
        ([{**EC, "kid": "a\x00b"}], "/jwks/keys/0/kid"),
        ([{**EC, "kid": "\ud800"}], "/jwks/keys/0/kid"),
        ([{**EC, "crv": ["P-256"]}], "/jwks/keys/0"),
        ([{**EC, "crv": {}}], "/jwks/keys/0"),
        ([{**RSA, "n": "A" * 1400}], "/jwks/keys/0"),
        ([{}], "/jwks/keys/0"),
    ],
)
def test_a_key_we_could_not_rely_on_is_refused_and_pointed_to(keys: list[dict[str, Any]], pointer: str) -> None:
    with pytest.raises(KeyRefused) as refused:
        require_public_keys(keys)

    assert refused.value.pointer == pointer


@pytest.mark.parametrize("status", OAuthClientStatus)
@pytest.mark.parametrize("command", ["suspend", "resume"])
def test_a_client_is_suspended_or_resumed_in_turn(status: OAuthClientStatus, command: str) -> None:
    if (status is OAuthClientStatus.ACTIVE) == (command == "suspend"):
        assert after(status, command) is not status
        return
    with pytest.raises(OAuthClientInState) as refused:
        after(status, command)
    assert refused.value.facts["allowed"] == ["suspend" if status is OAuthClientStatus.ACTIVE else "resume"]
