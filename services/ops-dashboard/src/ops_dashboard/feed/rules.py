"""The feed: every event once, numbered in the order in which it became visible."""

from shared.errors import Unavailable
from shared.events.titles import TITLES

#: Entries sent per look; more are sent at the next.
ENTRIES_PER_LOOK = 500
LOOK_EVERY_SECONDS = 0.5
HEARTBEAT_SECONDS = 15
#: A stream ends after this time; the browser resumes it, and its rights are checked anew.
STREAM_SECONDS = 300
#: A browser that takes nothing for so long is cut; it resumes.
STALLED_SECONDS = 20
MAX_STREAMS = 100
#: Entries kept in memory for the streams of a process.
RECENT_ENTRIES = 2000
KEEP_DAYS = 30


class TooManyStreams(Unavailable):
    """This process serves as many live feeds as it may."""

    code = "too_many_streams"
    retry_after_seconds = 10


def starts_at(last_seen: int | None, oldest: int, newest: int) -> int | None:
    """Return the number after which a stream begins, or None if the browser must reload its picture first.

    Args:
        last_seen: The number the browser saw last; None for a new stream, which begins with what comes next.
        oldest: Number of the oldest entry kept; `newest + 1` if there is none.
        newest: Number of the newest entry ever given; 0 if there is none.
    """
    if last_seen is None:
        return newest
    if last_seen > newest or last_seen < oldest - 1:
        return None
    return last_seen


def title_of(type_: str) -> str:
    """Return what an event type is called; a type of tomorrow goes by its own name."""
    return TITLES.get(type_, type_)


def frame(seq: int, data: str) -> str:
    """Return one entry as a server-sent event. `data` is JSON without line breaks."""
    return f"id: {seq}\nevent: entry\ndata: {data}\n\n"
