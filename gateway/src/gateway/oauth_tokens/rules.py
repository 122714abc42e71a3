"""When a channel's request for a token is granted: RFC 6749, RFC 7523 and the FAPI 2.0 security profile."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT_TYPE = "client_credentials"
TOKEN_ENDPOINT = "/oauth2/token"  # noqa: S105  # a path

#: An assertion lives five minutes at most (house rule; RFC 7523, 3 asks for a limit).
MAX_ASSERTION_SECONDS = 300
#: Clocks ahead of ours by so much are forgiven (FAPI 2.0, 5.3.2.1).
MAX_AHEAD_SECONDS = 10
MAX_ASSERTION_BYTES = 8192
MAX_JTI_CHARACTERS = 128


class TokenRefused(Exception):
    """A token is refused, told in the form of RFC 6749, 5.2.

    Args:
        error: A code of RFC 6749, e.g. `invalid_client`.
        description: One sentence that tells the channel's developer what to do.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description

    @property
    def status(self) -> int:
        """HTTP status: 401 when the client did not prove who it is, else 400."""
        return 401 if self.error == "invalid_client" else 400


def single(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the form's parameters by name, without empty ones.

    Raises:
        TokenRefused: one is given twice (RFC 6749, 3.2).
    """
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in found:
            raise TokenRefused("invalid_request", f"The parameter {name[:40]} is given twice.")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def require_form(form: Mapping[str, str], *, has_authorization: bool) -> str:
    """Return the assertion of a well-formed request.

    Args:
        form: The parameters.
        has_authorization: Whether an Authorization header came along.

    Raises:
        TokenRefused: another grant, or another way to prove who the client is.
    """
    if "grant_type" not in form:
        raise TokenRefused("invalid_request", f"Send grant_type={GRANT_TYPE}.")
    if form["grant_type"] != GRANT_TYPE:
        raise TokenRefused("unsupported_grant_type", f"Only {GRANT_TYPE} is supported.")
    if has_authorization or "client_secret" in form:
        raise TokenRefused("invalid_client", "Secrets are not supported: use private_key_jwt.")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefused("invalid_client", f"Send client_assertion_type={ASSERTION_TYPE}.")
    if "client_assertion" not in form:
        raise TokenRefused("invalid_client", "Send a client_assertion signed with your registered key.")
    if len(form["client_assertion"]) > MAX_ASSERTION_BYTES:
        raise TokenRefused("invalid_client", f"The client_assertion is over {MAX_ASSERTION_BYTES} bytes.")
    return form["client_assertion"]


def claimed_client(claims: Mapping[str, Any], form: Mapping[str, str]) -> str:
    """Return the id of the client that the (not yet verified) assertion speaks for.

    Raises:
        TokenRefused: `iss`, `sub` and, if sent, `client_id` are not one and the same.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or claims.get("iss") != subject:
        raise TokenRefused("invalid_client", "`iss` and `sub` of the assertion must both be your client_id.")
    if form.get("client_id", subject) != subject:
        raise TokenRefused("invalid_client", "client_id and the assertion's `sub` differ.")
    return subject


def require_claims(claims: Mapping[str, Any], *, issuer: str, now: float) -> str:
    """Return the `jti` of a verified assertion that is meant for us and is fresh.

    Args:
        claims: The verified claims.
        issuer: Our issuer string; the only audience we accept (FAPI 2.0, 5.3.2.1).
        now: Seconds of the epoch.

    Raises:
        TokenRefused: another audience, expired, too long a life, from the future, or without a usable `jti`.
    """
    if claims.get("aud") != issuer:
        raise TokenRefused("invalid_client", f"`aud` of the assertion must be the string {issuer}")
    expires = _instant(claims, "exp")
    if expires is None or expires <= now:
        raise TokenRefused("invalid_client", "The assertion has expired or has no `exp`: sign a new one per request.")
    if expires > now + MAX_ASSERTION_SECONDS + MAX_AHEAD_SECONDS:
        raise TokenRefused("invalid_client", f"`exp` may be at most {MAX_ASSERTION_SECONDS} seconds ahead.")
    for name in ("iat", "nbf"):
        begins = _instant(claims, name)
        if begins is not None and begins > now + MAX_AHEAD_SECONDS:
            raise TokenRefused("invalid_client", f"`{name}` lies in the future: set your clock.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= MAX_JTI_CHARACTERS or not jti.isprintable():
        raise TokenRefused("invalid_client", f"The assertion needs a `jti` of up to {MAX_JTI_CHARACTERS} characters.")
    return jti


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenRefused("invalid_client", f"`{name}` of the assertion must be a number of seconds.")
    return float(value)


def granted_scopes(wanted: str | None, registered: Collection[str]) -> frozenset[str]:
    """Return the scopes a token gets: all the registered ones, or those of them that were asked for.

    Raises:
        TokenRefused: a scope was asked for that is not registered.
    """
    if wanted is None:
        return frozenset(registered)
    asked = frozenset(wanted.split())
    if not asked or not asked <= frozenset(registered):
        raise TokenRefused("invalid_scope", f"Registered for this client are: {' '.join(sorted(registered))}.")
    return asked
