"""Who is behind a request, and the internal tokens that tell the services so."""

import time
from dataclasses import dataclass, field

from joserfc.jwk import ECKey

from shared.http.callers import Actor, mint

#: An internal token lives 60 seconds; it is used for the first half, so that it outlives the request it is put on.
_REUSE_SECONDS = 30


@dataclass(slots=True)
class Principal:
    """A caller that has proved who it is.

    Attributes:
        actor: What the services are told.
        plan: Name of the plan that limits a channel; None for people.
    """

    actor: Actor
    plan: str | None = None
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    def internal_token(self, audience: str, key: ECKey) -> str:
        """Return an internal token for the service `audience` (folder name), signed at most every 30 seconds."""
        now = time.monotonic()
        known = self._tokens.get(audience)
        if known is not None and known[0] > now:
            return known[1]
        token = mint(self.actor, audience=audience, key=key)
        self._tokens[audience] = (now + _REUSE_SECONDS, token)
        return token
