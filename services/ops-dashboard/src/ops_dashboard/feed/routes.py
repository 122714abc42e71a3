"""The live feed of all events."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from ops_dashboard.feed import queries, rules, service
from ops_dashboard.feed.schemas import FeedEntryRead
from ops_dashboard.feed.tables import FeedEntry
from shared.http import pages, problems
from shared.http.pages import Page, PageDep
from shared.http.routing import SessionDep, router
from shared.log import get_logger

log = get_logger(__name__)

routes = router("Feed")


class FeedStream(StreamingResponse):
    """A live feed: counted while it lasts, and cut when its reader takes nothing for `stalled_seconds`."""

    def __init__(
        self, feed: service.Feed, content: AsyncIterator[str], *, stalled_seconds: float = rules.STALLED_SECONDS
    ) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._feed = feed
        self._stalled_seconds = stalled_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; however it ends, it is no longer counted."""
        self._feed.streams += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.streams -= 1

    async def stream_response(self, send: Send) -> None:
        """Send what comes; what cannot be sent in time ends the stream."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._stalled_seconds):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            log.info("a live feed was cut: its reader takes nothing")


def _feed(request: Request) -> service.Feed:
    """Return what the streams of this process share."""
    state = request.app.state
    if not hasattr(state, "feed"):
        state.feed = service.Feed(state.database)
    feed: service.Feed = state.feed
    return feed


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
    begin without `Last-Event-ID`. The stream ends after 5 minutes, or when nothing is read for 20 seconds; connect
    again.
    """
    feed = _feed(request)
    if feed.streams >= rules.MAX_STREAMS:
        raise rules.TooManyStreams("This process serves as many live feeds as it may; try again.")
    after = await service.begin(session, last_event_id)
    is_stopping = partial(getattr, request.app.state, "stopping", False)
    return FeedStream(feed, service.stream(feed, after, is_stopping))


@routes.get("/feed/entries")
async def list_feed_entries(
    session: SessionDep, page: PageDep, type: Annotated[str | None, Query(max_length=120)] = None
) -> Page[FeedEntryRead]:
    """List the newest events first; `type` filters, e.g. `complaints.complaint.registered.v1`."""
    entries, cursor = await pages.fetch(
        session, queries.select_entries(type), page, by=(FeedEntry.seq,), descending=True
    )
    return Page(items=[service.read(entry) for entry in entries], next_cursor=cursor)
