import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.testing.service import ServiceKit


async def test_a_contact_is_recorded_read_and_told_without_its_text(kit: ServiceKit, world: Any) -> None:
    client_id, product_id = await world.client(), new_id()
    await world.forget_outbox()
    manager_id = new_id()
    caller = kit.staff("customer_service", id=manager_id)

    recorded = await world.record(
        client_id,
        caller,
        duration_seconds=300,
        outcome="interested",
        purpose="product",
        product_ids=[str(product_id)],
        summary="客户询问净值型产品的开放期。",
        attributes={"campaign": 2, "poutcome": "success", "is_new": True},
        consent_basis="contract",
    )

    read = await caller.get(f"/v1/interactions/{recorded['id']}")
    assert read.json() == recorded
    assert read.headers["etag"] == '"1"'
    assert recorded["staff_id"] == str(manager_id)
    assert recorded["recorded_by"] == f"staff:{manager_id}"
    assert recorded["attributes"] == {"campaign": 2, "poutcome": "success", "is_new": True}
    ((type_, payload),) = await kit.outbox()
    assert type_ == "interaction-log.interaction.recorded.v1"
    assert payload == {
        "occurred_at": payload["occurred_at"],
        "interaction_id": recorded["id"],
        "client_id": str(client_id),
        "kind": "call",
        "direction": "outbound",
        "is_reached": True,
        "staff_id": str(manager_id),
    }


