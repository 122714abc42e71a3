"""Merging clients: what goes over, what stays, where the merged one leads, and all of it undone."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from client_profile.clients.tables import Client
from client_profile.worker import HANDLERS
from shared.events.complaints import ComplaintClientLinked
from shared.ids import new_id
from shared.testing.service import ServiceKit

REASON = "护照与身份证经核对属同一人"


async def version(house: Any, client_id: str) -> int:
    async with house.kit.database.session() as session:
        found = await session.get(Client, UUID(client_id))
        return int(found.version)


async def merge(house: Any, merged: Any, survivor: Any, *, caller: Any = None, **fields: Any) -> httpx.Response:
    wanted = {
        "merged_client_id": merged["id"],
        "merged_version": await version(house, merged["id"]),
        "ground": "other_document",
        "proof_reference": "DA-2026-0011",
        "reason": REASON,
        **fields,
    }
    headers = {"If-Match": f'"{await version(house, survivor["id"])}"'}
    answer: httpx.Response = await (caller or house.compliance).post(
        f"/v1/clients/{survivor['id']}/merge", json=wanted, headers=headers
    )
    return answer


async def merged_into(house: Any, merged: Any, survivor: Any) -> dict[str, Any]:
    answer = await merge(house, merged, survivor)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def undo(house: Any, record: dict[str, Any]) -> httpx.Response:
    headers = {"If-Match": f'"{await version(house, record["surviving_client_id"])}"'}
    wanted = {"merged_version": await version(house, record["merged_client_id"]), "reason": "核对有误"}
    answer: httpx.Response = await house.compliance.post(
        f"/v1/clients/{record['surviving_client_id']}/merges/{record['id']}/undo", json=wanted, headers=headers
    )
    return answer


async def state(house: Any, client: Any) -> dict[str, Any]:
    """Return what the house's routes tell of a client beside its version."""
    path = f"/v1/clients/{client['id']}"
    answers = {
        name: (await house.compliance.get(f"{path}{name}")).json()
        for name in ("", "/holdings", "/relationships", "/suitability", "/risk-assessments", "/qualifications")
    }
    answers["/service-class"] = (await house.compliance.get(f"{path}/service-class")).json()["service_class"]
    return answers


async def test_what_belongs_to_a_merged_client_goes_over_and_comes_back(house: Any, desk: Any) -> None:
    merged, survivor, spouse = await desk.fit_client(), await house.active_client(), await house.client()
    dealing = await desk.held(merged)
    link = {"other_client_id": spouse["id"], "kind": "spouse", "started_on": "2020-01-01"}
    linked = await house.kit.staff("customer_service").post(f"/v1/clients/{merged['id']}/relationships", json=link)
    assert linked.status_code == 201, linked.text
    before = await state(house, merged), await state(house, survivor), await state(house, spouse)

    record = await merged_into(house, merged, survivor)
    after = await state(house, survivor)
    led = await house.compliance.get(f"/v1/clients/{merged['id']}/holdings?on=2026-03-02")
    redeemed = await desk.operations.post(
        "/v1/dealings/redemptions",
        json={
            "original_dealing_id": dealing["id"], "amount": dealing["amount"], "applied_on": "2026-03-02",
            "confirmed_on": "2026-03-02", "confirmation_number": "SH-2026-0001",
        },
    )  # fmt: skip
    assert redeemed.status_code == 201, redeemed.text
    undone = await undo(house, record)

    assert after["/holdings"] == {**before[0]["/holdings"], "client_id": survivor["id"]}
    assert after["/suitability"]["risk_level"] == before[0]["/suitability"]["risk_level"]
    assert [one["other_client_id"] for one in after["/relationships"]["items"]] == [spouse["id"]]
    assert record["moved"]["dealing.client_id"] == 1
    assert (led.status_code, led.json()["merged_into"]) == (301, survivor["id"])
    assert led.headers["Location"] == f"/v1/clients/{survivor['id']}/holdings?on=2026-03-02"
    assert redeemed.json()["client_id"] == survivor["id"]
    assert (undone.status_code, undone.json()["undone_at"]) == (200, "2026-03-02T04:00:00Z")
    back = await state(house, merged)
    lefts = [one["left"]["amount"] for one in back["/holdings"]["holdings"]]
    assert lefts == ["0.00"], "the redemption went back with its subscription"
    assert {**back, "": None, "/holdings": None, "/service-class": None} == {
        **before[0], "": None, "/holdings": None, "/service-class": None,
    }  # fmt: skip
    assert (back[""]["status"], back[""]["merged_into"]) == ("active", None)
    assert (await state(house, survivor))["/holdings"] == before[1]["/holdings"]
    assert (await state(house, spouse))["/relationships"] == before[2]["/relationships"]


