"""Complaints of the past through the bulk endpoint."""

import asyncio
from typing import Any

from sqlalchemy import text

from shared.ids import new_id

MONEY = {"amount": "100.00", "currency": "CNY"}


async def take_in(desk: Any, *items: dict[str, Any], origin: str = "cfpb") -> list[dict[str, Any]]:
    body = {"origin": origin, "items": list(items)}
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"external_id": str(number), "received_on": "2025-01-10"} | fields


async def test_histories_become_cases_in_the_state_they_ended_in(desk: Any) -> None:
    client, channel = str(desk.client_id), str(new_id())
    results = await take_in(
        desk,
        item(1, client_id=client, channel_id=channel, product_class="Mortgage", reason_text="Loan servicing"),
        item(2, informed_on="2025-01-20", compensation=MONEY),
        item(3, informed_on="2025-01-30", review_requested=True),
        item(4, informed_on="2025-01-25", is_upheld=True, root_cause="process", compensation=MONEY),
        item(5, withdrawn_on="2025-01-12"),
    )

    assert [result["status"] for result in results] == ["created"] * 5
    rows = [await desk.row(result["id"]) for result in results]
    assert [row.status for row in rows] == ["registered", "informed", "review_requested", "closed", "withdrawn"]
    assert [row.is_in_time for row in rows] == [None, True, False, True, None]
    assert [row.number for row in rows] == [f"TS-2025-{place:06d}" for place in range(1, 6)]
    assert {str(row.due_on) for row in rows} == {"2025-01-25"}
    assert (rows[0].product_class, rows[0].reason_text, rows[0].reason) == ("Mortgage", "Loan servicing", "other")
    assert (rows[1].compensation, rows[3].root_cause) == (10_000, "process")
    told: dict[str, list[str]] = {}
    for type_, payload in await desk.kit.outbox():
        told.setdefault(payload["complaint_id"], []).append(type_.split(".")[2])
    assert [told[result["id"]] for result in results] == [
        ["registered"],
        ["registered", "informed"],
        ["registered", "informed", "review_requested"],
        ["registered", "decided", "informed", "closed"],
        ["registered", "withdrawn"],
    ]


async def test_each_case_gets_the_days_in_force_when_it_was_received(desk: Any) -> None:
    days = "complaint.decision_days"
    async with desk.kit.database.transaction() as session:
        await session.execute(text(f"UPDATE policy_row SET valid_to = '2025-01-05' WHERE code = '{days}'"))
        for valid_from, valid_to, value in (("2025-01-05", "'2025-01-08'", 16), ("2025-01-08", "NULL", 18)):
            row = f"('{days}', '{valid_from}', {valid_to}, '{value}', 'Test')"
            await session.execute(
                text(f"INSERT INTO policy_row (code, valid_from, valid_to, value, source) VALUES {row}")
            )
    try:
        received = [f"2025-01-{day:02d}" for day in range(1, 13)]
        results = await take_in(desk, *(item(n, received_on=day) for n, day in enumerate(received)))
        rows = [await desk.row(result["id"]) for result in results]
    finally:
        async with desk.kit.database.transaction() as session:
            await session.execute(text("DELETE FROM policy_row WHERE source = 'Test'"))
            await session.execute(text(f"UPDATE policy_row SET valid_to = NULL WHERE code = '{days}'"))

    assert [(row.due_on - row.received_on).days for row in rows] == [15] * 4 + [16] * 3 + [18] * 5


async def test_events_of_the_past_carry_the_day_they_happened(desk: Any) -> None:
    await take_in(desk, item(1, informed_on="2025-01-20"))

    assert [payload["occurred_at"] for _, payload in await desk.kit.outbox()] == [
        "2025-01-09T16:00:00Z",
        "2025-01-19T16:00:00Z",
    ]


