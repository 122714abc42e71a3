"""What the docstrings of the event classes say, for pages and documents made of them."""

import inspect
import re

from shared.events.base import Event

_FIELD = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def sentence_of(event: type[Event]) -> str:
    """Return what an event says happened, on one line."""
    return " ".join(_doc(event).partition("\nAttributes:")[0].split())


def meanings_of(event: type[Event]) -> dict[str, str]:
    """Return what each field means that the class or one it extends tells of; an id needs no words."""
    meanings = {name: _id_meaning(name) for name in event.model_fields if name.endswith("_id")}
    for ancestor in reversed(event.__mro__):
        if issubclass(ancestor, Event):
            attributes = _doc(ancestor).partition("\nAttributes:")[2]
            meanings |= {name: " ".join(words.split()) for name, words in _FIELD.findall(attributes)}
    return {name: meanings[name] for name in event.model_fields if name in meanings}


def _doc(event: type[Event]) -> str:
    # Only its own: inspect.getdoc would give that of a parent.
    return inspect.cleandoc(event.__dict__.get("__doc__") or "")


def _id_meaning(name: str) -> str:
    words = name.removesuffix("_id").replace("_", " ")
    return f"The {words}."
