from datetime import UTC, datetime, timedelta
from typing import Any

from client_profile.service_class import service
from shared.ids import new_id
from shared.testing.service import ServiceKit


async def review(kit: ServiceKit, on: str) -> int:
    """Let the timer look, at noon of the day in Shanghai."""
    kit.now = datetime.fromisoformat(f"{on}T04:00:00+00:00")
    async with kit.database.transaction() as session:
        return await service.review(session, kit.now, 100)


async def state(desk: Any, client: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.operations.get(f"/v1/clients/{client['id']}/service-class")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def redeem(desk: Any, dealing: dict[str, Any], amount: str, on: str) -> None:
    wanted = {
        "original_dealing_id": dealing["id"],
        "amount": desk.yuan(amount),
        "applied_on": on,
        "confirmed_on": on,
        "confirmation_number": f"R-{on}-{amount}",
    }
    answer = await desk.operations.post("/v1/dealings/redemptions", json=wanted)
    assert answer.status_code == 201, answer.text


def changes(outbox: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, str]]:
    return [(event["previous"], event["service_class"]) for type_, event in outbox if "service_class" in type_]


async def test_a_client_without_dealings_is_of_class_c_and_knows_why(house: Any, desk: Any) -> None:
    found = await state(desk, await house.client())

    assert (found["service_class"], found["deserved_class"], found["aum"]) == ("C", "C", desk.yuan("0.00"))
    assert found["thresholds"] == {"A": desk.yuan("10000000.00"), "B": desk.yuan("3000000.00")}
    assert (found["pending_downgrade"], found["override"]) == (None, None)


async def test_the_class_rises_with_the_dealing_and_falls_at_the_second_review(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client, "12000000.00")
    risen = await state(desk, client)
    kit.now = datetime(2026, 3, 20, 4, tzinfo=UTC)
    await redeem(desk, dealing, "8000000.00", "2026-03-20")

    pending = await state(desk, client)
    first = await review(kit, "2026-04-01")
    after_first = await state(desk, client)
    between = await review(kit, "2026-04-15")
    second = await review(kit, "2026-05-01")
    after_second = await state(desk, client)

    assert risen["service_class"] == "A"
    assert (pending["service_class"], pending["deserved_class"]) == ("A", "B")
    assert pending["pending_downgrade"] == {
        "service_class": "B",
        "reviews_missed": 0,
        "reviews_needed": 2,
        "next_review_on": "2026-04-01",
    }
    assert (first, between, second) == (1, 0, 1)
    assert after_first["pending_downgrade"]["reviews_missed"] == 1
    assert (after_second["service_class"], after_second["pending_downgrade"]) == ("B", None)
    assert changes(await kit.outbox()) == [("C", "A"), ("A", "B")]
    assert await review(kit, "2026-06-01") == 0


async def test_a_downtime_over_both_reviews_ends_in_the_same_class_with_one_event(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client, "3000000.00")
    kit.now = datetime(2026, 3, 20, 4, tzinfo=UTC)
    await redeem(desk, dealing, "0.01", "2026-03-20")

    assert await review(kit, "2026-09-10") == 1

    assert (await state(desk, client))["service_class"] == "C"
    assert changes(await kit.outbox()) == [("C", "B"), ("B", "C")]


