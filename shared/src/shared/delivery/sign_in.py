"""How a process reaches Kafka: in the clear, encrypted, and as whom. One process has one identity on the broker."""

import ssl
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SignIn(BaseSettings):
    """What `KAFKA_…` in the environment says, beside where the broker is.

    Attributes:
        security_protocol: As Kafka names it; with `SASL_…` username and password are needed.
        username: A service's folder name, as `deploy/k8s/kafka-rights.sh` knows it.
        ca_file: Certificates (PEM) that are trusted; the system's if left out.
    """

    model_config = SettingsConfigDict(env_prefix="KAFKA_", frozen=True)

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        signs_in = self.security_protocol.startswith("SASL_")
        if signs_in != bool(self.username and self.password.get_secret_value()):
            raise ValueError("KAFKA_USERNAME and KAFKA_PASSWORD belong to KAFKA_SECURITY_PROTOCOL=SASL_SSL: set all")
        if self.ca_file is not None and not self.security_protocol.endswith("SSL"):
            raise ValueError("KAFKA_CA_FILE belongs to KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL")
        return self


@cache
def options() -> dict[str, Any]:
    """Return what every Kafka client of this process is given, read from the environment once.

    Raises:
        pydantic.ValidationError: the settings are wrong or incomplete; the message names them.
        OSError: the file of trusted certificates cannot be read.
    """
    settings = SignIn()
    found: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if settings.security_protocol.endswith("SSL"):
        found["ssl_context"] = ssl.create_default_context(cafile=settings.ca_file)
    if settings.username:
        found["sasl_mechanism"] = settings.sasl_mechanism
        found["sasl_plain_username"] = settings.username
        found["sasl_plain_password"] = settings.password.get_secret_value()
    return found
