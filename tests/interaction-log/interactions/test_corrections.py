import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_a_correction_keeps_what_stood_there_before(kit: ServiceKit, world: Any) -> None:
    client_id, caller_id = await world.client(), new_id()
    caller = kit.staff("customer_service", id=caller_id)
    first = await world.record(client_id, caller, summary="错别字", attributes={"campaign": 1})
    path = f"/v1/interactions/{first['id']}"

    corrected = await caller.post(
        f"{path}/correct",
        json={"changes": {"kind": "visit", "summary": None}, "reason": "当面沟通，不是电话"},
        headers={"If-Match": '"1"'},
    )

    assert corrected.status_code == 200
    assert corrected.headers["etag"] == '"2"'
    assert corrected.json() == {**first, "version": 2, "kind": "visit", "summary": None}
    (version,) = (await caller.get(f"{path}/versions")).json()["items"]
    assert (version["version"], version["reason"]) == (1, "当面沟通，不是电话")
    assert version["replaced_by"] == f"staff:{caller_id}"
    assert {name: version["content"][name] for name in ("kind", "summary", "attributes")} == {
        "kind": "call",
        "summary": "错别字",
        "attributes": {"campaign": 1},
    }
    type_, payload = (await kit.outbox())[-1]
    assert type_ == "interaction-log.interaction.corrected.v1"
    assert payload["kind"] == "visit"


async def test_an_earlier_version_can_neither_be_changed_nor_removed(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    contact = await world.record(client_id, caller)
    await caller.post(
        f"/v1/interactions/{contact['id']}/correct",
        json={"changes": {"kind": "visit"}, "reason": "x"},
        headers={"If-Match": '"1"'},
    )

    for statement in ("UPDATE interaction_version SET reason = ''", "DELETE FROM interaction_version"):
        with pytest.raises(Exception, match="never changed"):
            async with kit.database.transaction() as session:
                await (await session.connection()).exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("body", "etag", "status", "code", "pointer"),
    [
        ({"changes": {"kind": "visit"}, "reason": "x"}, '"7"', 412, "stale", "/header/If-Match"),
        ({"changes": {"kind": "visit"}, "reason": "x"}, None, 428, "precondition_required", None),
        ({"changes": {"kind": "call"}, "reason": "x"}, '"1"', 422, "nothing_changes", "/changes"),
        ({"changes": {}, "reason": "x"}, '"1"', 422, "nothing_changes", "/changes"),
        ({"changes": {"kind": None}, "reason": "x"}, '"1"', 422, "invalid", "/changes/kind"),
        ({"changes": {"client_id": str(UUID(int=1))}, "reason": "x"}, '"1"', 422, "invalid", "/changes/client_id"),
        ({"changes": {"kind": "visit"}}, '"1"', 422, "invalid", "/reason"),
        ({"changes": {"kind": "visit"}, "reason": " "}, '"1"', 422, "invalid", "/reason"),
        ({"changes": {"outcome": "no_answer"}, "reason": "x"}, '"1"', 422, "outcome_contradicts", "/changes/outcome"),
        (
            {"changes": {"started_at": "2026-03-03T04:00:00Z"}, "reason": "x"},
            '"1"',
            422,
            "not_begun",
            "/changes/started_at",
        ),
    ],
)
async def test_a_bad_correction_is_refused_and_changes_nothing(
    kit: ServiceKit, world: Any, body: dict[str, Any], etag: str | None, status: int, code: str, pointer: str | None
) -> None:
    contact = await world.record(await world.client())
    await world.forget_outbox()
    caller = kit.staff("customer_service")

    answer = await caller.post(
        f"/v1/interactions/{contact['id']}/correct", json=body, headers={"If-Match": etag} if etag else {}
    )

    assert world.problem(answer, status) == (code, [pointer] if pointer else [])
    assert (await caller.get(f"/v1/interactions/{contact['id']}")).json() == contact
    assert await kit.count("interaction_version") == await kit.count("outbox") == 0


async def test_a_manager_cannot_hand_a_contact_to_a_colleague(kit: ServiceKit, world: Any) -> None:
    manager_id = new_id()
    caller = kit.staff("relationship_manager", id=manager_id)
    contact = await world.record(await world.client(manager_id=manager_id), caller)

    answer = await caller.post(
        f"/v1/interactions/{contact['id']}/correct",
        json={"changes": {"staff_id": str(new_id())}, "reason": "x"},
        headers={"If-Match": '"1"'},
    )

    assert world.problem(answer, 403)[0] == "somebody_elses_contact"


async def test_two_corrections_of_one_version_do_not_overwrite_each_other(kit: ServiceKit, world: Any) -> None:
    contact = await world.record(await world.client())

    answers = await asyncio.gather(
        *(
            kit.staff("customer_service").post(
                f"/v1/interactions/{contact['id']}/correct",
                json={"changes": {"kind": kind}, "reason": "x"},
                headers={"If-Match": '"1"'},
            )
            for kind in ("visit", "meeting", "email")
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert await kit.count("interaction_version") == 1