async def test_the_answer_before_the_timer_came_is_the_answer_after_it(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    dealing = await desk.held(client, "3000000.00")
    kit.now = datetime(2026, 3, 20, 4, tzinfo=UTC)
    await redeem(desk, dealing, "1000000.00", "2026-03-20")

    kit.now = datetime(2026, 5, 1, 4, tzinfo=UTC)
    before = await state(desk, client)
    await review(kit, "2026-05-01")

    assert before == await state(desk, client)


async def test_an_override_holds_until_its_last_day_and_the_rule_goes_on_beneath(kit: ServiceKit, desk: Any) -> None:
    client = await desk.fit_client()
    lead_id = new_id()
    executive = kit.staff("executive", id=lead_id)
    path = f"/v1/clients/{client['id']}/service-class"
    wanted = {"service_class": "A", "reason": "战略合作机构实际控制人", "expires_on": "2026-03-31"}

    answer = await executive.post(f"{path}/override", json=wanted)
    await desk.held(client, "3000000.00")
    held = await state(desk, client)
    early = await review(kit, "2026-03-31")
    ended = await review(kit, "2026-04-01")

    assert answer.status_code == 200
    assert answer.json()["override"] == {
        "service_class": "A",
        "reason": "战略合作机构实际控制人",
        "approved_by": str(lead_id),
        "expires_on": "2026-03-31",
    }
    assert (held["service_class"], held["computed_class"]) == ("A", "B")
    assert (early, ended) == (0, 1)
    assert ((await state(desk, client))["service_class"], (await state(desk, client))["override"]) == ("B", None)
    assert changes(await kit.outbox()) == [("C", "A"), ("A", "B")]
    assert await kit.count("audit_entry WHERE action = 'service_class.overridden'") == 1


async def test_an_override_is_ended_by_hand_and_only_if_there_is_one(kit: ServiceKit, desk: Any, house: Any) -> None:
    client = await house.client()
    path, executive = f"/v1/clients/{client['id']}/service-class", kit.staff("executive")
    wanted = {"service_class": "B", "reason": "潜力客户", "expires_on": "2026-03-02"}

    none = await executive.post(f"{path}/end-override")
    await executive.post(f"{path}/override", json=wanted)
    ended = await executive.post(f"{path}/end-override")

    assert (none.status_code, none.json()["code"]) == (409, "no_override")
    assert (ended.json()["service_class"], ended.json()["override"]) == ("C", None)
    assert changes(await kit.outbox()) == [("C", "B"), ("B", "C")]


async def test_bad_overrides_are_pointed_at_and_leave_nothing(kit: ServiceKit, house: Any) -> None:
    manager = await house.manager()
    client = await house.client(manager=manager)
    path, executive = f"/v1/clients/{client['id']}/service-class/override", kit.staff("executive")
    good, events = {"service_class": "A", "reason": "x", "expires_on": "2026-03-31"}, await kit.events()
    for change, pointer in (
        ({"service_class": "D"}, "/service_class"),
        ({"reason": ""}, "/reason"),
        ({"reason": "长" * 2001}, "/reason"),
        ({"expires_on": "2026-03-01"}, "/expires_on"),
        ({"expires_on": "9999-12-31"}, "/expires_on"),
        ({"expires_on": None}, "/expires_on"),
        ({"approver": "me"}, "/approver"),
    ):
        answer = await executive.post(path, json={**good, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), change
    assert (await house.as_staff(manager).post(path, json=good)).status_code == 403
    foreign_lead = kit.staff("team_lead", unit_id=await house.unit())
    assert (await foreign_lead.post(path, json=good)).status_code == 404
    assert await kit.count("class_standing") == 0
    assert await kit.events() == events


async def test_a_manager_reads_the_class_of_own_clients_only(kit: ServiceKit, house: Any) -> None:
    manager, other = await house.manager(), await house.manager()
    client = await house.client(manager=manager)
    path = f"/v1/clients/{client['id']}/service-class"

    assert (await house.as_staff(manager).get(path)).status_code == 200
    assert (await house.as_staff(other).get(path)).status_code == 404
    assert (await kit.staff("operations").get(f"/v1/clients/{new_id()}/service-class")).status_code == 404


async def test_a_class_that_is_deserved_is_not_looked_at_again(kit: ServiceKit, desk: Any) -> None:
    await desk.held(await desk.fit_client(), "12000000.00")
    kit.now += timedelta(days=400)
    async with kit.database.transaction() as session:
        assert await service.review(session, kit.now, 100) == 0