async def test_both_keys_hear_of_it_with_a_step_that_grows(house: Any, kit: ServiceKit) -> None:
    merged, survivor = await house.active_client(), await house.active_client()

    record = await merged_into(house, merged, survivor)
    assert (await undo(house, record)).status_code == 200
    await merged_into(house, merged, survivor)

    told = [(type_, one) for type_, one in await kit.outbox() if "step" in one]
    assert [(type_.split(".")[2], one["client_id"], one["step"]) for type_, one in told] == [
        ("merged", merged["id"], 1), ("merged", survivor["id"], 1),
        ("unmerged", merged["id"], 2), ("unmerged", survivor["id"], 2),
        ("merged", merged["id"], 3), ("merged", survivor["id"], 3),
    ]  # fmt: skip
    assert {(one["merged_client_id"], one["surviving_client_id"]) for _, one in told} == {
        (merged["id"], survivor["id"])
    }


async def test_whoever_registers_with_a_merged_clients_number_is_told_of_the_surviving_one(house: Any) -> None:
    known = house.person()
    desk = house.kit.staff("customer_service")
    merged, survivor = (await desk.post("/v1/clients", json=known)).json(), await house.client()
    await merged_into(house, merged, survivor)

    refused = await desk.post("/v1/clients", json=known)

    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate_client")
    assert refused.json()["existing"]["id"] == survivor["id"]


async def test_a_merged_client_is_neither_changed_nor_listed(house: Any) -> None:
    merged, survivor = await house.active_client(), await house.active_client()
    await merged_into(house, merged, survivor)
    path = f"/v1/clients/{merged['id']}"

    commands = [
        await house.compliance.post(f"{path}/suspend", json={"reason": "other"}),
        await house.compliance.post(f"{path}/screening", json={"result": "clear", "list_version": "1"}),
        await house.compliance.post(f"{path}/unmask", json={"reason": "核对"}),
        await house.compliance.post(f"{path}/close", json={"reason": "duplicate"}),
    ]
    listed = (await house.compliance.get("/v1/clients")).json()["items"]
    asked = (await house.compliance.get("/v1/clients?status=merged")).json()["items"]

    assert {(one.status_code, one.json()["code"], one.json()["merged_into"]) for one in commands} == {
        (409, "client_merged", survivor["id"])
    }
    assert [one["id"] for one in listed] == [survivor["id"]]
    assert [(one["id"], one["merged_into"]) for one in asked] == [(merged["id"], survivor["id"])]


async def test_where_a_client_went_is_told_to_nobody_out_of_reach(house: Any) -> None:
    manager, other = await house.manager(), await house.manager()
    merged, survivor = await house.client(manager=manager), await house.client(manager=other)
    await merged_into(house, merged, survivor)

    own = await house.as_staff(manager).get(f"/v1/clients/{merged['id']}")
    foreign = await house.as_staff(other).get(f"/v1/clients/{merged['id']}")

    assert (own.status_code, foreign.status_code) == (301, 404)
    assert survivor["id"] not in foreign.text


