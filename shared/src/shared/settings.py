"""Settings of a process: read once at start from the environment, refused when wrong, never read at import."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PostgresDsn, SecretStr, TypeAdapter, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock, shifted_clock, system_clock

_DSN = TypeAdapter(PostgresDsn)


class ProcessSettings(BaseSettings):
    """What every process of Trust CRM is told. Subclasses set their own `env_prefix`.

    An unknown variable under the prefix is refused, so that a typing error cannot go unnoticed.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    environment: Literal["dev", "production"] = "production"
    database_url: SecretStr
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: Shifts "now" by the seconds in this file; for demonstrations, dev only.
    clock_file: Path | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.clock_file is not None and self.environment != "dev":
            raise ValueError("clock_file is for demonstrations: set environment=dev or leave it out")
        _DSN.validate_python(self.database_url.get_secret_value())
        return self

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_variables(cls, values: dict[str, Any]) -> dict[str, Any]:
        prefix = cls.model_config.get("env_prefix", "")
        known = {f"{prefix}{name}".upper() for name in cls.model_fields}
        unknown = [
            name for name in os.environ if prefix and name.upper().startswith(prefix) and name.upper() not in known
        ]
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
        return values

    @property
    def clock(self) -> Clock:
        """The clock of this process."""
        return shifted_clock(self.clock_file) if self.clock_file else system_clock


class ServiceSettings(ProcessSettings):
    """What a service (API and worker) is told."""

    kafka_bootstrap_servers: str
    #: JWKS with the gateway's public keys; the only callers a service trusts.
    internal_keys_file: Path
    #: Put before topic and consumer names; lets test runs share a broker.
    topic_prefix: str = ""
    #: Run relay, consumers and timers in the API process too, to save memory on one machine.
    run_worker: bool = False
