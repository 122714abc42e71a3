"""What the merged contract says better than FastAPI does: how errors look, and what codes mean in Chinese."""

from typing import Any

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ERRORS = frozenset({"#/components/schemas/Problem", "#/components/schemas/HTTPValidationError"})
_DEFAULT = "Any other error: not signed in, not allowed, too many calls, a service that is away."


def with_problems(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the operation with every error, that of malformed input too, as the problem document it really is."""
    responses = {status: _as_problem(response) for status, response in operation["responses"].items()}
    responses.setdefault("default", {"description": _DEFAULT, "content": _PROBLEM})
    return {**operation, "responses": responses}


def _as_problem(response: dict[str, Any]) -> dict[str, Any]:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return {**response, "content": _PROBLEM} if schema.get("$ref") in _ERRORS else response


def with_labels(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with the Chinese names of its codes in its description, where readers look."""
    if "x-labels" not in schema:
        return schema
    names = "、".join(f"`{code}` {name}" for code, name in schema["x-labels"].items())
    return {**schema, "description": f"{schema.get('description', '')}\n\n{names}".strip()}
