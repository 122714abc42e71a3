import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey
from pydantic import ValidationError

from gateway.callers import keys
from gateway.limits.rules import Plan
from gateway.settings import GatewaySettings


def settings(**changes: Any) -> GatewaySettings:
    right = {
        "environment": "production", "database_url": "postgresql://u:p@127.0.0.1:1/gateway", "upstreams": {},
        "signing_key_file": Path("key.json"), "issuer": "https://crm.example.com",
    }  # fmt: skip
    return GatewaySettings(**{**right, **changes})


def test_production_does_not_start_with_the_dev_sign_in() -> None:
    assert settings().dev_sign_in is False
    assert settings(environment="dev", dev_sign_in=True).dev_sign_in is True
    with pytest.raises(ValidationError, match="dev_sign_in"):
        settings(dev_sign_in=True)


@pytest.mark.parametrize(
    "issuer", ["crm.example.com", "https://crm.example.com/", "https://crm.example.com/a", "ftp://x"]
)
def test_an_issuer_is_scheme_and_host(issuer: str) -> None:
    with pytest.raises(ValidationError, match="issuer"):
        settings(issuer=issuer)


def test_production_is_https() -> None:
    with pytest.raises(ValidationError, match="https"):
        settings(issuer="http://crm.example.com")


def test_the_environment_is_read_and_a_misspelt_variable_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "ENVIRONMENT": "dev", "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/gateway", "SIGNING_KEY_FILE": "key.json",
        "ISSUER": "http://localhost:8080", "UPSTREAMS": '{"complaints": "http://127.0.0.1:8003"}',
        "ALLOWED_HOSTS": '["localhost", "CRM.Example"]',
        "TRUSTED_PROXIES": '["10.0.0.0/8", "fd00::1"]', "PLANS": '{"standard": {"per_minute": 60, "burst": 5}}',
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"GATEWAY_{name}", value)

    read = GatewaySettings()  # type: ignore[call-arg]  # read from the environment

    assert read.upstreams == {"complaints": "http://127.0.0.1:8003"}
    assert read.plans == {"standard": Plan(60, 5)}
    assert read.allowed_hosts == {"localhost", "crm.example"}
    assert read.trusted_proxies == {ip_network("10.0.0.0/8"), ip_network("fd00::1/128")}
    monkeypatch.setenv("GATEWAY_UPSTREAM", "x")
    with pytest.raises(ValidationError, match="GATEWAY_UPSTREAM"):
        GatewaySettings()  # type: ignore[call-arg]  # read from the environment


def test_there_is_always_a_standard_plan() -> None:
    with pytest.raises(ValidationError, match="standard"):
        settings(plans={"other": {"per_minute": 1, "burst": 1}})


@pytest.mark.parametrize("content", ['{"kty": "EC"}', '{"kty": "oct", "k": "AAAA"}', "{}", "nothing"])
def test_a_file_without_a_private_key_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key.json"
    file.write_text(content)

    with pytest.raises(ValueError):  # noqa: PT011  # json and joserfc each have words of their own
        keys.load(file)


def test_a_public_key_or_another_curve_cannot_sign(tmp_path: Path) -> None:
    for document in (
        ECKey.generate_key("P-256").as_dict(private=False),
        ECKey.generate_key("P-384").as_dict(private=True),
    ):
        (tmp_path / "key.json").write_text(json.dumps(document))
        with pytest.raises(ValueError, match="private JWK on P-256"):
            keys.load(tmp_path / "key.json")