async def test_an_imported_clock_can_be_proven(desk: Any) -> None:
    results = await take_in(
        desk, item(1, informed_on="2025-01-30", is_upheld=False), item(2, withdrawn_on="2025-01-12")
    )

    late, withdrawn = [(await desk.agent.get(f"/v1/complaints/{one['id']}/clock")).json() for one in results]
    assert (late["due_on"], late["stopped_on"], late["is_in_time"]) == ("2025-01-25", "2025-01-30", False)
    assert (withdrawn["stopped_on"], withdrawn["is_in_time"]) == ("2025-01-12", None)
    assert late["is_proven"]
    assert withdrawn["is_proven"]
    assert [step["event"]["complaint_version"] for step in late["steps"]] == [1, 3]
    assert await _events_named(desk, late, results[0]["id"])


async def _events_named(desk: Any, proof: dict[str, Any], complaint_id: str) -> bool:
    async with desk.kit.database.session() as session:
        statement = text("SELECT type, aggregate_version FROM outbox WHERE aggregate_id = :id")
        sent = {(row.type, row.aggregate_version) for row in await session.execute(statement, {"id": complaint_id})}
    return {(step["event"]["type"], step["event"]["complaint_version"]) for step in proof["steps"]} <= sent


async def test_the_same_items_again_change_nothing(desk: Any) -> None:
    items = [item(1, client_id=str(desk.client_id)), item(2, informed_on="2025-01-20", root_cause="staff")]
    first = await take_in(desk, *items)
    events = await desk.kit.events()

    again = await take_in(desk, *items)

    assert [result["status"] for result in again] == ["unchanged", "unchanged"]
    assert [result["id"] for result in again] == [result["id"] for result in first]
    assert await desk.kit.events() == events
    assert (await desk.row(first[0]["id"])).version == 1


async def test_what_became_known_is_added(desk: Any) -> None:
    await take_in(desk, item(1))
    later = item(1, client_id=str(desk.client_id), informed_on="2025-01-20")

    results = [
        (await take_in(desk, later))[0],
        (await take_in(desk, item(1, root_cause="channel", review_requested=True)))[0],
        (await take_in(desk, item(1, compensation=MONEY)))[0],
    ]

    assert [result["status"] for result in results] == ["updated"] * 3
    row = await desk.row(results[0]["id"])
    assert (row.status, row.root_cause, row.compensation, row.client_id) == (
        "review_requested",
        "channel",
        10_000,
        desk.client_id,
    )
    assert await desk.kit.events() == [
        "complaint.registered",
        "complaint.client_linked",
        "complaint.informed",
        "complaint.closed",
        "complaint.review_requested",
        "complaint.closed",
    ]
    proof = (await desk.agent.get(f"/v1/complaints/{row.id}/clock")).json()
    assert (proof["is_proven"], proof["stopped_on"]) == (True, "2025-01-20")


async def test_a_bad_item_is_refused_alone(desk: Any) -> None:
    results = await take_in(
        desk,
        item(1),
        item(2, received_on="2025-02-29"),
        item(3, received_on="2026-03-03"),
        item(4, reason="bad weather"),
        item(5, informed_on="2025-01-20", compensation={"amount": 100.0, "currency": "CNY"}),
        item(6, mood="angry"),
        item(1),
        item(8, review_requested=True),
        {"received_on": "2025-01-10"},
        item(10, product_class="x" * 121),
        item(11),
    )

    refusals = {place: result["problem"]["pointer"] for place, result in enumerate(results) if result["problem"]}
    assert refusals == {
        1: "/items/1/received_on",
        2: "/items/2/received_on",
        3: "/items/3/reason",
        4: "/items/4/compensation/amount",
        5: "/items/5/mood",
        6: "/items/6/external_id",
        7: "/items/7/review_requested",
        8: "/items/8/external_id",
        9: "/items/9/product_class",
    }
    assert [result["status"] for place, result in enumerate(results) if place not in refusals] == ["created"] * 2
    assert await desk.kit.count("complaint") == 2
    assert len(await desk.kit.events()) == 2


async def test_a_contradiction_is_refused_and_the_record_stays(desk: Any) -> None:
    first = await take_in(desk, item(1, informed_on="2025-01-20"))

    results = await take_in(desk, item(1, informed_on="2025-01-22"))

    assert results[0]["problem"]["code"] == "already_recorded"
    assert results[0]["problem"]["pointer"] == "/items/0/informed_on"
    assert str((await desk.row(first[0]["id"])).informed_on) == "2025-01-20"