async def test_a_second_post_of_the_same_external_id_returns_the_first_with_200(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    first = await world.record(client_id, caller, origin="call-center", external_id="77", summary="one")

    again = await caller.post(
        "/v1/interactions",
        json=world.contact(client_id, origin="call-center", external_id="77", summary="another"),
    )

    assert again.status_code == 200
    assert again.json() == first
    assert (await kit.events()).count("interaction.recorded") == 1


async def test_many_posts_of_the_same_external_id_at_once_record_it_once(kit: ServiceKit, world: Any) -> None:
    clients = [await world.client() for _ in range(3)]
    callers = [kit.staff("customer_service") for _ in range(9)]

    answers = await asyncio.gather(
        *(
            caller.post(
                "/v1/interactions",
                json=world.contact(clients[n % 3], origin="call-center", external_id="78"),
            )
            for n, caller in enumerate(callers)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 8 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await kit.count("interaction") == 1
    assert (await kit.events()).count("interaction.recorded") == 1


async def test_an_external_id_of_somebody_elses_contact_is_not_told(kit: ServiceKit, world: Any) -> None:
    theirs = await world.client(manager_id=new_id())
    await world.record(theirs, origin="call-center", external_id="79", summary="confidential")

    answer = await kit.staff("relationship_manager").post(
        "/v1/interactions", json=world.contact(await world.client(), origin="call-center", external_id="79")
    )

    assert world.problem(answer, 409) == ("external_id_taken", ["/external_id"])
    assert "confidential" not in answer.text


async def test_a_repeated_idempotency_key_records_once(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    key = {"Idempotency-Key": "0123456789abcdef"}
    body = world.contact(client_id)

    first = await caller.post("/v1/interactions", json=body, headers=key)
    again = await caller.post("/v1/interactions", json=body, headers=key)
    other = await caller.post("/v1/interactions", json=world.contact(client_id, kind="visit"), headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert world.problem(other, 422)[0] == "idempotency_key_reused"
    assert await kit.count("interaction") == 1


async def test_a_client_not_yet_heard_of_is_accepted_and_listed_after_an_hour(kit: ServiceKit, world: Any) -> None:
    client_id = new_id()
    await world.record(client_id)
    operations = kit.staff("operations")

    at_once = await operations.get("/v1/interactions/unconfirmed-clients")
    kit.now += timedelta(minutes=61)
    later = await operations.get("/v1/interactions/unconfirmed-clients")

    assert at_once.json()["items"] == []
    assert [item["id"] for item in later.json()["items"]] == [str(client_id)]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"no_such": 1}, "extra_forbidden", "/no_such"),
        ({"client_id": "nobody"}, "uuid_parsing", "/client_id"),
        ({"kind": "fax"}, "enum", "/kind"),
        ({"direction": None}, "enum", "/direction"),
        ({"is_reached": "yes"}, "bool_type", "/is_reached"),
        ({"duration_seconds": 1.5}, "int_type", "/duration_seconds"),
        ({"duration_seconds": -1}, "greater_than_equal", "/duration_seconds"),
        ({"duration_seconds": 86_401}, "less_than_equal", "/duration_seconds"),
        ({"started_at": "2026-03-02T12:00:00"}, "timezone_aware", "/started_at"),
        ({"started_at": "1889-03-02T12:00:00Z"}, "greater_than_equal", "/started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "greater_than_equal", "/started_at"),
        ({"started_at": "2026-03-02T04:05:01Z"}, "not_begun", "/started_at"),
        ({"started_at": "9999-12-31T23:59:59-12:00"}, "less_than_equal", "/started_at"),
        ({"summary": "长" * 20_001}, "string_too_long", "/summary"),
        ({"summary": "a\x00b"}, "string_pattern_mismatch", "/summary"),
        ({"outcome": "no_answer"}, "outcome_contradicts", "/outcome"),
        ({"product_ids": ["R2"]}, "uuid_parsing", "/product_ids/0"),
        ({"product_ids": [str(UUID(int=n)) for n in range(21)]}, "too_long", "/product_ids"),
        ({"attributes": {f"name{n}": n for n in range(21)}}, "too_long", "/attributes"),
        ({"external_id": "1"}, "value_error", ""),
        ({"origin": "Call Center", "external_id": "1"}, "string_pattern_mismatch", "/origin"),
        ({"origin": "uci", "external_id": "a b"}, "string_pattern_mismatch", "/external_id"),
    ],
)
async def test_bad_input_is_refused_with_its_field_and_writes_nothing(
    kit: ServiceKit, world: Any, fields: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await kit.staff("customer_service").post("/v1/interactions", json=world.contact(new_id()) | fields)

    assert answer.status_code == 422
    first = answer.json()["errors"][0]
    assert (first["pointer"], first["code"]) == (pointer, code)
    assert await kit.count("interaction") == await kit.count("client_stub") == await kit.count("outbox") == 0


@pytest.mark.parametrize("value", [1.5, None, ["x"], {"x": 1}, "x" * 201, 10**16])
async def test_attributes_hold_small_plain_values_only(kit: ServiceKit, world: Any, value: object) -> None:
    answer = await kit.staff("customer_service").post(
        "/v1/interactions", json=world.contact(new_id(), attributes={"campaign": value})
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/attributes/campaign")


async def test_an_unknown_query_parameter_and_a_missing_client_are_refused(kit: ServiceKit, world: Any) -> None:
    caller = kit.staff("customer_service")

    assert world.problem(await caller.get("/v1/interactions", params={"clientid": "1"}), 422) == (
        "invalid",
        ["/query/clientid"],
    )
    assert world.problem(await caller.get("/v1/interactions"), 422) == ("invalid", ["/query/client_id"])


async def test_a_manager_records_own_contacts_and_a_lead_those_of_the_team(kit: ServiceKit, world: Any) -> None:
    client_id, colleague = await world.client(), new_id()
    body = world.contact(client_id, staff_id=str(colleague))

    own = await kit.staff("relationship_manager", id=colleague).post("/v1/interactions", json=body)
    others = await kit.staff("relationship_manager").post("/v1/interactions", json=body)
    lead = await kit.staff("team_lead", unit_id=new_id()).post("/v1/interactions", json=body)

    assert own.status_code == lead.status_code == 201
    assert world.problem(others, 403) == ("somebody_elses_contact", [])


async def test_only_those_within_reach_read_a_contact(kit: ServiceKit, world: Any) -> None:
    manager_id, unit_id, caller_id = new_id(), new_id(), new_id()
    client_id = await world.client(manager_id=manager_id, unit_id=unit_id)
    contact = await world.record(client_id, kit.staff("customer_service", id=caller_id))
    path = f"/v1/interactions/{contact['id']}"
    readers = {
        "manager": kit.staff("relationship_manager", id=manager_id),
        "who had the contact": kit.staff("relationship_manager", id=caller_id),
        "lead of the unit": kit.staff("team_lead", unit_id=unit_id),
        "auditor": kit.staff("auditor"),
    }
    others = {
        "another manager": kit.staff("relationship_manager"),
        "another lead": kit.staff("team_lead", unit_id=new_id()),
    }

    for name, reader in readers.items():
        assert (await reader.get(path)).status_code == 200, name
        listed = await reader.get("/v1/interactions", params={"client_id": str(client_id)})
        assert [item["id"] for item in listed.json()["items"]] == [contact["id"]], name
        assert (await reader.get(f"{path}/versions")).status_code == 200, name
    for name, other in others.items():
        assert world.problem(await other.get(path), 404)[0] == "not_found", name
        assert (await other.get("/v1/interactions", params={"client_id": str(client_id)})).json()["items"] == [], name
        assert (await other.get(f"{path}/versions")).status_code == 404, name
        corrected = await other.post(
            f"{path}/correct", json={"changes": {"kind": "visit"}, "reason": "x"}, headers={"If-Match": '"1"'}
        )
        assert corrected.status_code == 404, name
    for stranger in (kit.client(client_id), kit.channel(new_id(), "client.read")):
        assert (await stranger.get(path)).status_code == 403


async def test_contacts_are_listed_latest_first_page_by_page(kit: ServiceKit, world: Any) -> None:
    client_id, caller = await world.client(), kit.staff("customer_service")
    begun = [(kit.now - timedelta(days=day)).isoformat() for day in (3, 1, 2, 1, 5)]
    recorded = [await world.record(client_id, caller, started_at=at) for at in begun]
    await world.record(await world.client(), caller)

    found: list[str] = []
    params = {"client_id": str(client_id), "limit": "2"}
    for _ in range(3):
        page = (await caller.get("/v1/interactions", params=params)).json()
        found += [item["id"] for item in page["items"]]
        params["cursor"] = page["next_cursor"]

    wanted = sorted(recorded, key=lambda one: (one["started_at"], one["id"]), reverse=True)
    assert found == [one["id"] for one in wanted]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("path", ["", "/versions"])
async def test_an_unknown_interaction_is_not_found(kit: ServiceKit, path: str) -> None:
    assert (await kit.staff("auditor").get(f"/v1/interactions/{new_id()}{path}")).status_code == 404
