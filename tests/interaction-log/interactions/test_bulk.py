import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from interaction_log.worker import TIMERS
from shared.ids import new_id
from shared.testing.service import ServiceKit
from shared.testing.statements import statements
from shared.timers import run_due


def item(number: int, client_id: UUID, **fields: Any) -> dict[str, Any]:
    """Return a call of the past that reached the client."""
    defaults = {
        "external_id": str(number),
        "client_id": str(client_id),
        "kind": "call",
        "direction": "outbound",
        "started_at": datetime(2025, 6, 2, 1, tzinfo=UTC).isoformat(),
        "duration_seconds": 180,
        "is_reached": True,
        "outcome": "interested",
        "attributes": {"campaign": 1, "previous": 0, "poutcome": "unknown"},
    }
    return {**defaults, **fields}


async def send(kit: ServiceKit, *items: object, origin: str = "uci") -> httpx.Response:
    return await kit.staff("operations").post("/v1/interactions/bulk", json={"origin": origin, "items": list(items)})


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["status"] for result in answer.json()["results"]]


async def test_items_are_created_once_and_unchanged_ones_give_no_event(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    items = [item(n, client_id, is_reached=n % 2 == 0) for n in range(1, 5)]

    first = await send(kit, *items)
    await world.forget_outbox()
    again = await send(kit, *items)

    assert statuses(first) == ["created"] * 4
    assert statuses(again) == ["unchanged"] * 4
    assert [result["id"] for result in first.json()["results"]] == [result["id"] for result in again.json()["results"]]
    assert await kit.count("interaction") == 4
    assert await kit.count("outbox") == await kit.count("interaction_version") == 0


async def test_a_changed_item_is_a_correction_that_keeps_what_stood_there(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    await send(kit, item(1, client_id), item(2, client_id))
    await world.forget_outbox()

    answer = await send(kit, item(1, client_id, duration_seconds=0, is_reached=False, outcome=None), item(2, client_id))

    assert statuses(answer) == ["updated", "unchanged"]
    assert await kit.events() == ["interaction.corrected"]
    (version,) = await world.rows("SELECT version, content, reason FROM interaction_version")
    assert (version["version"], version["reason"]) == (1, None)
    assert version["content"]["is_reached"] is True


async def test_one_bad_item_does_not_refuse_the_others(kit: ServiceKit, world: Any) -> None:
    client_id, other_id = await world.client(), await world.client()
    await send(kit, item(9, other_id))
    await world.forget_outbox()

    answer = await send(
        kit,
        item(1, client_id),
        item(2, client_id, kind="fax"),
        item(3, client_id, started_at="2031-01-01T00:00:00Z"),
        item(1, client_id),
        item(4, client_id, outcome="no_answer"),
        {"external_id": 5},
        item(9, client_id),
        item(6, client_id),
    )

    assert statuses(answer) == ["created", *["refused"] * 6, "created"]
    problems = [result["problem"] for result in answer.json()["results"]]
    assert [(problem["code"], problem["pointer"]) for problem in problems if problem] == [
        ("enum", "/items/1/kind"),
        ("not_begun", "/items/2/started_at"),
        ("duplicate", "/items/3/external_id"),
        ("outcome_contradicts", "/items/4/outcome"),
        ("missing", "/items/5/client_id"),
        ("external_id_taken", "/items/6/client_id"),
    ]
    assert await kit.events() == ["interaction.recorded"] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"origin": "uci", "items": []},
        {"origin": "UCI", "items": [{}]},
        {"origin": "uci", "items": [{}] * 1001},
        {"origin": "uci", "items": ["x"]},
        {"origin": "uci", "items": [{}], "more": 1},
    ],
)
async def test_a_malformed_call_is_refused_as_a_whole(kit: ServiceKit, body: dict[str, Any]) -> None:
    answer = await kit.staff("operations").post("/v1/interactions/bulk", json=body)

    assert answer.status_code == 422
    assert await kit.count("interaction") == 0


async def test_only_refused_items_are_answered_without_writing(kit: ServiceKit) -> None:
    assert statuses(await send(kit, {"external_id": "1"})) == ["refused"]
    assert await kit.count("client_stub") == await kit.count("outbox") == 0


