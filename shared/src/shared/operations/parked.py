"""`parked`: what a consumer could not apply, listed, shown, replayed or given up."""

import json
from collections.abc import Sequence
from typing import Any

from shared.delivery import parking
from shared.delivery.envelope import printable
from shared.delivery.faults import told
from shared.delivery.reader import reader
from shared.log import mask
from shared.operations.screen import Refused, Screen
from shared.operations.service import Service, audit, transaction

_KIND = "parked_key"


async def show_keys(services: Sequence[Service], screen: Screen) -> int:
    """Print every key that is held back, oldest first."""
    rows = []
    for service in services:
        async with transaction(service) as session:
            keys = await parking.list_keys(session, service.name)
        rows += [
            (service.name, f"{key.parked_at:%Y-%m-%d %H:%M}", key.topic, key.key, key.events, key.reason)
            for key in keys
        ]
    if rows:
        screen.show(["service", "since (UTC)", "topic", "key", "#events", "reason"], rows)
    else:
        screen.say("nothing is parked")
    return 0


async def show_events(
    service: Service, topic: str, key: str, screen: Screen, *, as_is: bool, reason: str | None
) -> int:
    """Print the parked events of a key. Values are masked, `as_is` shows them; that somebody looked is audited.

    Raises:
        Refused: nothing is parked under this key.
    """
    async with transaction(service) as session:
        events = await parking.events_of(session, service.name, topic, key)
        if not events:
            raise Refused(f"{service.name} holds no event of {topic} {key}.")
        facts = {"topic": topic, "key": key, "events": len(events), "as_is": as_is}
        await audit(session, "parked_events_shown", kind=_KIND, key=key, reason=reason, facts=facts)
    for event in events:
        screen.say(f"{event.topic}[{event.partition}] offset {event.offset}")
        screen.say(f"  type   {mask(event.headers.get('ce_type', 'none'))}")
        screen.say(f"  id     {event.event_id or 'unreadable'}")
        screen.say(f"  time   {mask(event.headers.get('ce_time', 'none'))}")
        screen.say(f"  why    {event.error}")
        screen.say(f"  data   {printable(event.payload) if as_is else _masked(event.payload)}")
    return 0


def _masked(payload: bytes | None) -> str:
    """Return a payload so that its form can be judged: an event's ids, codes and numbers; of anything else the size.

    Our own events hold no personal data, but what another program put on the topic may hold anything.
    """
    try:
        content = json.loads(payload or b"")
    except ValueError:
        return f"{len(payload or b'')} bytes that are no JSON (--as-is shows them)"
    return json.dumps(_without_text(mask(content)), ensure_ascii=False)


def _without_text(value: Any) -> Any:
    """Replace what no id, code, day, instant or amount of ours looks like: texts with spaces or beyond ASCII."""
    if isinstance(value, dict):
        return {name: _without_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_text(inner) for inner in value]
    if isinstance(value, str) and (not value.isascii() or " " in value or "@" in value or len(value) > 64):
        return "***"
    return value


async def replay(service: Service, lanes: Sequence[tuple[str, str]], screen: Screen, *, reason: str | None) -> int:
    """Replay keys, each in a transaction of its own; return 0 if all are free, else 1.

    Raises:
        NotConfirmed: nobody said yes.
        Refused: there is nothing to replay.
    """
    if not lanes:
        raise Refused("No parked key has this reason: trust-crm parked list shows the reasons.")
    named = f"{lanes[0][0]} {lanes[0][1]}" if len(lanes) == 1 else f"{len(lanes)} keys"
    screen.confirm(
        [
            f"hand every parked event of {named} to the handlers of {service.name}, in order,"
            " all events of a key or none",
            "free each key for which that succeeds; events that come meanwhile wait for it",
        ]
    )
    own, failed = reader(service.name, service.handlers()), 0
    with screen.progress("replaying", len(lanes)) as done:
        for topic, key in lanes:
            try:
                async with transaction(service) as session:
                    applied = await parking.replay(session, own, topic, key)
                    facts = {"topic": topic, "key": key, "applied": applied}
                    await audit(session, "parked_events_replayed", kind=_KIND, key=key, reason=reason, facts=facts)
                screen.say(f"{topic} {key}: the key is free, events applied: {applied}")
            except Exception as error:  # a handler may raise anything; the other keys are tried all the same
                failed += 1
                screen.say(f"{topic} {key}: nothing changed: {told(error)}")
            done(1)
    return 1 if failed else 0


async def lanes_with_reason(service: Service, because: str) -> list[tuple[str, str]]:
    """Return the parked keys whose reason contains a text, oldest first."""
    async with transaction(service) as session:
        keys = await parking.list_keys(session, service.name)
    return [(key.topic, key.key) for key in keys if because in key.reason]


async def discard(service: Service, topic: str, key: str, screen: Screen, *, reason: str) -> int:
    """Give up the first parked event of a key.

    Raises:
        NotConfirmed: nobody said yes.
        Refused: the key holds no event, or another one than was shown.
    """
    async with transaction(service) as session:
        events = await parking.events_of(session, service.name, topic, key)
    if not events:
        raise Refused(f"{service.name} holds no event of {topic} {key}.")
    first = events[0]
    screen.confirm(
        [
            f"give up {mask(first.headers.get('ce_type', 'the message'))} at {topic}[{first.partition}]"
            f" offset {first.offset}: {service.name} will never apply it",
            f"leave what else is parked of the key (events: {len(events) - 1}) for a replay",
        ]
    )
    async with transaction(service) as session:
        gone = await parking.discard_first(session, service.name, topic, key)
        if gone.id != first.id:
            raise Refused("Somebody else has worked on this key meanwhile; look again.")
        facts = {"topic": topic, "key": key, "partition": gone.partition, "offset": gone.offset, "error": gone.error}
        await audit(session, "parked_event_discarded", kind=_KIND, key=key, reason=reason, facts=facts)
    screen.say(f"the event at offset {gone.offset} is given up; replay {topic} {key} to free the key")
    return 0
