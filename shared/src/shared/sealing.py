"""Personal data at rest: AES-256-GCM, bound to the place where it stands; and names as everybody may read them."""

import os
from typing import Annotated

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AfterValidator, SecretStr

KEY_BYTES = 32
_NONCE_BYTES = 12


def _is_a_key(value: SecretStr) -> SecretStr:
    try:
        key = bytes.fromhex(value.get_secret_value())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in hexadecimal")
    return value


#: A setting that holds a key: 32 bytes in hexadecimal.
HexKey = Annotated[SecretStr, AfterValidator(_is_a_key)]


def key_of(setting: SecretStr) -> bytes:
    """Return the 32 bytes that a `HexKey` setting holds."""
    return bytes.fromhex(setting.get_secret_value())


def seal(key: bytes, value: str, *, place: bytes) -> bytes:
    """Return `value` encrypted for one place (a column of a row); of no use in any other place.

    Args:
        key: 32 bytes.
        value: What is kept secret.
        place: Names the place, and the key's version where keys change.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value.encode(), place)


def unseal(key: bytes, sealed: bytes, *, place: bytes) -> str:
    """Return what `seal` was given for this place.

    Raises:
        cryptography.exceptions.InvalidTag: the value was changed, moved from another place, or sealed with another key.
    """
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place).decode()


def masked_name(name: str) -> str:
    """Return a name with its first character kept: 张**."""
    return f"{name[:1]}**"
