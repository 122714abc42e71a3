import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from client_profile.clients.service import lock
from client_profile.qualifications import service
from shared.ids import new_id
from shared.testing.service import ServiceKit

PROOF: dict[str, Any] = {
    "basis": "family_net_financial_assets",
    "amount": {"amount": "3000000.00", "currency": "CNY"},
    "experience_years": 2,
    "proof_on": "2026-02-20",
    "proof_reference": "ZM-2026-0001",
}


def path(client: dict[str, Any], proof: dict[str, Any] | None = None, command: str = "") -> str:
    base = f"/v1/clients/{client['id']}/qualifications"
    return f"{base}/{proof['id']}/{command}" if proof else base


async def test_a_proof_counts_once_a_second_person_confirmed_it(kit: ServiceKit, house: Any) -> None:
    manager = await house.manager()
    client = await house.client(manager=manager)
    submitted = await house.as_staff(manager).post(path(client), json=PROOF)

    before = (await house.compliance.get(f"/v1/clients/{client['id']}/suitability")).json()
    confirmed = await house.compliance.post(path(client, submitted.json(), "confirm"))
    after = (await house.compliance.get(f"/v1/clients/{client['id']}/suitability")).json()

    assert (submitted.status_code, submitted.json()["status"]) == (201, "submitted")
    assert not before["is_qualified"]
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    assert (after["is_qualified"], after["qualified_until"]) == (True, "2027-02-19")
    assert after["qualification_why"]["needed_amount"] == {"amount": "3000000.00", "currency": "CNY"}
    assert after["qualification_why"]["needed_years"] == 2
    type_, event = (await kit.outbox())[-1]
    assert type_ == "client-profile.client.qualification_changed.v1"
    assert (event["client_id"], event["is_qualified"], event["valid_until"]) == (client["id"], True, "2027-02-19")


async def test_whoever_submitted_a_proof_may_not_decide_on_it(kit: ServiceKit, house: Any) -> None:
    client = await house.client()
    operator = kit.staff("operations", id=new_id())
    proof = (await operator.post(path(client), json=PROOF)).json()

    answer = await operator.post(path(client, proof, "confirm"))

    assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed")
    assert "client.qualification_changed" not in await kit.events()