async def test_a_case_taken_up_here_is_ended_here(desk: Any) -> None:
    created = await take_in(desk, item(1, received_on="2026-02-25"))
    await desk.does(desk.supervisor, created[0]["id"], "assign", {"handler_id": str(desk.handler_id)})

    results = await take_in(desk, item(1, received_on="2026-02-25", informed_on="2026-03-01"))

    assert results[0]["problem"]["code"] == "handled_here"


async def test_a_case_with_a_task_here_is_ended_here(desk: Any) -> None:
    created = await take_in(desk, item(1, received_on="2026-02-25", informed_on="2026-02-26"))
    task = {"what": "回访投诉人", "owner_id": str(desk.handler_id), "due_on": "2026-03-04"}
    await desk.does(desk.supervisor, created[0]["id"], "tasks", task)

    results = await take_in(desk, item(1, received_on="2026-02-25", informed_on="2026-02-26", root_cause="staff"))

    assert results[0]["problem"]["code"] == "handled_here"


async def test_a_case_decided_here_is_closed_here(desk: Any) -> None:
    codes = {"reason": "disclosure", "channel_code": "A1-03-2", "business_code": "B05-01-1", "reason_code": "C05"}
    created = await take_in(desk, item(1, received_on="2026-02-25", **codes))
    complaint_id = created[0]["id"]
    await desk.does(desk.supervisor, complaint_id, "assign", {"handler_id": str(desk.handler_id)})
    await desk.does(desk.handler, complaint_id, "propose", desk.proposal)
    version = (await desk.row(complaint_id)).version
    await desk.does(desk.supervisor, complaint_id, "approve", None, {"If-Match": f'"{version}"'})
    await desk.inform(complaint_id)

    results = await take_in(desk, item(1, received_on="2026-02-25", root_cause="staff"))

    assert results[0]["problem"]["code"] == "handled_here"
    assert (await desk.row(complaint_id)).status == "informed"


async def test_an_import_that_waits_for_a_client_keeps_nobody_from_a_number(desk: Any) -> None:
    """Who registers holds its client and then asks for a number: the other way round the two would wait for ever."""
    await desk.registered()
    database = desk.kit.database
    async with database.transaction() as registering:
        held = text("SELECT FROM client_stub WHERE id = :id FOR UPDATE")
        await registering.execute(held, {"id": desk.client_id})
        import_ = asyncio.create_task(take_in(desk, item(1, received_on="2026-02-01", client_id=str(desk.client_id))))
        await _until_somebody_waits(database)
        async with database.transaction() as other:
            await other.execute(text("SELECT FROM case_sequence WHERE year = 2026 FOR UPDATE NOWAIT"))
    assert [result["status"] for result in await import_] == ["created"]


async def _until_somebody_waits(database: Any) -> None:
    statement = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20):
        while True:
            async with database.session() as session:
                if (await session.execute(statement)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def test_origins_do_not_mix(desk: Any) -> None:
    await take_in(desk, item(1), origin="cfpb")
    await take_in(desk, item(1), origin="old-desk")

    assert await desk.kit.count("complaint") == 2


async def test_the_envelope_itself_is_checked(desk: Any) -> None:
    operations = desk.kit.staff("operations")
    for body, pointer in (
        ({"origin": "cfpb", "items": []}, "/items"),
        ({"origin": "CFPB!", "items": [item(1)]}, "/origin"),
        ({"items": [item(1)]}, "/origin"),
        ({"origin": "cfpb", "items": [item(1)], "dry_run": True}, "/dry_run"),
        ({"origin": "cfpb", "items": [item(n) for n in range(1001)]}, "/items"),
    ):
        desk.refused(await operations.post("/v1/complaints/bulk", json=body), 422, "invalid", pointer)
    assert await desk.kit.count("complaint") == 0


async def test_a_thousand_items_go_in_at_once(desk: Any) -> None:
    results = await take_in(desk, *(item(n, client_id=str(new_id()), informed_on="2025-01-20") for n in range(1000)))

    assert {result["status"] for result in results} == {"created"}
    assert await desk.kit.count("outbox") == 2000
    assert await desk.kit.count("clock_entry") == 2000
    assert await desk.kit.count("client_stub") == 1001
