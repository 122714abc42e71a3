import re
from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings

_KEY = re.compile(r"[0-9a-fA-F]{64}")


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CLIENT_PROFILE_", extra="forbid", frozen=True)

    #: Encrypts personal data at rest; 32 bytes in hexadecimal.
    data_key: SecretStr
    #: Keys the hashes personal data is looked up by; 32 bytes in hexadecimal, another than `data_key`.
    lookup_key: SecretStr

    @model_validator(mode="after")
    def _has_two_keys(self) -> Self:
        data, lookup = self.data_key.get_secret_value(), self.lookup_key.get_secret_value()
        if not _KEY.fullmatch(data) or not _KEY.fullmatch(lookup):
            raise ValueError("data_key and lookup_key are 32 bytes each, in hexadecimal")
        if self.environment == "production" and data.lower() == lookup.lower():
            raise ValueError("data_key and lookup_key must differ")
        return self
