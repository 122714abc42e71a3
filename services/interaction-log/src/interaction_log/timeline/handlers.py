"""Puts every event that concerns a client on its timeline; the same in whatever order they arrive."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from interaction_log.timeline import queries
from interaction_log.timeline.rules import TITLES
from shared.delivery.handlers import Handlers, projection
from shared.erasure.guard import erased_among
from shared.events.base import Event, Received


async def add_entries(session: AsyncSession, run: list[Received[Event]]) -> None:
    """Keep the events that concern a client, and which clients the cases among them concern.

    Of erased clients nothing is kept but what happened to a case, without its client.
    """
    entries = [_entry(received) for received in run if received.type in TITLES]
    about_cases = [entry for entry in entries if entry["complaint_id"] is not None]
    links = [
        {"client_id": entry["client_id"], "complaint_id": entry["complaint_id"]}
        for entry in about_cases
        if entry["client_id"] is not None
    ]
    for entry in about_cases:
        entry["client_id"] = None
    gone = await erased_among(session, {one["client_id"] for one in (*entries, *links) if one["client_id"]})
    links = [link for link in links if link["client_id"] not in gone]
    kept = [
        entry for entry in entries if (entry["client_id"] or entry["complaint_id"]) and entry["client_id"] not in gone
    ]
    if kept:
        await queries.add_entries(session, kept)
    if links:
        await queries.link_cases(session, links)


def _entry(received: Received[Event]) -> dict[str, Any]:
    data = received.event.model_dump(mode="json", exclude={"occurred_at", "client_id"}, exclude_none=True)
    return {
        "event_id": received.id,
        "occurred_at": received.event.occurred_at,
        "type": received.type,
        "client_id": getattr(received.event, "client_id", None),
        "complaint_id": getattr(received.event, "complaint_id", None),
        "data": data,
    }


HANDLERS: Handlers = {Event: projection(add_entries, batch=True)}
