"""At-risk levels through the API and the worker's timers: flagged, changed, cleared, explained, recomputed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from complaints.risk.service import assess_changed, assess_daily
from complaints.worker import HANDLERS
from shared.events.client_profile import ClientRegistered, RedemptionConfirmed, SubscriptionConfirmed
from shared.events.interaction_log import InteractionRecorded
from shared.ids import new_id
from shared.money import Money
from shared.timers import Timer, run_due

CHANGED = Timer("risk_of_changed_clients", every=timedelta(seconds=1), run=assess_changed)
DAILY = Timer("risk_daily", every=timedelta(seconds=60), run=assess_daily)
RULE = "risk.at_risk@2020-01-01+risk.products@2020-01-01"


async def run(desk: Any, timer: Timer = CHANGED) -> int:
    return await run_due(timer, desk.kit.database, clock=lambda: desk.kit.now)


async def risk_events(desk: Any) -> list[tuple[str, str, list[str]]]:
    return [
        (type_.split(".")[2], payload["level"], payload["reasons"])
        for type_, payload in await desk.kit.outbox()
        if ".risk." in type_
    ]


async def why(desk: Any, client_id: Any = None, **caller: Any) -> dict[str, Any]:
    reader = desk.kit.staff("risk")
    answer = await reader.get(f"/v1/clients/{client_id or desk.client_id}/risk")
    assert answer.status_code == 200, answer.text
    explained: dict[str, Any] = answer.json()
    return explained


async def test_a_complaint_flags_its_client_and_the_flag_clears_after_its_time(desk: Any) -> None:
    complaint_id = await desk.decided(level="major")
    await run(desk)
    desk.kit.now += timedelta(days=1)
    await desk.inform(complaint_id)
    await run(desk)
    for _ in range(15):
        desk.kit.now += timedelta(days=1)
        await run(desk, DAILY)

    assert await risk_events(desk) == [
        ("client_flagged", "high", ["major_complaint_open"]),
        ("client_risk_changed", "high", []),
        ("client_cleared", "low", []),
    ]
    # Informed on the 3rd: the 4th is the first whole day below the bound, the 17th the 14th in a row.
    cleared = next(payload for type_, payload in await desk.kit.outbox() if "cleared" in type_)
    assert cleared["occurred_at"].startswith("2026-03-17")
    assert cleared["rule_version"] == RULE


async def test_nothing_is_told_while_level_and_reasons_stay(desk: Any) -> None:
    await desk.registered(level="major")
    await run(desk)
    told = await risk_events(desk)
    for _ in range(5):
        desk.kit.now += timedelta(days=1)
        assert await run(desk, DAILY) == 1
        assert await run(desk, DAILY) == 0

    assert await risk_events(desk) == told == [("client_flagged", "high", ["major_complaint_open"])]


async def test_a_due_date_that_passes_makes_high(desk: Any) -> None:
    await desk.registered()
    await run(desk)
    desk.kit.now += timedelta(days=16)

    await run(desk, DAILY)

    assert await risk_events(desk) == [("client_flagged", "high", ["complaint_overdue", "ordinary_complaint_open"])]


async def test_a_withdrawn_complaint_counts_no_more(desk: Any) -> None:
    await desk.registered()
    second = await desk.registered(reason="pricing")
    third = await desk.registered(reason="marketing")
    await run(desk)
    for complaint_id in (second, third):
        await desk.does(
            desk.agent, complaint_id, "withdraw", {"withdrawn_on": "2026-03-02", "reason": "撤回", "proof": "录音 7"}
        )
    await run(desk)

    # It counted for a part of the day: the flag keeps its clearing time instead of coming and going within hours.
    assert await risk_events(desk) == [
        ("client_flagged", "medium", ["many_complaints", "ordinary_complaint_open"]),
        ("client_risk_changed", "medium", ["ordinary_complaint_open"]),
    ]
    explained = await why(desk)
    assert (explained["today"]["level"], explained["clears_on"]) == ("low", "2026-03-16")


async def test_why_shows_facts_points_rule_and_what_would_clear_it(desk: Any) -> None:
    complaint_id = await desk.registered(level="complicated")
    other = await desk.registered(reason="pricing")
    await run(desk)

    explained = await why(desk)

    assert explained["level"] == "medium"
    assert explained["today"]["arithmetic"] == "20 + 15 = 35"
    reasons = {reason["code"]: reason for reason in explained["today"]["reasons"]}
    assert reasons["complicated_complaint_open"]["facts"]["complaints"] == [complaint_id, other]
    assert reasons["several_complaints"]["name"] == "近期多次投诉"
    assert reasons["several_complaints"]["ends_when"]
    assert explained["rule"]["version"] == explained["recorded"]["rule_version"] == RULE
    assert explained["rule"]["value"]["medium_from"] == 30
    assert explained["recorded"]["flagged_at"].startswith("2026-03-02T0")
    assert explained["is_current"]
    assert (explained["clears_on"], explained["clears_by_itself_on"]) == (None, None)


async def test_why_says_that_a_change_is_not_yet_recorded(desk: Any) -> None:
    before = await why(desk)
    await desk.registered(level="major")
    during = await why(desk)
    await run(desk)
    after = await why(desk)

    assert (before["recorded"], before["level"]) == (None, "low")
    assert (during["level"], during["is_current"]) == ("high", False)
    assert (after["level"], after["is_current"], after["recorded"]["level"]) == ("high", True, "high")


async def test_why_tells_a_manager_nothing_of_the_complaint_about_them(desk: Any) -> None:
    complaint_id = await desk.registered(level="major", named_staff_id=str(desk.manager_id))
    manager = desk.kit.staff("relationship_manager", id=desk.manager_id)

    answer = await manager.get(f"/v1/clients/{desk.client_id}/risk")

    assert answer.json()["level"] == "high"
    assert complaint_id not in answer.text
    assert complaint_id in str(await why(desk))


async def test_rows_are_those_the_caller_reaches(desk: Any) -> None:
    await desk.registered(level="major")
    other = new_id()
    await desk.registered(level="major", client_id=str(other))
    await run(desk)

    async def listed(caller: Any, query: str = "") -> set[str]:
        answer = await caller.get(f"/v1/risk{query}")
        return {item["client_id"] for item in answer.json()["items"]}

    mine = {str(desk.client_id)}
    assert await listed(desk.kit.staff("risk")) == mine | {str(other)}
    assert await listed(desk.kit.staff("risk"), "?level=medium") == set()
    assert await listed(desk.kit.staff("relationship_manager", id=desk.manager_id)) == mine
    assert await listed(desk.kit.staff("team_lead", unit_id=desk.unit_id)) == mine
    assert await listed(desk.kit.staff("relationship_manager")) == set()
    stranger = desk.kit.staff("relationship_manager")
    desk.refused(await stranger.get(f"/v1/clients/{desk.client_id}/risk"), 404, "not_found")
    desk.refused(await desk.kit.staff("risk").get(f"/v1/clients/{new_id()}/risk"), 404, "not_found")
    desk.refused(await desk.kit.client(desk.client_id).get("/v1/risk"), 403, "forbidden")


async def history(desk: Any, client_id: Any) -> None:
    """What an import of past years tells: years after it happened, in no useful order."""
    at = desk.kit.now

    def dealing(kind: Any, days: int, amount: str, **fields: Any) -> Any:
        day = (at - timedelta(days=days)).date()
        return kind(
            occurred_at=at - timedelta(days=days),
            dealing_id=new_id(),
            client_id=client_id,
            confirmation_number="B-1",
            product_id=new_id(),
            amount=Money(amount=amount),
            applied_on=day,
            confirmed_on=day,
            **fields,
        )

    contact = InteractionRecorded(
        occurred_at=at - timedelta(days=200),
        interaction_id=new_id(),
        client_id=client_id,
        kind="call",
        direction="outbound",
        is_reached=True,
    )
    redeemed = {"original_dealing_id": new_id(), "is_full": True}
    await desk.kit.receive(
        HANDLERS,
        dealing(RedemptionConfirmed, 80, "500000.00", **redeemed),
        contact,
        dealing(SubscriptionConfirmed, 1500, "800000.00"),
        ClientRegistered(occurred_at=at, client_id=client_id, kind="person"),
    )


async def test_a_recompute_after_an_import_depends_on_facts_and_today_only(desk: Any) -> None:
    client_id = new_id()
    await history(desk, client_id)
    item = {"external_id": "1", "client_id": str(client_id), "received_on": "2024-05-06", "informed_on": "2024-06-30"}
    body = {"origin": "cfpb", "items": [item]}
    assert (await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)).status_code == 200

    answer = await desk.kit.staff("admin").post("/v1/risk/recompute", json={})

    assert answer.json() == {"assessed": 2, "changed": 1, "after": None}
    assert await risk_events(desk) == [("client_flagged", "medium", ["large_outflow", "contact_overdue"])]
    assert await run(desk) > 0
    assert len(await risk_events(desk)) == 1
    assert (await why(desk, client_id))["today"]["score"] == 45


async def test_all_clients_are_recomputed_in_parts(desk: Any) -> None:
    events = [
        ClientRegistered(occurred_at=desk.kit.now - timedelta(days=400), client_id=new_id(), kind="person")
        for _ in range(7)
    ]
    await desk.kit.receive(HANDLERS, *events)
    admin, after, parts = desk.kit.staff("admin"), None, []
    while True:
        part = (await admin.post("/v1/risk/recompute", json={"limit": 3, "after": after})).json()
        parts.append(part["assessed"])
        after = part["after"]
        if after is None:
            break

    assert parts == [3, 3, 2]
    assert await desk.kit.count("client_risk") == 8


async def test_an_assessment_names_the_rule_that_made_it_last(desk: Any) -> None:
    await run(desk)
    desk.kit.now += timedelta(days=1)
    async with desk.kit.database.transaction() as session:
        # A new row of the same numbers, as after a yearly review: the level stays, the rule is another.
        await session.execute(text("UPDATE policy_row SET valid_to = '2026-03-03' WHERE code = 'risk.at_risk'"))
        copied = "SELECT code, valid_to, value, source FROM policy_row WHERE code = 'risk.at_risk'"
        await session.execute(text(f"INSERT INTO policy_row (code, valid_from, value, source) {copied}"))
    try:
        await run(desk, DAILY)
        recorded = (await why(desk))["recorded"]
    finally:
        async with desk.kit.database.transaction() as session:
            await session.execute(text("DELETE FROM policy_row WHERE valid_from = '2026-03-03'"))
            await session.execute(text("UPDATE policy_row SET valid_to = NULL WHERE code = 'risk.at_risk'"))

    assert (recorded["assessed_on"], recorded["rule_version"]) == (
        "2026-03-03",
        "risk.at_risk@2026-03-03+risk.products@2020-01-01",
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"limit": 0}, "/limit"), ({"limit": 2001}, "/limit"), ({"after": "x"}, "/after"), ({"all": 1}, "/all")],
)
async def test_a_bad_recompute_is_pointed_at(desk: Any, body: dict[str, Any], pointer: str) -> None:
    desk.refused(await desk.kit.staff("risk").post("/v1/risk/recompute", json=body), 422, "invalid", pointer)
    desk.refused(await desk.agent.post("/v1/risk/recompute", json={}), 403, "forbidden")


async def test_workers_at_once_tell_of_every_client_once(desk: Any) -> None:
    clients = [new_id() for _ in range(60)]
    items = [
        {"external_id": f"{place}", "received_on": "2026-02-01", "client_id": str(client_id), "level": "major"}
        for place, client_id in enumerate(clients * 3)
    ]
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json={"origin": "old-desk", "items": items})
    assert {result["status"] for result in answer.json()["results"]} == {"created"}

    await asyncio.gather(*(run(desk) for _ in range(4)), *(run(desk, DAILY) for _ in range(2)))

    flagged = [payload["client_id"] for type_, payload in await desk.kit.outbox() if "flagged" in type_]
    assert sorted(flagged) == sorted(map(str, clients))
    assert await desk.kit.count("changed_client") == 0


async def test_silence_is_found_by_the_daily_look_alone(desk: Any) -> None:
    await run(desk)
    desk.kit.now += timedelta(days=181)
    assert await run(desk) == 0

    await run(desk, DAILY)

    async with desk.kit.database.session() as session:
        row = (await session.execute(text("SELECT reasons, score, assessed_on FROM client_risk"))).one()
    assert (row.reasons, row.score, row.assessed_on.isoformat()) == (["contact_overdue"], 10, "2026-08-30")
    assert await risk_events(desk) == []
