"""Bodies of the authorization server, in the words of the RFCs."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from gateway.oauth_tokens.rules import ASSERTION_TYPE, GRANT_TYPE


class Token(BaseModel):
    """An access token (RFC 6749, 5.1), to be sent as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the type of a token, not a token
    expires_in: int = Field(description="Seconds.")
    scope: str


class TokenError(BaseModel):
    """Why there is no token (RFC 6749, 5.2)."""

    error: str
    error_description: str


class ServerMetadata(BaseModel):
    """What a client can learn about this authorization server (RFC 8414)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    service_documentation: str


#: The form of a token request, for the API reference; FastAPI does not read forms without a further library.
TOKEN_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": ["grant_type", "client_assertion_type", "client_assertion"],
                "properties": {
                    "grant_type": {"type": "string", "enum": [GRANT_TYPE]},
                    "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
                    "client_assertion": {"type": "string", "description": "JWT signed with the registered key."},
                    "scope": {"type": "string", "description": "Fewer scopes than registered, if wanted."},
                    "client_id": {"type": "string", "description": "Not needed; must equal the assertion's `sub`."},
                },
            }
        }
    },
}
