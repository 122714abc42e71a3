from pydantic_settings import SettingsConfigDict

from shared.files.settings import ServiceWithFiles
from shared.sealing import HexKey


class Settings(ServiceWithFiles):
    model_config = SettingsConfigDict(env_prefix="COMPLAINTS_", extra="forbid", frozen=True)

    #: Encrypts name and phone of complainants who are no clients; 32 bytes in hexadecimal.
    data_key: HexKey
