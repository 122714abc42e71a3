from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


def _is_a_key(value: SecretStr) -> SecretStr:
    if len(bytes.fromhex(value.get_secret_value())) != 32:
        raise ValueError("must be 32 bytes in hexadecimal")
    return value


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="COMPLAINTS_", extra="forbid", frozen=True)

    #: Encrypts name and phone of complainants who are no clients; 32 bytes in hexadecimal.
    data_key: Annotated[SecretStr, AfterValidator(_is_a_key)]
