"""The key that the gateway signs with, and its public half that everybody may read."""

import json
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey


def load(file: Path) -> ECKey:
    """Return the private key in `file`, a JWK on P-256; a missing `kid` becomes its thumbprint.

    Raises:
        ValueError: the file holds no such key.
        OSError: the file cannot be read.
    """
    try:
        key = ECKey.import_key(json.loads(file.read_text()))
    except (JoseError, TypeError) as error:
        raise ValueError(f"{file.name} must hold a private JWK on P-256: {error}") from error
    if not key.is_private or key.curve_name != "P-256":
        raise ValueError(f"{file.name} must hold a private JWK on P-256")
    key.ensure_kid()
    return key


def public_set(key: ECKey) -> dict[str, Any]:
    """Return the JWKS with the public half of `key`."""
    return {"keys": [{**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": "ES256"}]}