async def test_mergers_that_make_no_sense_are_refused_with_the_reason(house: Any) -> None:
    one, two, three = await house.active_client(), await house.active_client(), await house.active_client()
    institution = (await house.kit.staff("customer_service").post("/v1/clients", json=house.institution())).json()
    itself = await merge(house, one, one)
    mixed = await merge(house, institution, one)
    unknown = await house.compliance.post(
        f"/v1/clients/{one['id']}/merge",
        json={
            "merged_client_id": str(new_id()), "merged_version": 1, "ground": "entry_mistake",
            "proof_reference": "DA-1", "reason": REASON,
        },
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    stale = await merge(house, one, two, merged_version=1)
    await merged_into(house, one, two)

    cycle, again, chain = await merge(house, two, one), await merge(house, one, three), await merge(house, two, three)
    other_way = await merge(house, three, two)

    assert (itself.status_code, itself.json()["code"]) == (422, "same_client")
    assert (mixed.status_code, "kind_differs" in mixed.json()["hindrances"]) == (409, True)
    assert (unknown.status_code, stale.status_code) == (404, 412)
    assert [(one.status_code, one.json()["code"]) for one in (cycle, again)] == [(409, "client_merged")] * 2
    assert (chain.status_code, chain.json()["hindrances"]) == (409, ["merged_survives_others"])
    assert other_way.status_code == 201


async def test_of_two_mergers_at_once_one_is_refused(house: Any) -> None:
    one, two = await house.active_client(), await house.active_client()

    answers = await asyncio.gather(merge(house, one, two), merge(house, two, one))

    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_lead_merges_within_the_team_only(house: Any) -> None:
    lead = await house.staff_member("team_lead")
    near = await house.manager(UUID(lead["unit_id"]))
    merged, survivor, far = await house.client(manager=near), await house.client(manager=near), await house.client()

    outside = await merge(house, far, survivor, caller=house.as_staff(lead))
    inside = await merge(house, merged, survivor, caller=house.as_staff(lead))

    assert (outside.status_code, inside.status_code) == (404, 201)


async def test_a_survivor_nobody_looks_after_gets_the_manager(house: Any) -> None:
    manager = await house.manager()
    merged, survivor = await house.client(manager=manager), await house.client()

    await merged_into(house, merged, survivor)

    read = (await house.compliance.get(f"/v1/clients/{survivor['id']}")).json()
    assert read["manager_id"] == manager["id"]


@pytest.mark.parametrize("is_late", [False, True])
async def test_what_other_services_say_of_a_merged_client_counts_for_the_surviving_one(
    house: Any, desk: Any, is_late: bool
) -> None:
    merged, survivor = await house.active_client(), await house.active_client()
    case = ComplaintClientLinked(occurred_at=house.kit.now, complaint_id=new_id(), client_id=UUID(merged["id"]))
    told = [house.kit.received(case)]
    if not is_late:
        await house.kit.receive(HANDLERS, case)
    await merged_into(house, merged, survivor)
    if is_late:
        await house.kit.receive(HANDLERS, case)
    await house.compliance.post(f"/v1/clients/{survivor['id']}/close", json={"reason": "client_request"})

    read = (await house.compliance.get(f"/v1/clients/{survivor['id']}/erasure")).json()

    assert told
    assert read["blockers"] == ["open_complaints"]


async def test_erasing_the_surviving_client_erases_those_merged_into_it_and_not_the_other_way(
    house: Any, desk: Any, kit: ServiceKit
) -> None:
    merged, survivor = await desk.fit_client(), await house.active_client()
    dealing = await desk.held(merged)
    await merged_into(house, merged, survivor)
    await desk.operations.post(
        "/v1/dealings/redemptions",
        json={
            "original_dealing_id": dealing["id"], "amount": dealing["amount"], "applied_on": "2026-03-02",
            "confirmed_on": "2026-03-02", "confirmation_number": "SH-2026-0001",
        },
    )  # fmt: skip
    closed = await house.compliance.post(f"/v1/clients/{survivor['id']}/close", json={"reason": "client_request"})
    assert closed.status_code == 200, closed.text
    wanted = {"ground": "service_ended", "request_number": "GX-1", "reason": "保存期限届满"}

    async def erase(client: Any) -> httpx.Response:
        headers = {"If-Match": f'"{await version(house, client["id"])}"'}
        answer: httpx.Response = await house.compliance.post(
            f"/v1/clients/{client['id']}/erase", json=wanted, headers=headers
        )
        return answer

    alone, whole = await erase(merged), await erase(survivor)

    assert (alone.status_code, alone.json()["merged_into"]) == (409, survivor["id"])
    assert whole.status_code == 200, whole.text
    gone = [(await house.compliance.get(f"/v1/clients/{one['id']}")).status_code for one in (merged, survivor)]
    assert gone == [410, 410]
    assert (await kit.events()).count("client.erased") == 2
    kept = (
        await house.compliance.post(f"/v1/clients/{merged['id']}/restricted-records", json={"reason": "司法协查"})
    ).json()
    assert kept["identity"]["name"] == "张三丰", "the law keeps who dealt under that document"
    assert await kit.count("personal_record") == await kit.count("merge_record") == 0
