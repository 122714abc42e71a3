"""Bodies that a JSON Schema allows, and the same with one thing wrong: what it is and where it stands."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_SAMPLES = {
    "uuid": "019a0000-0000-7000-8000-000000000001",
    "date": "2026-03-02",
    "date-time": "2026-03-02T04:00:00Z",
}
#: Per format, texts that are none.
_NOT_OF_FORMAT = {
    "uuid": ["019a0000", "00000000-0000-0000-0000-00000000000g"],
    # Numbers are read as seconds by lenient programs; nothing that matters here happens outside of a few generations.
    "date": ["2026-02-30", "02.03.2026", "1772409600", "0001-01-01", "9999-12-31"],
    "date-time": ["yesterday", "2026-03-02T25:00:00Z", "2026-03-02T04:00:00", "1772409600"],
}


@dataclass(frozen=True)
class Wrong:
    """A body with one thing wrong.

    Attributes:
        what: Names the case.
        pointer: Where the answer must point to.
        body: What to send.
    """

    what: str
    pointer: str
    body: Any


class Schemas:
    """The schemas of one OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._parts: Mapping[str, Schema] = document.get("components", {}).get("schemas", {})

    def resolved(self, schema: Schema) -> Schema:
        """Follow references and take the first choice that is not null."""
        if "$ref" in schema:
            return self.resolved(self._parts[schema["$ref"].rpartition("/")[2]])
        for choices in ("anyOf", "oneOf", "allOf"):
            if choices in schema:
                return self.resolved(next(choice for choice in schema[choices] if choice.get("type") != "null"))
        return schema

    def sample(self, schema: Schema) -> Any:
        """Return a value of this schema, objects with their required fields only."""
        found = self.resolved(schema)
        for given in ("const", "default"):
            if found.get(given) is not None:
                return found[given]
        for told in (*schema.get("examples", ()), *found.get("examples", ())):
            return told
        match found.get("type"):
            case "object":
                properties = found.get("properties", {})
                return {name: self.sample(properties[name]) for name in found.get("required", ())}
            case "array":
                return [self.sample(found["items"])] * max(1, found.get("minItems", 1))
            case "integer" | "number":
                return max(1, found.get("minimum", 1))
            case "boolean":
                return True
            case _:
                return self._text(found)

    def _text(self, schema: Schema) -> str:
        if "enum" in schema:
            return str(schema["enum"][0])
        return _SAMPLES.get(schema.get("format", ""), "a" * max(1, schema.get("minLength", 1)))

    def wrong(self, schema: Schema) -> Iterator[Wrong]:
        """Yield a whole body for each thing that can be wrong in it."""
        valid = self.sample(schema)
        yield Wrong("a list instead of an object", "", [valid])
        for pointer, what, value in self._inside(schema, ""):
            body = deepcopy(valid)
            self._put(body, schema, pointer.split("/")[1:], value)
            yield Wrong(what, pointer, body)

    def _put(self, body: Any, schema: Schema, path: list[str], value: Any) -> None:
        """Set `value` at `path`; what is on the way and missing is made."""
        place, found = path[0], self.resolved(schema)
        if isinstance(body, list):
            body[:] = body[:1] or [None]
            inside: Any = body[0]
        else:
            inside = body.get(place)
        if len(path) > 1:
            inner: Schema = found["items"] if isinstance(body, list) else found["properties"][place]
            inside = inside or self.sample(inner)
            self._put(inside, inner, path[1:], value)
            value = inside
        body[0 if isinstance(body, list) else place] = value

    def _inside(self, schema: Schema, pointer: str) -> Iterator[tuple[str, str, Any]]:
        found = self.resolved(schema)
        if found.get("type") == "object" and found.get("properties"):
            yield f"{pointer}/no_such_field", "an unknown field", 1
            for name, inner in found["properties"].items():
                yield from self._value(inner, f"{pointer}/{name}")

    def _value(self, schema: Schema, pointer: str) -> Iterator[tuple[str, str, Any]]:
        found = self.resolved(schema)
        match found.get("type"):
            case "object" if found.get("properties"):
                yield pointer, "a number instead of an object", 12.5
                yield from self._inside(found, pointer)
            case "object":
                yield pointer, "a list instead of an object", []
            case "array":
                yield pointer, "a text instead of a list", "a"
                if "maxItems" in found:
                    yield pointer, "too many items", [self.sample(found["items"])] * (found["maxItems"] + 1)
                yield from self._value(found["items"], f"{pointer}/0")
            case "integer" | "number":
                yield from _wrong_numbers(found, pointer)
            case "boolean":
                yield pointer, "a text instead of a truth value", "perhaps"
            case _:
                yield from _wrong_texts(found, pointer)


def _wrong_numbers(schema: Schema, pointer: str) -> Iterator[tuple[str, str, Any]]:
    yield pointer, "a text instead of a number", "many"
    if schema["type"] == "integer":
        yield pointer, "a fraction instead of a whole number", 1.5
    yield pointer, "a number below all", schema.get("minimum", schema.get("exclusiveMinimum", -(2**80))) - 1
    yield pointer, "a number above all", schema.get("maximum", schema.get("exclusiveMaximum", 2**80)) + 1


def _wrong_texts(schema: Schema, pointer: str) -> Iterator[tuple[str, str, Any]]:
    yield pointer, "a number instead of a text", 5
    for text in _NOT_OF_FORMAT.get(schema.get("format", ""), ()):
        yield pointer, f"no {schema['format']}", text
    if "enum" in schema or "const" in schema:
        yield pointer, "an unknown code", "no_such_code"
    elif "format" not in schema:
        yield pointer, "a text without end", "长" * (schema.get("maxLength", 20_000) + 1)
        yield pointer, "a text with a control character", "a\x00b"
