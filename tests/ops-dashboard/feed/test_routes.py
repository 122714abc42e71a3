from datetime import timedelta
from typing import Any

from sqlalchemy import text

from ops_dashboard.feed import rules
from ops_dashboard.feed.service import forget_old
from shared.events.client_profile import ClientActivated, ClientRegistered
from shared.ids import new_id
from shared.testing.service import START, ServiceKit
from shared.timers import LIMIT


async def test_the_newest_entries_are_listed_first(kit: ServiceKit, world: Any) -> None:
    client_id = new_id()
    await world.hear(
        ClientRegistered(occurred_at=START, client_id=client_id, kind="person"),
        ClientActivated(occurred_at=START, client_id=client_id),
    )

    page = await world.shown("/v1/feed/entries")
    only = await world.shown("/v1/feed/entries", type="client-profile.client.registered.v1")

    assert [entry["seq"] for entry in page["items"]] == [2, 1]
    assert page["items"][1]["data"] == {"client_id": str(client_id), "kind": "person", "channel_id": None}
    assert page["items"][1]["title"] == "客户建档"
    assert [entry["seq"] for entry in only["items"]] == [1]


async def test_all_pages_of_the_list_hold_every_entry_once(world: Any) -> None:
    await world.hear(*(ClientActivated(occurred_at=START, client_id=new_id()) for _ in range(10)))

    assert [entry["seq"] for entry in await world.listed("/v1/feed/entries")] == list(range(10, 0, -1))


async def test_an_id_from_the_future_is_told_to_reload(kit: ServiceKit) -> None:
    answer = await kit.staff("operations").get("/v1/feed", headers={"Last-Event-ID": "99"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "event: reset\ndata: {}\n\n"


async def test_an_id_older_than_what_is_kept_is_told_to_reload(kit: ServiceKit, world: Any) -> None:
    await world.hear(*(ClientActivated(occurred_at=START, client_id=new_id()) for _ in range(5)))
    old = {"before": START - timedelta(days=rules.KEEP_DAYS, seconds=1)}
    async with kit.database.transaction() as session:
        await session.execute(text("UPDATE feed_entry SET received_at = :before WHERE seq <= 3"), old)
        await session.execute(text("UPDATE feed_entry SET received_at = :now WHERE seq > 3"), {"now": START})
        assert await forget_old(session, START, LIMIT) == 3
        assert await forget_old(session, START, LIMIT) == 0

    answer = await kit.staff("operations").get("/v1/feed", headers={"Last-Event-ID": "2"})

    assert answer.text.startswith("event: reset")
    assert [entry["seq"] for entry in await world.listed("/v1/feed/entries")] == [5, 4]


async def test_a_bad_id_is_refused(kit: ServiceKit) -> None:
    for wrong in ("x", "-1", "1.5", str(2**63)):
        answer = await kit.staff("operations").get("/v1/feed", headers={"Last-Event-ID": wrong})
        assert answer.status_code == 422, wrong
        assert answer.headers["content-type"] == "application/problem+json"


async def test_more_streams_than_a_process_serves_are_asked_to_come_back(kit: ServiceKit) -> None:
    kit.app.state.feed.streams = rules.MAX_STREAMS

    answer = await kit.staff("operations").get("/v1/feed")

    assert answer.status_code == 503
    assert answer.json()["code"] == "too_many_streams"
    assert answer.headers["retry-after"] == "10"
