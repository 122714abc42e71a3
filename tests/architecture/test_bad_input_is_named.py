"""Every write of every service refuses what its schema does not allow, names the field, and touches no database.

The application's database cannot be reached: whatever tried to read or write answers 503 and fails the test.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey
from wrong import Schemas, Wrong

from shared.http.callers import Actor, mint
from shared.http.permissions import CLIENT
from shared.ids import new_id

WRITES = {"post", "put", "patch", "delete"}


def _writes(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            if method in WRITES:
                yield method.upper(), path, operation


def _body(operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema


@pytest.fixture
def call(app: FastAPI, gateway_key: ECKey, service: str) -> Any:
    """Call a route as somebody who may, with the headers it asks for."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)

    async def call(
        method: str,
        path: str,
        body: Any,
        *,
        route: str = "",
        headers: Mapping[str, str | None] | None = None,
        **more: Any,
    ) -> httpx.Response:
        role = sorted(app.state.permissions[f"{method} {route or path}"])[0]
        kind = "channel" if role.startswith("channel:") else "client" if role == CLIENT else "staff"
        actor = Actor(kind, new_id(), frozenset({role}), new_id())
        token = mint(actor, audience=service.replace("_", "-"), key=gateway_key)
        given = {"Authorization": f"Bearer {token}", "If-Match": '"1"', **(headers or {})}
        sent = {name: value for name, value in given.items() if value is not None}
        async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=sent) as client:
            return await client.request(method, re.sub(r"\{[^}]+\}", str(new_id()), path), json=body, **more)

    return call


def _complaint(answer: httpx.Response, wrong: Wrong) -> str | None:
    """Return what is not right about the answer."""
    if answer.status_code != 422:
        return f"answers {answer.status_code}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"is {answer.headers['content-type']}"
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    # A choice between several forms is named inside of it.
    if not any(pointer == wrong.pointer or pointer.startswith(f"{wrong.pointer}/") for pointer in pointers):
        return f"points to {pointers}"
    return None


async def test_every_wrong_field_of_every_write_is_named(app: FastAPI, call: Any) -> None:
    schemas, failed, tried = Schemas(app.openapi()), list[str](), 0
    for method, path, operation in _writes(app):
        schema = _body(operation)
        for wrong in schemas.wrong(schema) if schema is not None else ():
            answer = await call(method, path, wrong.body)
            tried += 1
            if found := _complaint(answer, wrong):
                failed.append(f"{method} {path} with {wrong.what} at {wrong.pointer or 'the top'} {found}")

    assert not failed, "\n".join(failed)
    assert tried or not any(_body(operation) for _, _, operation in _writes(app))


async def test_a_body_that_is_missing_or_no_json_is_a_problem(app: FastAPI, call: Any) -> None:
    for method, path, operation in _writes(app):
        if operation.get("requestBody", {}).get("required") and _body(operation) is not None:
            for content in (b"", b"{", b"\xff\xfe", b"null", b'"text"', b"[]"):
                headers = {"Content-Type": "application/json"}
                answer = await call(method, path, None, content=content, headers=headers)
                assert answer.status_code == 422, f"{method} {path} with {content!r}: {answer.text}"
                assert answer.headers["content-type"] == "application/problem+json"


async def test_an_id_that_is_none_is_named(app: FastAPI, call: Any) -> None:
    schemas = Schemas(app.openapi())
    for method, path, operation in _writes(app):
        body = schemas.sample(schema) if (schema := _body(operation)) is not None else None
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and parameter["schema"].get("format") == "uuid":
                name = parameter["name"]
                answer = await call(method, path.replace(f"{{{name}}}", "no-id"), body, route=path)
                assert answer.status_code == 422, f"{method} {path} with {name}: {answer.text}"
                assert f"/path/{name}" in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_change_of_what_was_read_needs_its_version(app: FastAPI, call: Any) -> None:
    schemas = Schemas(app.openapi())
    for method, path, operation in _writes(app):
        if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
            body = schemas.sample(schema) if (schema := _body(operation)) is not None else None
            missing = await call(method, path, body, headers={"If-Match": None})
            strange = await call(method, path, body, headers={"If-Match": "W/3"})
            assert (missing.status_code, strange.status_code) == (428, 412), f"{method} {path}"
