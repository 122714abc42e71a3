"""Merging the contracts of the services into one: pure, from documents to a document."""

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.oauth_clients.rules import OAuthScope
from gateway.portal.descriptions import with_labels, with_problems
from gateway.routing.table import METHODS, OWN

Document = dict[str, Any]

#: Routes only the gateway calls; they are not passed on.
INTERNAL = "/v1/sign-in/"
_REF = "#/components/schemas/"
_PARAMETER = re.compile(r"\{[^}]*\}")

_INFO = {
    "title": "Trust CRM",
    "version": "1.0.0",
    "description": (
        "客户关系管理系统接口。Staff and clients send the session token of their sign-in, partner channels an access "
        "token of `POST /oauth2/token`, both as `Authorization: Bearer …`.\n\n"
        "Errors are problem documents (RFC 9457) with a `code` to branch on and pointers to the fields that are wrong. "
        "Lists come in pages: send `next_cursor` back as `cursor`. Changes need `If-Match` with the ETag read before. "
        "A POST repeated with the same `Idempotency-Key` gets the first answer. Money is "
        '`{"amount": "1234.56", "currency": "CNY"}`, instants are UTC, dates are of Asia/Shanghai.'
    ),
}
_SECURITY_SCHEMES = {
    "session": {"type": "http", "scheme": "bearer", "description": "Session token of a staff member or client."},
    "channel": {
        "type": "oauth2",
        "description": "Access token of a partner channel (client credentials with private_key_jwt).",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {s.value: s.zh for s in OAuthScope}}},
    },
}


class Unmergeable(Exception):
    """Two services answer the same, or call a path's parameters differently."""


def merge(documents: Mapping[str, Document]) -> Document:
    """Return one document of several.

    Args:
        documents: Folder name of the service → its OpenAPI document; the gateway's own is under `gateway`.

    Raises:
        Unmergeable: two documents describe the same operation.
    """
    documents = {name: copy.deepcopy(documents[name]) for name in sorted(documents)}
    for document in documents.values():
        document["paths"] = {path: item for path, item in document["paths"].items() if not path.startswith(INTERNAL)}
    _tell_operations_apart(documents)
    for service, names in _clashing_schemas(documents).items():
        _rename_schemas(documents[service], {name: _prefixed(service, name) for name in names})
    paths: Document = {}
    schemas: Document = {}
    for service, document in documents.items():
        schemas |= document.get("components", {}).get("schemas", {})
        for path, item in document["paths"].items():
            _add_path(paths, path, _marked(item, service, path))
    _require_distinct(paths)
    if "Problem" in schemas:
        for item in paths.values():
            item |= {method: with_problems(operation) for method, operation in item.items()}
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "security": [{"session": []}, {"channel": []}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": _reachable(paths, schemas), "securitySchemes": _SECURITY_SCHEMES},
    }


def _marked(item: Document, service: str, path: str) -> Document:
    marked = {}
    for method in METHODS:
        if method in item:
            operation = {name: value for name, value in item[method].items() if name != "security"}
            marked[method] = {**operation, "x-service": service}
            if _is_public(service, method, path, item[method]):
                marked[method]["security"] = []
    return marked


def _is_public(service: str, method: str, path: str, operation: Document) -> bool:
    """Return whether no token is needed: never for data; for pages outside /v1 if the service says so."""
    if path.startswith("/v1/"):
        return False
    return service == OWN or (method == "get" and operation.get("security") == [])


def _add_path(paths: Document, path: str, item: Document) -> None:
    known = paths.setdefault(path, {})
    both = known.keys() & item.keys()
    if both:
        services = sorted({known[method]["x-service"] for method in both} | {item[m]["x-service"] for m in both})
        raise Unmergeable(f"{path}: {', '.join(sorted(both))} is answered by {' and '.join(services)}")
    known |= item


def _require_distinct(paths: Document) -> None:
    shapes: dict[str, str] = {}
    for path in paths:
        shape = _PARAMETER.sub("{}", path)
        if shape in shapes:
            raise Unmergeable(f"{path} and {shapes[shape]} are one path: give its parameters one name")
        shapes[shape] = path


def _tell_operations_apart(documents: Mapping[str, Document]) -> None:
    every = [(service, operation) for service, document in documents.items() for operation in _operations(document)]
    times = Counter(operation["operationId"] for _, operation in every)
    for service, operation in every:
        if times[operation["operationId"]] > 1:
            operation["operationId"] = f"{service.replace('-', '_')}_{operation['operationId']}"


def _operations(document: Document) -> Iterator[Document]:
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                yield item[method]


def _clashing_schemas(documents: Mapping[str, Document]) -> dict[str, set[str]]:
    """Return per service the names that mean something else in another, also through what they refer to."""
    schemas = {service: document.get("components", {}).get("schemas", {}) for service, document in documents.items()}
    meanings: dict[str, list[Document]] = {}
    for own in schemas.values():
        for name, schema in own.items():
            if schema not in meanings.setdefault(name, []):
                meanings[name].append(schema)
    clashing = {name for name, different in meanings.items() if len(different) > 1}
    shared = {name for name in meanings if sum(name in own for own in schemas.values()) > 1}
    while True:
        reached = {name for name in shared - clashing if clashing & set(_references(meanings[name][0]))}
        if not reached:
            return {service: clashing & own.keys() for service, own in schemas.items()}
        clashing |= reached


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REF):
            yield reference.removeprefix(_REF)
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _prefixed(service: str, name: str) -> str:
    return "".join(word.capitalize() for word in service.split("-")) + name


def _rename_schemas(document: Document, names: Mapping[str, str]) -> None:
    if not names:
        return
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {names.get(name, name): schema for name, schema in schemas.items()}
    _rename_references(document, {_REF + old: _REF + new for old, new in names.items()})


def _rename_references(node: Any, names: Mapping[str, str]) -> None:
    if isinstance(node, dict):
        for key, inner in node.items():
            if isinstance(inner, str) and inner in names:
                node[key] = names[inner]
            else:
                _rename_references(inner, names)
    elif isinstance(node, list):
        for inner in node:
            _rename_references(inner, names)


def _reachable(paths: Document, schemas: Document) -> Document:
    found: set[str] = set()
    waiting = set(_references(paths))
    while waiting:
        found |= waiting
        waiting = {name for known in waiting for name in _references(schemas[known])} - found
    return {name: with_labels(schemas[name]) for name in sorted(found)}
