"""Whether an event schema may follow another under the same type: it only grows, and never shrinks.

Events are kept for years and read by consumers of yesterday, so both directions count. Allowed is: a new optional field
with a default, a wider limit, one more enum value (codes of tomorrow are kept as they are by every consumer). Whatever
is not known to be allowed is refused; it needs a class of the next major version, published beside the old one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

#: Words for people and tools; they bind no payload.
_ANNOTATIONS = {"$schema", "$defs", "title", "description", "examples", "x-consumers"}
_LOWER_LIMITS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER_LIMITS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_NESTED = {"properties", "required", "items", "anyOf", "enum", "$ref"}


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Return one sentence for each way in which `new` is no mere growth of `old`, both JSON Schemas of one type."""
    return list(_compare(old, new, old.get("$defs", {}), new.get("$defs", {}), "event"))


def broken_promises(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[str]:
    """Return what the types of `current` break of what was `released`, both by type.

    A type may go when the next major version is there and the last release named no consumer of it any more.
    """
    broken = []
    for type_, schema in sorted(released.items()):
        if type_ in current:
            broken += [f"{type_}: {problem}" for problem in incompatibilities(schema, current[type_])]
        elif schema.get("x-consumers") or _next_major(type_) not in current:
            broken.append(f"{type_}: gone, though consumers may still read it")
    return broken


def _next_major(type_: str) -> str:
    name, _, major = type_.rpartition(".v")
    return f"{name}.v{int(major) + 1}"


def _compare(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, place: str) -> Iterator[str]:
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    for word in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _NESTED):
        yield from _compare_word(word, old.get(word), new.get(word), place)
    yield from _compare_enums(old.get("enum"), new.get("enum"), place)
    yield from _compare_fields(old, new, place)
    for name in sorted(old.get("properties", {}).keys() & new.get("properties", {}).keys()):
        below = f"{place}.{name}"
        yield from _compare(old["properties"][name], new["properties"][name], old_defs, new_defs, below)
    if ("items" in old) != ("items" in new):
        yield f"{place}: what a list holds changed"
    elif "items" in old:
        yield from _compare(old["items"], new["items"], old_defs, new_defs, f"{place}[]")
    arms, new_arms = old.get("anyOf", []), new.get("anyOf", [])
    if len(arms) != len(new_arms):
        yield f"{place}: the kinds of value changed"
        return
    for arm, new_arm in zip(arms, new_arms, strict=True):
        yield from _compare(arm, new_arm, old_defs, new_defs, place)


def _resolve(schema: Schema, definitions: Schema) -> Schema:
    """Return a schema with what it refers to in its place."""
    if "$ref" not in schema:
        return schema
    return {**definitions[schema["$ref"].removeprefix("#/$defs/")], **schema}


def _compare_word(word: str, old: Any, new: Any, place: str) -> Iterator[str]:
    if old == new and type(old) is type(new):
        return
    if word in _LOWER_LIMITS | _UPPER_LIMITS:
        is_wider = new is None or (old is not None and (new < old if word in _LOWER_LIMITS else new > old))
        if not is_wider:
            yield f"{place}: {word} is narrower: {old} → {new}"
        return
    yield f"{place}: {word} changed: {old!r} → {new!r}"


def _compare_enums(old: list[Any] | None, new: list[Any] | None, place: str) -> Iterator[str]:
    if (old is None) != (new is None):
        yield f"{place}: an enum {'came' if old is None else 'went'}"
        return
    for gone in [value for value in old or [] if value not in (new or [])]:
        yield f"{place}: the value {gone!r} is gone"


def _compare_fields(old: Schema, new: Schema, place: str) -> Iterator[str]:
    fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in sorted(fields.keys() - new_fields.keys()):
        yield f"{place}.{name}: the field is gone"
    for name in sorted(set(old.get("required", [])) ^ set(new.get("required", []))):
        if name in fields and name in new_fields:
            yield f"{place}.{name}: {'no longer' if name in old.get('required', []) else 'now'} required"
    for name in sorted(new_fields.keys() - fields.keys()):
        if old.get("additionalProperties") is False:
            yield f"{place}.{name}: a new field where consumers refuse unknown ones"
        if name in new.get("required", []) or "default" not in new_fields[name]:
            yield f"{place}.{name}: a new field without a default"
