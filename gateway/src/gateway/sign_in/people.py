"""Staff members and clients as client-profile knows them, looked up again each minute: a leaver loses access."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from joserfc.jwk import ECKey
from pydantic import ValidationError

from gateway.callers.access_tokens import PersonKind
from gateway.callers.principal import Principal
from gateway.refusals import Refused
from gateway.sign_in.schemas import Person
from gateway.upstreams import json_calls
from gateway.upstreams.upstream import Upstreams
from shared.http.callers import Actor
from shared.http.permissions import CLIENT, Role

_FRESH_SECONDS = 60
#: While client-profile is away a person known before goes on, so that one service away is not all services away.
_GRACE_SECONDS = 600
_MAX_KNOWN = 10_000

#: The gateway itself, when it looks somebody up.
GATEWAY = Actor(kind="staff", id=UUID("00000000-0000-7000-8000-000000000001"), roles=frozenset({"gateway"}))
#: Lets a fresh system create its first unit and staff; dev only.
BOOTSTRAP_ADMIN = Actor(kind="staff", id=UUID("00000000-0000-7000-8000-000000000002"), roles=frozenset({Role.ADMIN}))

_PATHS: dict[PersonKind, str] = {"staff": "/v1/sign-in/staff/", "client": "/v1/sign-in/clients/"}


@dataclass(frozen=True, slots=True)
class _Known:
    looked_up_at: float
    principal: Principal | None


class People:
    """Looks people up, one question at a time for each.

    Args:
        upstreams: Where client-profile is found.
        key: Signs the gateway's own internal token.
    """

    def __init__(self, upstreams: Upstreams, key: ECKey) -> None:
        self._upstreams = upstreams
        self._key = key
        self._itself = Principal(GATEWAY)
        self._known: dict[tuple[PersonKind, str], _Known] = {}
        self._asking: dict[tuple[PersonKind, str], asyncio.Task[Principal | None]] = {}

    async def find(self, kind: PersonKind, number: str, *, anew: bool = False) -> Principal | None:
        """Return the person as of at most a minute ago (now, if `anew`); None if client-profile knows nobody such.

        Raises:
            Refused: 502, 503 or 504, client-profile does not answer and the person was not known before.
        """
        known = self._known.get((kind, number))
        now = time.monotonic()
        if known is not None and not anew and now - known.looked_up_at < _FRESH_SECONDS:
            return known.principal
        try:
            return await asyncio.shield(self._ask(kind, number))
        except Refused:
            if known is None or anew or now - known.looked_up_at > _GRACE_SECONDS:
                raise
            return known.principal

    def _ask(self, kind: PersonKind, number: str) -> asyncio.Task[Principal | None]:
        task = self._asking.get((kind, number))
        if task is None:
            task = self._asking[kind, number] = asyncio.create_task(self._look_up(kind, number))
            task.add_done_callback(lambda done: self._asked(kind, number, done))
        return task

    def _asked(self, kind: PersonKind, number: str, done: asyncio.Task[Principal | None]) -> None:
        del self._asking[kind, number]
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[kind, number] = _Known(time.monotonic(), done.result())

    async def _look_up(self, kind: PersonKind, number: str) -> Principal | None:
        upstream = self._upstreams.get("client-profile")
        token = self._itself.internal_token(upstream.name, self._key)
        answer = await json_calls.get(upstream, _PATHS[kind] + quote(number, safe=""), token=token, seconds=5)
        if answer.status == 404:
            return None
        try:
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            person = Person.model_validate_json(answer.body)
        except (ValueError, ValidationError) as error:
            raise Refused(502, "bad_gateway", "The service client-profile did not say who signs in.") from error
        roles = frozenset({CLIENT}) if kind == "client" else frozenset(person.roles)
        return Principal(Actor(kind, person.id, roles, person.unit_id, frozenset(person.unit_ids)))
