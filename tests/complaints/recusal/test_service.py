"""Recusal through the API: who was in the sale is neither a candidate nor assigned, and is found out later too."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from complaints.worker import HANDLERS, TIMERS
from shared.events.client_profile import ClientAssigned, DealingReversed, StaffLeft, StaffMoved
from shared.events.interaction_log import InteractionCorrected
from shared.events.lineage import ClientMerged
from shared.ids import new_id
from shared.money import Money
from shared.timers import run_due

PLAN, OTHER_PLAN = UUID(int=901), UUID(int=902)
(WATCH,) = (timer for timer in TIMERS if timer.name == "complaint_recusal")


async def look(desk: Any) -> int:
    return int(await run_due(WATCH, desk.kit.database, clock=lambda: desk.kit.now))


async def handler(desk: Any, *more: str) -> UUID:
    person = new_id()
    await desk.joined(person, "complaint_handler", *more)
    return person


async def listed(desk: Any, complaint_id: str) -> dict[str, dict[str, Any]]:
    found = (await desk.supervisor.get(f"/v1/complaints/{complaint_id}/handlers")).json()["items"]
    return {one["staff_id"]: one for one in found}


async def marked(desk: Any) -> dict[str, list[str]]:
    found = (await desk.supervisor.get("/v1/complaints?recusal=true")).json()["items"]
    return {one["id"]: one["handler_exclusions"] for one in found}


async def test_who_spoke_with_the_client_around_the_sale_is_excluded_and_the_answer_says_which_call(desk: Any) -> None:
    before, aside = await handler(desk), await handler(desk)
    dealing_id = await desk.bought(PLAN, "2026-02-10")
    interaction_id = await desk.spoke(before, "2026-01-20")
    await desk.spoke(aside, "2025-12-20")
    await desk.spoke(aside, "2026-01-25", is_reached=False)
    complaint_id = await desk.registered(product_id=str(PLAN))

    found = await listed(desk, complaint_id)
    answer = await desk.supervisor.post(f"/v1/complaints/{complaint_id}/assign", json={"handler_id": str(before)})

    assert found[str(before)]["exclusions"] == ["spoke_around_sale"]
    assert found[str(before)]["interests"] == [
        {
            "why": "spoke_around_sale",
            "on": "2026-01-20",
            "dealing_id": str(dealing_id),
            "interaction_id": str(interaction_id),
        }
    ]
    assert found[str(aside)]["may_handle"]
    problem = desk.refused(answer, 409, "handler_excluded", "/handler_id")
    assert problem["exclusions"] == ["spoke_around_sale"]


async def test_who_managed_the_client_at_the_sale_is_excluded_after_a_handover_too(desk: Any) -> None:
    seller = await handler(desk)
    await desk.managed_by(seller)
    desk.kit.now += timedelta(days=2)
    await desk.bought(PLAN, "2026-03-04", applied_on="2026-03-03")
    desk.kit.now += timedelta(days=2)
    now_manages = await handler(desk)
    told = {"occurred_at": desk.kit.now, "client_id": desk.client_id, "unit_id": desk.unit_id}
    await desk.kit.receive(HANDLERS, ClientAssigned(**told, manager_id=now_manages, previous_manager_id=seller))

    found = await listed(desk, await desk.registered(product_id=str(PLAN)))

    assert found[str(seller)]["exclusions"] == ["sold"]
    assert found[str(now_manages)]["exclusions"] == ["clients_manager"]


@pytest.mark.parametrize(("product_id", "is_part"), [(PLAN, True), (OTHER_PLAN, False), (None, True)])
async def test_the_sale_is_that_of_the_product_named_or_any(desk: Any, product_id: UUID | None, is_part: bool) -> None:
    person = await handler(desk)
    await desk.bought(PLAN, "2026-02-10")
    await desk.spoke(person, "2026-02-09")

    found = await listed(desk, await desk.registered(product_id=str(product_id) if product_id else None))

    assert (found[str(person)]["exclusions"] == ["spoke_around_sale"]) == is_part


async def test_a_sale_taken_back_and_a_corrected_call_exclude_nobody(desk: Any) -> None:
    person, corrected = await handler(desk), await handler(desk)
    dealing_id = await desk.bought(PLAN, "2026-02-10")
    interaction_id = await desk.spoke(corrected, "2026-02-09")
    complaint_id = await desk.registered(product_id=str(PLAN))
    await desk.spoke(person, "2026-02-09")
    assert (await listed(desk, complaint_id))[str(corrected)]["exclusions"] == ["spoke_around_sale"]

    event = InteractionCorrected(
        occurred_at=datetime(2026, 2, 9, 4, tzinfo=UTC),
        interaction_id=interaction_id,
        client_id=desk.client_id,
        kind="call",
        direction="outbound",
        is_reached=True,
        staff_id=person,
    )
    await desk.kit.receive(HANDLERS, event)
    found = await listed(desk, complaint_id)
    assert (found[str(corrected)]["exclusions"], found[str(person)]["exclusions"]) == ([], ["spoke_around_sale"])

    day = date(2026, 2, 10)
    taken_back = DealingReversed(
        occurred_at=desk.kit.now,
        dealing_id=new_id(),
        client_id=desk.client_id,
        confirmation_number="R-1",
        product_id=PLAN,
        amount=Money.from_fen(30_000_000),
        applied_on=day,
        confirmed_on=day,
        original_dealing_id=dealing_id,
        original_kind="subscription",
    )
    await desk.kit.receive(HANDLERS, taken_back)
    assert (await listed(desk, complaint_id))[str(person)]["exclusions"] == []


async def test_who_looks_after_channels_handles_nothing_that_a_channel_sold(desk: Any) -> None:
    person = await handler(desk, "channel_manager")
    sold, direct = await desk.registered(channel_id=str(new_id())), await desk.registered()

    assert (await listed(desk, sold))[str(person)]["exclusions"] == ["channel_office"]
    assert (await listed(desk, direct))[str(person)]["exclusions"] == []


async def test_who_was_in_the_sale_approves_nothing_either(desk: Any) -> None:
    await desk.bought(PLAN, "2026-02-10")
    await desk.spoke(desk.supervisor_id, "2026-02-09")
    complaint_id = await desk.registered(product_id=str(PLAN))
    await desk.does(desk.kit.staff("consumer_protection"), complaint_id, "assign", {"handler_id": str(desk.handler_id)})
    read = await desk.does(desk.handler, complaint_id, "propose", desk.proposal)

    answer = await desk.supervisor.post(
        f"/v1/complaints/{complaint_id}/approve", headers={"If-Match": f'"{read["version"]}"'}
    )

    assert desk.refused(answer, 403, "approver_not_independent")["exclusions"] == ["spoke_around_sale"]


async def test_a_handler_excluded_later_is_shown_in_the_work_list_until_another_has_the_case(desk: Any) -> None:
    late, calm = await desk.assigned(product_id=str(PLAN)), await desk.assigned(product_id=str(OTHER_PLAN))
    assert (await look(desk), await marked(desk)) == (0, {})
    version = (await desk.row(late)).version

    await desk.bought(PLAN, "2026-02-10")
    await desk.spoke(desk.handler_id, "2026-02-09")
    assert await look(desk) == 1
    assert await look(desk) == 0, "nothing changed since"

    assert await marked(desk) == {late: ["spoke_around_sale"]}
    assert (await desk.row(late)).version == version + 1
    rest = (await desk.supervisor.get("/v1/complaints?recusal=false")).json()["items"]
    assert [one["id"] for one in rest] == [calm]
    refused = await desk.handler.post(f"/v1/complaints/{late}/propose", json=desk.proposal)
    assert desk.refused(refused, 409, "handler_excluded")["exclusions"] == ["spoke_around_sale"]
    other = await handler(desk)
    await desk.does(desk.supervisor, late, "assign", {"handler_id": str(other)})
    assert await marked(desk) == {}
    seen = (await desk.kit.client(desk.client_id).get(f"/v1/complaints/{late}")).json()
    assert seen["handler_exclusions"] is None
    desk.refused(
        await desk.kit.client(desk.client_id).get("/v1/complaints?recusal=true"),
        403,
        "filter_not_yours",
        "/query/recusal",
    )


async def test_a_handler_who_leaves_or_changes_office_or_manages_the_client_is_shown_and_unmarked_again(
    desk: Any,
) -> None:
    complaint_id = await desk.assigned()
    place = {"staff_id": desk.handler_id, "unit_id": desk.unit_id, "unit_path": [desk.unit_id]}

    async def told(event: Any) -> dict[str, list[str]]:
        desk.kit.now += timedelta(minutes=1)
        await desk.kit.receive(HANDLERS, event)
        await look(desk)
        return await marked(desk)

    def moved(*roles: str) -> StaffMoved:
        return StaffMoved(occurred_at=desk.kit.now, **place, roles=list(roles))

    def managed(manager_id: UUID) -> ClientAssigned:
        about = {"client_id": desk.client_id, "unit_id": desk.unit_id}
        return ClientAssigned(occurred_at=desk.kit.now, **about, manager_id=manager_id)

    assert await told(moved("operations")) == {complaint_id: ["not_a_handler"]}
    assert await told(moved("complaint_handler")) == {}
    assert await told(managed(desk.handler_id)) == {complaint_id: ["clients_manager"]}
    assert await told(managed(desk.manager_id)) == {}
    left = StaffLeft(occurred_at=desk.kit.now, staff_id=desk.handler_id)
    assert await told(left) == {complaint_id: ["has_left"]}


async def test_a_case_that_ended_is_no_work_whatever_was_found(desk: Any) -> None:
    complaint_id = await desk.assigned()
    await desk.managed_by(desk.handler_id)
    await look(desk)
    assert list(await marked(desk)) == [complaint_id]

    await desk.does(
        desk.agent, complaint_id, "withdraw", {"withdrawn_on": "2026-03-02", "reason": "已和解", "proof": "录音"}
    )

    assert (await look(desk), await marked(desk)) == (0, {})


async def test_the_watch_finds_what_the_rule_says_of_every_case(desk: Any) -> None:
    """Any facts about several clients, two of them merged: the marks are those that the list of candidates tells."""
    chance = random.Random(7)
    clients, plans = [new_id() for _ in range(4)], [PLAN, OTHER_PLAN]
    people = [await handler(desk) for _ in range(5)]
    cases = []
    for number in range(20):
        fields = {"client_id": str(chance.choice(clients)), "product_id": str(chance.choice([*plans, ""])) or None}
        complaint_id = await desk.registered(**fields, is_other_matter=True, facts=f"第{number}件")
        person = chance.choice(people)
        await desk.does(desk.supervisor, complaint_id, "assign", {"handler_id": str(person)})
        cases.append((complaint_id, person))
    for _ in range(40):
        client_id, day = chance.choice(clients), f"2026-0{chance.choice([1, 2])}-{chance.randrange(10, 29)}"
        if chance.random() < 0.3:
            await desk.bought(chance.choice(plans), day, client_id=client_id)
        elif chance.random() < 0.8:
            await desk.spoke(chance.choice(people), day, client_id=client_id, is_reached=chance.random() < 0.8)
        else:
            about = {"client_id": client_id, "unit_id": desk.unit_id, "manager_id": chance.choice(people)}
            await desk.kit.receive(HANDLERS, ClientAssigned(occurred_at=datetime.fromisoformat(f"{day}T04Z"), **about))
    merged = {"merged_client_id": clients[0], "surviving_client_id": clients[1], "client_id": clients[1]}
    await desk.kit.receive(HANDLERS, ClientMerged(occurred_at=desk.kit.now, **merged, step=1))

    await look(desk)

    expected = {id: (await listed(desk, id))[str(person)]["exclusions"] for id, person in cases}
    found = {id: (await desk.supervisor.get(f"/v1/complaints/{id}")).json()["handler_exclusions"] for id, _ in cases}
    assert found == expected
    assert 3 < sum(map(bool, found.values())) < 20, "some are excluded and some are not"
