"""What the gateway is told by its environment, variables `GATEWAY_…`."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from gateway.limits.rules import Plan
from shared.settings import ProcessSettings

OPENAPI_FILE = Path(__file__).with_name("openapi.json")


def _plans() -> dict[str, Plan]:
    return {"standard": Plan(per_minute=600, burst=60), "bulk": Plan(per_minute=6000, burst=300)}


class GatewaySettings(ProcessSettings):
    """Settings of the gateway.

    Attributes:
        signing_key_file: Private JWK (EC P-256) that signs access tokens, session tokens and internal tokens.
        issuer: Public address of the gateway without a path; stands as `iss` in its tokens and is the audience that
            channels put into their assertions.
        upstreams: Folder name of each service and its address, as JSON: `{"complaints": "http://127.0.0.1:8003"}`.
        allowed_hosts: Names under which the gateway may be called, without port.
        plans: Limits a channel can be put on; `standard` is the one for new ones.
        token_plan: Limit of token requests from one address.
        trusted_proxies: Networks of our own proxies: whom they say they were called by is believed.
        dev_sign_in: Whether anybody may sign in as any staff member or client; dev only.
        openapi_file: The merged contract; the route table is compiled from it.
        upstream_concurrency: Requests one service answers at the same time; streams of events are counted apart.
        upstream_seconds: Longest time for one request; streams of events may last longer.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    signing_key_file: Path
    issuer: str
    upstreams: dict[str, str]
    allowed_hosts: frozenset[str] = frozenset({"localhost", "127.0.0.1"})
    plans: dict[str, Plan] = Field(default_factory=_plans)
    token_plan: Plan = Plan(per_minute=120, burst=60)
    trusted_proxies: frozenset[IPvAnyNetwork] = frozenset()
    dev_sign_in: bool = False
    openapi_file: Path = OPENAPI_FILE
    upstream_concurrency: int = Field(default=100, ge=1)
    upstream_seconds: float = Field(default=30, gt=0)

    @field_validator("issuer")
    @classmethod
    def _issuer_has_no_path(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        if parts.scheme not in ("http", "https") or not parts.netloc or issuer != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("issuer is scheme and host only, e.g. https://crm.example.com")
        return issuer

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_have_no_case(cls, hosts: frozenset[str]) -> frozenset[str]:
        return frozenset(host.lower() for host in hosts)

    @field_validator("plans")
    @classmethod
    def _has_standard_plan(cls, plans: dict[str, Plan]) -> dict[str, Plan]:
        if "standard" not in plans:
            raise ValueError("there must be a plan called standard")
        return plans

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> Self:
        if self.environment == "production":
            if self.dev_sign_in:
                raise ValueError("dev_sign_in lets anybody in: never with environment=production")
            if not self.issuer.startswith("https://"):
                raise ValueError("issuer must be https in production")
        return self
