from pydantic_settings import SettingsConfigDict

from shared.sealing import HexKey
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CHANNEL_COMMISSION_", extra="forbid", frozen=True)

    #: Encrypts account numbers and contact data of partners; 32 bytes in hexadecimal.
    data_key: HexKey
