from typing import Self

from pydantic import model_validator
from pydantic_settings import SettingsConfigDict

from shared.sealing import HexKey, key_of
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CLIENT_PROFILE_", extra="forbid", frozen=True)

    #: Encrypts personal data at rest; 32 bytes in hexadecimal.
    data_key: HexKey
    #: Keys the hashes personal data is looked up by; 32 bytes in hexadecimal, another than `data_key`.
    lookup_key: HexKey

    @model_validator(mode="after")
    def _has_two_keys(self) -> Self:
        if self.environment == "production" and key_of(self.data_key) == key_of(self.lookup_key):
            raise ValueError("data_key and lookup_key must differ")
        return self
