"""Bodies of the OAuth clients."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from gateway.oauth_clients.rules import MAX_KEYS, OAuthClientStatus, OAuthScope
from shared.http.bodies import Body, Read, ShortText

_EXAMPLE_KEY = {"kty": "EC", "crv": "P-256", "kid": "2026-11", "x": "…", "y": "…"}


class PublicKeys(Body):
    """A JWKS with the public keys a channel proves itself with."""

    keys: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_KEYS, examples=[[_EXAMPLE_KEY]])


class OAuthClientCreate(Body):
    """What is needed to let a program of a channel in."""

    channel_id: UUID
    name: ShortText
    jwks: PublicKeys
    scopes: Annotated[list[OAuthScope], Field(min_length=1, max_length=len(OAuthScope))]
    plan: str = Field(default="standard", max_length=40, description="The limit plan, counted per channel.")


class OAuthClientRead(Read):
    """A program of a channel."""

    client_id: UUID
    channel_id: UUID
    name: str
    scopes: list[OAuthScope]
    plan: str
    status: OAuthClientStatus
    registered_by: str
    created_at: datetime
    changed_at: datetime