async def test_a_rejected_proof_counts_for_nothing_and_stays_rejected(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client()
    proof = (await desk.operations.post(path(client), json=PROOF)).json()

    rejected = await house.compliance.post(path(client, proof, "reject"), json={"reason": "资产证明非本人出具"})
    again = await house.compliance.post(path(client, proof, "confirm"))

    assert rejected.json()["status"] == "rejected"
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (
        409,
        "qualification_decided",
        "rejected",
    )
    assert await kit.count("audit_entry WHERE reason = '资产证明非本人出具'") == 1
    assert not (await house.compliance.get(f"/v1/clients/{client['id']}/suitability")).json()["is_qualified"]


async def test_facts_below_the_test_are_refused_with_what_is_needed(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client()

    answer = await desk.operations.post(path(client), json={**PROOF, "amount": desk.yuan("2999999.99")})

    assert (answer.status_code, answer.json()["code"]) == (409, "qualification_test_not_met")
    assert (answer.json()["needed_amount"], answer.json()["needed_years"]) == ("3000000.00", 2)
    assert await kit.count("qualification") == 0


async def test_bad_input_is_pointed_at_and_leaves_nothing(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client()
    events = await kit.events()
    bad: list[tuple[dict[str, Any], str]] = [
        ({"extra": 1}, "/extra"),
        ({"basis": "rich"}, "/basis"),
        ({"basis": "net_assets"}, "/basis"),
        ({"amount": {"amount": 3000000.0, "currency": "CNY"}}, "/amount/amount"),
        ({"amount": {"amount": "-1.00", "currency": "CNY"}}, "/amount"),
        ({"amount": {"amount": "1.00", "currency": "USD"}}, "/amount/currency"),
        ({"amount": None}, "/amount"),
        ({"experience_years": -1}, "/experience_years"),
        ({"experience_years": "2 years"}, "/experience_years"),
        ({"proof_on": "2026-03-03"}, "/proof_on"),
        ({"proof_on": "2025-03-02"}, "/proof_on"),
        ({"proof_on": "2026-02-30"}, "/proof_on"),
        ({"proof_on": "9999-12-31"}, "/proof_on"),
        ({"proof_reference": "x" * 81}, "/proof_reference"),
    ]
    for change, pointer in bad:
        answer = await desk.operations.post(path(client), json={**PROOF, **change})

        assert answer.status_code == 422, (change, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await kit.count("qualification") == 0
    assert await kit.events() == events


async def test_a_proof_of_another_client_or_a_client_out_of_reach_is_not_found(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    manager, other = await house.manager(), await house.manager()
    client, second = await house.client(manager=manager), await house.client(manager=manager)
    proof = (await desk.operations.post(path(client), json=PROOF)).json()

    assert (await house.compliance.post(path(second, proof, "confirm"))).status_code == 404
    assert (await house.as_staff(other).post(path(client), json=PROOF)).status_code == 404
    assert (await house.as_staff(other).get(path(client))).status_code == 404
    assert (await desk.operations.post(f"/v1/clients/{new_id()}/qualifications", json=PROOF)).status_code == 404
    assert len((await house.as_staff(manager).get(path(client))).json()["items"]) == 1


async def test_a_channel_submits_for_the_clients_it_referred_only(kit: ServiceKit, house: Any) -> None:
    channel_id = new_id()
    mine, foreign = await house.client(channel_id=str(channel_id)), await house.client()
    channel = kit.channel(channel_id, "client.write")

    assert (await channel.post(path(mine), json=PROOF)).status_code == 201
    assert (await channel.post(path(foreign), json=PROOF)).status_code == 404


async def test_the_last_proof_that_lapses_is_told_once_and_not_while_another_counts(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    client = await house.client()
    await desk.qualify(client["id"], proof_on="2026-02-20")
    await desk.qualify(client["id"], proof_on="2026-03-01")
    told = await kit.events()

    async def lapse(day: int) -> int:
        async with kit.database.transaction() as session:
            return await service.tell_lapsed(session, kit.now + timedelta(days=day), 100)

    assert await lapse(354) == 0  # 2027-02-19, the last day of the first proof
    assert await lapse(355) == 1
    assert await kit.events() == told
    assert await lapse(364) == 1  # 2027-03-01, the day after the second one's last
    assert await lapse(365) == 0
    type_, event = (await kit.outbox())[-1]
    assert type_ == "client-profile.client.qualification_changed.v1"
    assert (event["is_qualified"], event["valid_until"]) == (False, None)
    assert len(await kit.events()) == len(told) + 1


async def test_a_proof_that_lapsed_while_it_waited_is_not_confirmed(kit: ServiceKit, house: Any, desk: Any) -> None:
    client = await house.client()
    proof = (await desk.operations.post(path(client), json=PROOF)).json()
    kit.now += timedelta(days=355)

    answer = await house.compliance.post(path(client, proof, "confirm"))

    assert (answer.status_code, answer.json()["code"]) == (409, "proof_lapsed")


async def test_the_timer_passes_over_a_client_that_somebody_holds_and_comes_back(
    kit: ServiceKit, house: Any, desk: Any
) -> None:
    held, free = await house.client(), await house.client()
    for client in (held, free):
        await desk.qualify(client["id"])
    later = kit.now + timedelta(days=400)

    async def lapse() -> int:
        async with kit.database.transaction() as session:
            return await service.tell_lapsed(session, later, 100)

    async with kit.database.transaction() as session, asyncio.timeout(5):
        await lock(session, UUID(held["id"]))
        assert await lapse() == 1
    assert await lapse() == 1
    assert [event["client_id"] for _, event in (await kit.outbox())[-2:]] == [free["id"], held["id"]]
