"""Reading and listing: who sees which cases, and how much of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from complaints.worker import HANDLERS
from shared.events.client_profile import ClientAssigned
from shared.ids import new_id


async def listed(caller: Any, **query: Any) -> list[str]:
    answer = await caller.get("/v1/complaints", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_rows_are_seen_by_those_they_concern(desk: Any) -> None:
    mine = await desk.registered()
    strangers = await desk.registered(client_id=None, complainant={"name": "王小明", "phone": "13812341234"})
    others = await desk.registered(client_id=str(new_id()))
    unit = desk.unit_id

    everything = {mine, strangers, others}
    for role in (
        "complaint_handler",
        "complaint_supervisor",
        "executive",
        "compliance",
        "auditor",
        "consumer_protection",
    ):
        assert set(await listed(desk.kit.staff(role))) == everything, role
    assert await listed(desk.kit.staff("relationship_manager", id=desk.manager_id)) == [mine]
    assert await listed(desk.kit.staff("relationship_manager")) == []
    assert await listed(desk.kit.staff("team_lead", unit_id=unit)) == [mine]
    assert await listed(desk.kit.staff("team_lead", unit_id=new_id(), unit_ids=[unit])) == [mine]
    assert await listed(desk.kit.staff("team_lead", unit_id=new_id())) == []
    assert await listed(desk.kit.client(desk.client_id)) == [mine]


async def test_a_case_follows_its_client_to_the_new_manager(desk: Any) -> None:
    mine, successor = await desk.registered(), new_id()
    handed_over = ClientAssigned(
        occurred_at=desk.kit.now + timedelta(seconds=1),
        client_id=desk.client_id,
        manager_id=successor,
        unit_id=new_id(),
        previous_manager_id=desk.manager_id,
    )
    await desk.kit.receive(HANDLERS, handed_over)

    assert await listed(desk.kit.staff("relationship_manager", id=successor)) == [mine]
    assert await listed(desk.kit.staff("relationship_manager", id=desk.manager_id)) == []


@pytest.mark.parametrize(
    "role", ["relationship_manager", "team_lead", "complaint_supervisor", "complaint_handler", "executive"]
)
async def test_nobody_reads_a_complaint_about_themselves(desk: Any, role: str) -> None:
    complaint_id = await desk.registered(named_staff_id=str(desk.manager_id))
    named = desk.kit.staff(role, id=desk.manager_id, unit_id=desk.unit_id)

    assert await listed(named) == []
    for path in ("", "/clock"):
        desk.refused(await named.get(f"/v1/complaints/{complaint_id}{path}"), 404, "not_found")
    if role in ("complaint_supervisor", "executive"):
        answer = await named.post(f"/v1/complaints/{complaint_id}/extend", json={"reason": "情况复杂"})
        desk.refused(answer, 404, "not_found")


async def test_outside_the_company_only_what_is_theirs_is_shown(desk: Any) -> None:
    channel_id = new_id()
    fields = {"channel_id": str(channel_id), "named_staff_id": str(desk.manager_id), "level": "major"}
    complaint_id = await desk.decided(**fields)
    outside = (desk.kit.client(desk.client_id), desk.kit.channel(channel_id, "complaint.read"))

    for caller in outside:
        read = (await caller.get(f"/v1/complaints/{complaint_id}")).json()
        shown = {name for name, value in read.items() if value not in (None, [])}
        hidden = {"handler_id", "named_staff_id", "level", "registered_by", "proposed_by", "decision", "is_upheld"}
        assert not shown & hidden
        assert read["due_on"] == "2026-03-17"
    await desk.inform(complaint_id)
    for caller in outside:
        read = (await caller.get(f"/v1/complaints/{complaint_id}")).json()
        assert (read["decision"], read["is_upheld"]) == (desk.proposal["decision"], True)
        assert (read["handler_id"], read["inform_proof"], read["root_cause"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "pointer"), [("level=major", "/query/level"), ("handler_id={id}", "/query/handler_id")]
)
async def test_a_filter_does_not_tell_what_is_not_shown(desk: Any, query: str, pointer: str) -> None:
    channel_id = new_id()
    await desk.assigned(level="major", channel_id=str(channel_id))

    for caller in (desk.kit.client(desk.client_id), desk.kit.channel(channel_id, "complaint.read")):
        answer = await caller.get("/v1/complaints?" + query.format(id=desk.handler_id))
        desk.refused(answer, 403, "filter_not_yours", pointer)


async def test_lists_are_filtered_and_sorted_by_what_is_due_next(desk: Any) -> None:
    late = await desk.registered(received_at="2026-02-01T04:00:00Z", level="major")
    soon = await desk.assigned(received_at="2026-02-20T04:00:00Z")
    over = await desk.informed(channel_id=str(new_id()))
    handler, client = str(desk.handler_id), str(desk.client_id)

    assert await listed(desk.agent) == [late, soon, over]
    assert await listed(desk.agent, overdue=True) == [late]
    assert await listed(desk.agent, overdue=False) == [soon, over]
    assert await listed(desk.agent, open=True) == [late, soon]
    assert await listed(desk.agent, open=False) == [over]
    assert await listed(desk.agent, status="informed") == [over]
    assert await listed(desk.agent, level="major") == [late]
    assert await listed(desk.agent, due_before="2026-03-07") == [late]
    assert await listed(desk.agent, due_before="2026-03-08") == [late, soon]
    assert await listed(desk.agent, handler_id=handler) == [soon, over]
    assert await listed(desk.agent, handler_id=handler, open=True) == [soon]
    assert await listed(desk.agent, client_id=client) == [late, soon, over]
    assert await listed(desk.agent, client_id=str(new_id())) == []
    assert await listed(desk.agent, channel_id=(await desk.row(over)).channel_id) == [over]


async def test_pages_hold_every_case_once(desk: Any) -> None:
    wanted = [await desk.registered() for _ in range(7)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await desk.agent.get("/v1/complaints", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == sorted(wanted, key=UUID)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=lost", "/query/status"),
        ("due_before=tomorrow", "/query/due_before"),
        ("handler_id=me", "/query/handler_id"),
        ("limit=0", "/query/limit"),
        ("cursor=abc", "/query/cursor"),
        ("name=王", "/query/name"),
    ],
)
async def test_a_bad_query_is_pointed_at(desk: Any, query: str, pointer: str) -> None:
    desk.refused(await desk.agent.get(f"/v1/complaints?{query}"), 422, "invalid", pointer)


async def test_reading_gives_version_and_allowed_commands(desk: Any) -> None:
    complaint_id = await desk.assigned()

    answer = await desk.agent.get(f"/v1/complaints/{complaint_id}")

    assert answer.headers["etag"] == f'"{answer.json()["version"]}"' == '"2"'
    assert answer.json()["allowed"] == [
        *(
            "assign",
            "classify",
            "cooperation",
            "correspondence",
            "decline",
            "evidence",
            "extend",
            "link-client",
            "new-facts",
            "propose",
            "reclassify",
            "repeats",
            "representatives",
            "suspend",
            "tasks",
            "tracks",
            "withdraw",
        )
    ]


async def test_an_unknown_case_is_not_found(desk: Any) -> None:
    desk.refused(await desk.agent.get(f"/v1/complaints/{new_id()}"), 404, "not_found")
    desk.refused(await desk.agent.get("/v1/complaints/17"), 422, "invalid", "/path/complaint_id")
