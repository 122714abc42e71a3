"""Which service answers what: compiled from the merged OpenAPI file; what does not stand there does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.refusals import Refused
from gateway.routing.guard import MAX_BODY_BYTES
from shared.http.middleware import LIMIT

#: The gateway's own name among the services.
OWN = "gateway"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    Attributes:
        method: Upper case.
        template: Path with parameters in braces, as in the contract.
        service: Folder name of the service that answers; `gateway` for the gateway itself.
        is_public: Whether no token is needed: pages, never data.
        max_body_bytes: Largest body it takes: more than usual where its contract says so.
    """

    method: str
    template: str
    service: str
    is_public: bool = False
    max_body_bytes: int = MAX_BODY_BYTES


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict)


class Table:
    """All routes as a tree of path segments: a literal segment wins over a parameter."""

    def __init__(self, routes: list[Route]) -> None:
        self.routes = routes
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.template.split("/")[1:]:
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, _Node())
                continue
            if not segment.endswith("}") or ":" in segment:
                raise ValueError(f"{route.template}: a parameter is one whole segment")
            if node.parameter is None:
                node.parameter = _Node()
            node = node.parameter
        if route.method in node.routes:
            raise ValueError(f"{route.method} {route.template} stands twice")
        node.routes[route.method] = route

    def find(self, method: str, path: str) -> Route:
        """Return the route of a request; `path` is decoded and holds no encoded slash.

        Raises:
            Refused: 404, or 405 with what is allowed.
        """
        node = _descend(self._root, path.split("/"), 1)
        if node is None:
            raise Refused(404, "not_found", "There is nothing here; see /docs for what there is.")
        route = node.routes.get(method)
        if route is None:
            allowed = ", ".join(sorted(node.routes))
            raise Refused(405, "method_not_allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed})
        return route


def _descend(node: _Node, segments: list[str], place: int) -> _Node | None:
    if place == len(segments):
        return node if node.routes else None
    segment = segments[place]
    literal = node.literals.get(segment)
    if literal is not None and (found := _descend(literal, segments, place + 1)) is not None:
        return found
    if node.parameter is not None and segment:
        return _descend(node.parameter, segments, place + 1)
    return None


def compile_table(document: Mapping[str, Any]) -> Table:
    """Return the route table of a merged OpenAPI document.

    Raises:
        ValueError: an operation does not say its service, or two answer the same.
    """
    routes = []
    for template, operations in document["paths"].items():
        for method in METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            if "x-service" not in operation:
                raise ValueError(f"{method} {template} does not say its service")
            is_public = operation.get("security") == []
            limit = operation.get(LIMIT, MAX_BODY_BYTES)
            routes.append(Route(method.upper(), template, operation["x-service"], is_public, limit))
    return Table(routes)
