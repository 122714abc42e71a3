"""Granting access tokens to programs of channels."""

import json
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, import_key
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.callers import access_tokens
from gateway.oauth_clients import queries as oauth_clients
from gateway.oauth_clients.rules import OAuthClientStatus, algorithms_of
from gateway.oauth_clients.tables import OAuthClient
from gateway.oauth_tokens import queries, rules
from gateway.oauth_tokens.rules import TokenRefused
from gateway.oauth_tokens.schemas import Token


async def grant(
    session: AsyncSession,
    form: Mapping[str, str],
    *,
    has_authorization: bool,
    issuer: str,
    key: ECKey,
    now: float,
) -> Token:
    """Return an access token for the program that proves itself with a signed assertion.

    Args:
        session: The request's session; it must be committed before the token leaves.
        form: The parameters of the request.
        has_authorization: Whether an Authorization header came along.
        issuer: Our issuer string.
        key: Signs the token.
        now: Seconds of the epoch, of the real clock.

    Raises:
        TokenRefused: the request or the assertion does not hold.
    """
    assertion = rules.require_form(form, has_authorization=has_authorization)
    client, claims = await _authenticate(session, assertion, form)
    jti = rules.require_claims(claims, issuer=issuer, now=now)
    scopes = rules.granted_scopes(form.get("scope"), client.scopes)
    expires_at = datetime.fromtimestamp(float(claims["exp"]), UTC)
    if not await queries.use_once(session, client_id=client.client_id, jti=jti, expires_at=expires_at):
        raise TokenRefused("invalid_client", "This assertion was used before: sign a new one with a new `jti`.")
    token = access_tokens.issue_for_channel(
        client_id=str(client.client_id), channel_id=client.channel_id, scopes=scopes, issuer=issuer, key=key
    )
    return Token(access_token=token, expires_in=access_tokens.CHANNEL_SECONDS, scope=" ".join(sorted(scopes)))


async def _authenticate(
    session: AsyncSession, assertion: str, form: Mapping[str, str]
) -> tuple[OAuthClient, dict[str, Any]]:
    header, unverified = _parse(assertion)
    client = await _find_client(session, rules.claimed_client(unverified, form))
    if client.status is not OAuthClientStatus.ACTIVE:
        raise TokenRefused("invalid_client", "This client is suspended: ask the channel manager.")
    public = next((known for known in client.jwks["keys"] if known["kid"] == header.get("kid")), None)
    if public is None:
        raise TokenRefused("invalid_client", "No key with this `kid` is registered for the client.")
    algorithms = algorithms_of(public)
    if header.get("alg") not in algorithms:
        raise TokenRefused("invalid_client", f"This key signs with {algorithms[0]} only.")
    return client, _verified_claims(assertion, public, algorithms)


def _verified_claims(assertion: str, public: dict[str, Any], algorithms: tuple[str, ...]) -> dict[str, Any]:
    with warnings.catch_warnings():
        # "EdDSA" is the older name of Ed25519 signatures; most clients' libraries still write it.
        warnings.simplefilter("ignore", SecurityWarning)
        try:
            return jwt.decode(assertion, import_key(public), algorithms=algorithms).claims
        except (JoseError, ValueError) as error:
            raise TokenRefused("invalid_client", "The assertion's signature does not hold.") from error


def _parse(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims before anything is verified: only to find the key to verify with."""
    try:
        unverified = jws.extract_compact(assertion.encode())
        claims = json.loads(unverified.payload or b"")
        if not isinstance(claims, dict) or "crit" in unverified.headers():
            raise ValueError("claims are an object, and there is nothing critical that we know")
    except (JoseError, ValueError, RecursionError) as error:  # the last: brackets in brackets, a thousand deep
        raise TokenRefused("invalid_client", "The client_assertion is not a signed JWT.") from error
    return dict(unverified.headers()), claims


async def _find_client(session: AsyncSession, client_id: str) -> OAuthClient:
    try:
        client = await oauth_clients.find_client(session, UUID(client_id))
    except ValueError:
        client = None
    if client is None:
        raise TokenRefused("invalid_client", "No such client is registered.")
    return client
