"""The way every request takes: guard, route, caller, limit, service. Pure ASGI; no body is parsed or collected."""

from collections.abc import Mapping

from joserfc.jwk import ECKey
from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.callers.principal import Principal
from gateway.limits import rules as limits
from gateway.limits.addresses import caller_address
from gateway.limits.limiter import Limiter
from gateway.limits.rules import Plan
from gateway.oauth_tokens.rules import TOKEN_ENDPOINT
from gateway.refusals import Refused
from gateway.routing import guard
from gateway.routing.access_log import AccessLog
from gateway.routing.authentication import Authenticator
from gateway.routing.body import bounded
from gateway.routing.forward import forward
from gateway.routing.guard import Head
from gateway.routing.table import OWN, Route, Table
from gateway.routing.visit import Visit
from gateway.settings import GatewaySettings
from gateway.upstreams.upstream import Upstreams
from shared.log import get_logger

log = get_logger(__name__)

LIMITED = Counter("gateway_limited_total", "Calls refused because a plan was used up.", ["plan"])

#: Pages of the gateway itself that need no token and stand in no contract.
_UNLISTED = ("/docs", "/openapi.json", "/health/", "/metrics")


class Entrance:
    """The ASGI application of the gateway.

    Args:
        settings: What the process was told.
        table: The compiled routes.
        pages: Answers the gateway's own routes, and the lifespan.
        authenticator: Tells who calls.
        upstreams: The services.
        key: Signs internal tokens.
        access_log: Gets a line per request.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        table: Table,
        pages: ASGIApp,
        authenticator: Authenticator,
        upstreams: Upstreams,
        key: ECKey,
        access_log: AccessLog,
    ) -> None:
        self._settings = settings
        self._table = table
        self._pages = pages
        self._authenticator = authenticator
        self._upstreams = upstreams
        self._key = key
        self._access_log = access_log
        # Apart, so that no number of strangers makes a channel's calls forgotten.
        self._channels, self._strangers = Limiter(), Limiter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        visit = Visit(scope, send)
        try:
            await self._answer(visit, receive)
        except Exception as error:  # whatever it was, the caller is answered and the line is written
            refused = visit.fail(error)
            if refused is not None and refused is not error and not visit.status:
                log.error("unexpected error", exc_info=error)
            if refused is not None:
                await visit.refuse(refused, receive)
        finally:
            entry = visit.measure()
            if entry is not None:
                self._access_log.write(entry)

    async def _answer(self, visit: Visit, receive: Receive) -> None:
        scope = visit.scope
        head = guard.read_head(scope, self._settings.allowed_hosts)
        visit.identify(head.fields)
        seconds = self._settings.upstream_seconds
        if scope["path"].startswith(_UNLISTED):
            guard.require_bearable(head, guard.MAX_BODY_BYTES)
            await self._pages(scope, bounded(receive, has_body=head.has_body, seconds=seconds), visit.send)
            return
        route = visit.route = self._table.find(scope["method"], scope["path"])
        guard.require_bearable(head, route.max_body_bytes)
        if route.template == TOKEN_ENDPOINT:
            self._limit_address(visit)
        token = None if route.is_public else await self._admit(visit, route, head)
        if route.service == OWN:
            handed_over = scope if token is None else _handed_over(visit, token)
            await self._pages(handed_over, bounded(receive, has_body=head.has_body, seconds=seconds), visit.send)
            return
        upstream = self._upstreams.get(route.service)
        seconds += guard.more_seconds(route.max_body_bytes if head.length is None else head.length)
        await forward(
            visit, receive, head=head, upstream=upstream, token=token, seconds=seconds, limit=route.max_body_bytes
        )

    async def _admit(self, visit: Visit, route: Route, head: Head) -> str:
        """Return the internal token that tells the service who calls, once the caller is known and within its plan."""
        principal = visit.principal = await self._authenticator.principal(head.fields.get(b"authorization"))
        self._limit(visit, principal, self._settings.plans)
        return principal.internal_token(route.service, self._key)

    def _limit(self, visit: Visit, principal: Principal, plans: Mapping[str, Plan]) -> None:
        if principal.plan is None:
            return
        name = principal.plan if principal.plan in plans else "standard"
        self._take(visit, self._channels, name, plans[name], caller=principal.actor.name)

    def _limit_address(self, visit: Visit) -> None:
        """Bound what somebody who has not proved anything yet can make us verify."""
        scope, settings = visit.scope, self._settings
        peer = scope["client"][0] if scope["client"] else ""
        hops = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        caller = caller_address(peer, hops, settings.trusted_proxies)
        self._take(visit, self._strangers, "token", settings.token_plan, caller=caller)

    def _take(self, visit: Visit, limiter: Limiter, name: str, plan: Plan, *, caller: str) -> None:
        decision = limiter.take(plan_name=name, plan=plan, caller=caller)
        visit.extra = [
            (b"ratelimit-policy", limits.policy_field(plan).encode()),
            (b"ratelimit", limits.state_field(decision).encode()),
        ]
        if not decision.is_allowed:
            LIMITED.labels(name).inc()
            headers = {"Retry-After": str(decision.reset_seconds)}
            raise Refused(
                429, "quota_exceeded", "Too many calls; see the RateLimit header.", headers=headers, plan=name
            )


def _handed_over(visit: Visit, token: str) -> Scope:
    """Return the scope for the gateway's own pages, the caller's token replaced by the internal one."""
    fields = [field for field in visit.scope["headers"] if field[0] != b"authorization"]
    fields.append((b"authorization", f"Bearer {token}".encode()))
    return {**visit.scope, "headers": fields, "principal": visit.principal}
