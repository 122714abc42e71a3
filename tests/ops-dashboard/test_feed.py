import asyncio
import json
from typing import Any

import pytest

from ops_dashboard.feed import service
from ops_dashboard.feed.rules import frame, starts_at
from ops_dashboard.worker import HANDLERS
from shared.events.client_profile import ClientActivated, ClientRegistered
from shared.ids import new_id
from shared.testing.service import START, ServiceKit


async def _arrive(kit: ServiceKit, count: int) -> None:
    await kit.receive(HANDLERS, *(ClientActivated(occurred_at=START, client_id=new_id()) for _ in range(count)))


async def _read(kit: ServiceKit, after: int | None, wanted: int) -> list[tuple[int, dict[str, Any]]]:
    """Read entries from a stream until there are `wanted`, for at most five seconds."""
    seen: list[tuple[int, dict[str, Any]]] = []
    async with asyncio.timeout(5):
        async for text in service.stream(kit.database, after, lambda: len(seen) >= wanted):
            for part in text.split("\n\n"):
                fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
                if fields.get("event") == "entry":
                    seen.append((int(fields["id"]), json.loads(fields["data"])))
    return seen


@pytest.mark.parametrize(
    ("last_seen", "oldest", "newest", "after"),
    [
        (None, 1, 0, 0),
        (None, 1, 7, 7),
        (3, 1, 7, 3),
        (7, 1, 7, 7),
        (0, 1, 7, 0),
        (4, 5, 7, 4),
        (3, 5, 7, None),
        (8, 1, 7, None),
    ],
)
def test_a_stream_resumes_where_the_browser_was_or_tells_it_to_reload(
    last_seen: int | None, oldest: int, newest: int, after: int | None
) -> None:
    assert starts_at(last_seen, oldest, newest) == after


def test_an_entry_is_one_frame() -> None:
    assert frame(7, "{}") == "id: 7\nevent: entry\ndata: {}\n\n"


async def test_every_event_is_numbered_once_without_gaps(kit: ServiceKit) -> None:
    await _arrive(kit, 3)
    await _arrive(kit, 2)

    seen = await _read(kit, 0, 5)

    assert [seq for seq, _ in seen] == [1, 2, 3, 4, 5]
    assert {entry["type"] for _, entry in seen} == {"client-profile.client.activated.v1"}


async def test_a_rolled_back_batch_leaves_no_gap(kit: ServiceKit) -> None:
    event_id = new_id()
    event = ClientActivated(occurred_at=START, client_id=new_id())
    with pytest.raises(Exception, match="feed_entry_event_id_key"):
        await kit.receive(HANDLERS, event, event, id=event_id)

    await _arrive(kit, 1)

    assert [seq for seq, _ in await _read(kit, 0, 1)] == [1]


async def test_a_stream_gives_what_comes_later_and_nothing_twice(kit: ServiceKit) -> None:
    await _arrive(kit, 2)
    reading = asyncio.create_task(_read(kit, 1, 4))
    await asyncio.sleep(0.1)
    await _arrive(kit, 3)

    assert [seq for seq, _ in await reading] == [2, 3, 4, 5]


async def test_the_newest_entries_are_listed_first(kit: ServiceKit) -> None:
    client_id = new_id()
    await kit.receive(
        HANDLERS,
        ClientRegistered(occurred_at=START, client_id=client_id, kind="person"),
        ClientActivated(occurred_at=START, client_id=client_id),
    )
    caller = kit.staff("operations")

    page = (await caller.get("/v1/feed/entries")).json()
    only = (await caller.get("/v1/feed/entries", params={"type": "client-profile.client.registered.v1"})).json()

    assert [entry["seq"] for entry in page["items"]] == [2, 1]
    assert page["items"][1]["data"] == {"client_id": str(client_id), "kind": "person", "channel_id": None}
    assert [entry["seq"] for entry in only["items"]] == [1]


async def test_an_id_from_the_future_is_told_to_reload(kit: ServiceKit) -> None:
    answer = await kit.staff("operations").get("/v1/feed", headers={"Last-Event-ID": "99"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("event: reset")


async def test_the_feed_is_for_those_who_watch(kit: ServiceKit) -> None:
    assert (await kit.staff("relationship_manager").get("/v1/feed/entries")).status_code == 403
    assert (await kit.client(new_id()).get("/v1/feed/entries")).status_code == 403
    assert (await kit.staff("operations").get("/v1/feed", headers={"Last-Event-ID": "x"})).status_code == 422


async def test_the_page_and_its_files_are_served(kit: ServiceKit) -> None:
    caller = kit.staff("operations")

    page = await caller.get("/operations")
    assert page.status_code == 200
    assert "运营总览" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for file in ("operations.js", "operations.css"):
        assert (await caller.get(f"/operations/{file}")).status_code == 200
    assert (await caller.get("/operations/permissions.py")).status_code == 422
