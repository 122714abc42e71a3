"""The authorization server for channels: tokens, its keys, its metadata."""

import time
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from gateway.callers import keys
from gateway.oauth_clients.rules import OAuthScope
from gateway.oauth_tokens import rules, service
from gateway.oauth_tokens.rules import TokenRefused
from gateway.oauth_tokens.schemas import TOKEN_FORM, ServerMetadata, Token, TokenError
from shared.database import Database
from shared.http.problems import Problem

routes = APIRouter(tags=["OAuth 2.0"])

_MAX_FORM_BYTES = 16 * 1024
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": TokenError, "description": "The request is malformed or asks for too much"},
    401: {"model": TokenError, "description": "The client did not prove who it is"},
    429: {"model": Problem, "description": "Too many requests from one address; Retry-After says when"},
}


@routes.post(rules.TOKEN_ENDPOINT, response_model=Token, responses=_REFUSALS, openapi_extra={"requestBody": TOKEN_FORM})
async def issue_token(request: Request) -> JSONResponse:
    """Get an access token for a channel: client credentials with `private_key_jwt` (RFC 7523), ten minutes.

    The assertion is a JWT signed with a registered key (ES256, EdDSA or PS256): `iss` and `sub` are the client_id,
    `aud` is the issuer of the metadata, `exp` at most five minutes ahead, `jti` new each time.
    """
    settings, database = request.app.state.settings, request.app.state.database
    try:
        return await _grant(request, settings.issuer, database)
    except TokenRefused as refused:
        body = TokenError(error=refused.error, error_description=refused.description)
        return JSONResponse(body.model_dump(), refused.status, headers=_NOT_KEPT)


async def _grant(request: Request, issuer: str, database: Database) -> JSONResponse:
    form = await _form(request)
    has_authorization = "authorization" in request.headers
    async with database.transaction() as session:
        token = await service.grant(
            session,
            form,
            has_authorization=has_authorization,
            issuer=issuer,
            key=request.app.state.key,
            now=time.time(),
        )
    return JSONResponse(token.model_dump(), headers=_NOT_KEPT)


async def _form(request: Request) -> dict[str, str]:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        raise TokenRefused("invalid_request", "Send the parameters as application/x-www-form-urlencoded.")
    body = await request.body()
    try:
        if len(body) > _MAX_FORM_BYTES:
            raise ValueError("too long")
        parameters = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise TokenRefused("invalid_request", "The form cannot be read.") from None
    return rules.single(parameters)


@routes.get("/oauth2/jwks")
async def read_keys(request: Request) -> JSONResponse:
    """Read the public keys that this server's tokens are signed with (JWKS)."""
    return JSONResponse(keys.public_set(request.app.state.key), headers={"Cache-Control": "public, max-age=600"})


@routes.get("/.well-known/oauth-authorization-server", response_model=ServerMetadata)
async def read_metadata(request: Request) -> JSONResponse:
    """Read where the token endpoint and the keys are, and what they support (RFC 8414)."""
    issuer = request.app.state.settings.issuer
    metadata = ServerMetadata(
        issuer=issuer,
        token_endpoint=f"{issuer}{rules.TOKEN_ENDPOINT}",
        jwks_uri=f"{issuer}/oauth2/jwks",
        grant_types_supported=[rules.GRANT_TYPE],
        response_types_supported=[],
        scopes_supported=[scope.value for scope in OAuthScope],
        token_endpoint_auth_methods_supported=["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported=["ES256", "PS256", "EdDSA"],
        service_documentation=f"{issuer}/docs",
    )
    return JSONResponse(metadata.model_dump(), headers={"Cache-Control": "public, max-age=3600"})
