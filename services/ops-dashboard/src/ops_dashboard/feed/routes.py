"""The live feed of all events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse

from ops_dashboard.feed import queries, rules, service
from ops_dashboard.feed.schemas import FeedEntryRead
from ops_dashboard.feed.tables import FeedEntry
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import SessionDep, router

routes = router("Feed")


@routes.get(
    "/feed",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problems.docs(rules.TooManyStreams)},
)
async def stream_feed(
    request: Request,
    session: SessionDep,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**62, description="Number of the last entry seen")] = None,
) -> StreamingResponse:
    """Stream events as they come (server-sent events); resumes after `Last-Event-ID`.

    Each has its number as `id` and an entry as JSON `data`. An event `reset` says: too old, load the page anew and
    begin without `Last-Event-ID`. The stream ends after 15 minutes; connect again.
    """
    state = request.app.state
    if getattr(state, "streams", 0) >= rules.MAX_STREAMS:
        raise rules.TooManyStreams("This process serves as many live feeds as it may; try again.")
    after = await service.begin(session, last_event_id)

    async def counted() -> AsyncIterator[str]:
        state.streams = getattr(state, "streams", 0) + 1
        try:
            async for text in service.stream(state.database, after, lambda: getattr(state, "stopping", False)):
                yield text
        finally:
            state.streams -= 1

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)


@routes.get("/feed/entries")
async def list_feed_entries(
    session: SessionDep, page: PageDep, type: Annotated[str | None, Query(max_length=120)] = None
) -> Page[FeedEntryRead]:
    """List the newest events first; `type` filters, e.g. `complaints.complaint.registered.v1`."""
    entries, cursor = await pages.fetch(
        session, queries.select_entries(type), page, by=(FeedEntry.seq,), descending=True
    )
    return Page(items=[FeedEntryRead.model_validate(entry) for entry in entries], next_cursor=cursor)