async def test_the_same_items_sent_at_once_are_entered_once(kit: ServiceKit, world: Any) -> None:
    clients = [await world.client() for _ in range(5)]
    items = [item(n, clients[n % 5]) for n in range(40)]

    answers = await asyncio.gather(*(send(kit, *items[::step]) for step in (1, -1, 1, -1)))

    found = sorted(status for answer in answers for status in statuses(answer))
    assert found == ["created"] * 40 + ["unchanged"] * 120
    assert await kit.count("interaction") == 40


async def test_a_single_post_and_a_bulk_call_at_once_record_it_once(kit: ServiceKit, world: Any) -> None:
    client_id = await world.client()
    single = {**item(1, client_id), "origin": "uci"}

    answers = await asyncio.gather(
        *(send(kit, *(item(n, client_id) for n in (1, 2))) for _ in range(3)),
        *(kit.staff("customer_service").post("/v1/interactions", json=single) for _ in range(3)),
    )

    assert [answer.status_code for answer in answers if answer.status_code >= 400] == []
    assert await kit.count("interaction") == 2


async def test_an_import_of_the_past_plans_from_the_latest_contact_only(kit: ServiceKit, world: Any) -> None:
    manager_id = new_id()
    silent = await world.client(manager_id=manager_id, service_class="C")
    recent = await world.client(manager_id=manager_id, service_class="C")
    await world.forget_outbox()

    await send(
        kit,
        item(1, silent, started_at="2023-05-05T01:00:00Z"),
        item(2, silent, started_at="2024-05-05T01:00:00Z"),
        item(3, silent, started_at="2026-02-20T01:00:00Z", is_reached=False),
        item(4, recent, started_at="2025-11-17T01:00:00Z"),
        item(5, recent, started_at="2024-11-17T01:00:00Z"),
    )
    kit.now += timedelta(minutes=1)
    await world.run_timers()

    ((*_, silent_due),) = await world.follow_ups(silent)
    ((*_, recent_due),) = await world.follow_ups(recent)
    assert silent_due == date(2026, 3, 16)
    assert recent_due == date(2026, 5, 16)
    events = await kit.events()
    assert events.count("follow_up.missed") == events.count("follow_up.completed") == 0
    assert events.count("follow_up.scheduled") == 2


async def test_an_imported_contact_fulfills_what_was_due_before_the_day_passes(kit: ServiceKit, world: Any) -> None:
    """The call leaves planning to the timer; midnight may come between."""
    client_id = await world.client(manager_id=new_id(), service_class="C", at=datetime(2025, 9, 4, tzinfo=UTC))
    assert await world.follow_ups(client_id) == [("rhythm", "scheduled", date(2026, 3, 3))]
    kit.now = datetime(2026, 3, 3, 15, 59, tzinfo=UTC)
    (entered,) = (await send(kit, item(1, client_id, started_at="2026-03-03T03:00:00Z"))).json()["results"]
    kit.now += timedelta(minutes=2)

    for timer in reversed(TIMERS):
        await run_due(timer, kit.database, clock=lambda: kit.now)

    assert [status for _, status, _ in await world.follow_ups(client_id)] == ["completed", "scheduled"]
    (done,) = await world.rows("SELECT interaction_id FROM follow_up WHERE status = 'completed'")
    assert str(done["interaction_id"]) == entered["id"]
    assert await kit.count("client_stub WHERE is_unplanned") == 0


async def test_a_thousand_items_take_few_statements(kit: ServiceKit, world: Any) -> None:
    """Each with another active client whose follow-up moves, which is the most that one call can cause."""
    async with kit.database.transaction() as session:
        await (await session.connection()).exec_driver_sql(
            "INSERT INTO client_stub (id, heard_at, registered_at, activated_at, is_active, manager_id, unit_id,"
            " status_version, assigned_version, classified_version, is_unplanned)"
            " SELECT gen_random_uuid(), now(), now(), '2026-02-01', true, gen_random_uuid(), gen_random_uuid(),"
            " 1, 1, 0, true FROM generate_series(1, 1000)"
        )
    await world.run_timers()
    clients = [row["id"] for row in await world.rows("SELECT id FROM client_stub")]
    await world.forget_outbox()
    items = [
        item(n, client_id, started_at=(kit.now - timedelta(minutes=n)).isoformat())
        for n, client_id in enumerate(clients)
    ]

    with statements(kit.database) as asked:
        answer = await send(kit, *items)

    assert statuses(answer) == ["created"] * 1000
    assert len(asked) < 20
    await world.run_timers()
    events = await kit.events()
    assert events.count("interaction.recorded") == events.count("follow_up.scheduled") == 1000
