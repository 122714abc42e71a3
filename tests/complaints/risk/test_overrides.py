"""Since when reasons hold; judgements in place of the rule: until they expire or are taken back, audited."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from complaints.risk.service import assess_changed, assess_daily
from shared.ids import new_id
from shared.timers import Timer, run_due

CHANGED = Timer("risk_of_changed_clients", every=timedelta(seconds=1), run=assess_changed)
DAILY = Timer("risk_daily", every=timedelta(seconds=60), run=assess_daily)


async def run(desk: Any, timer: Timer = CHANGED) -> int:
    return await run_due(timer, desk.kit.database, clock=lambda: desk.kit.now)


async def why(desk: Any) -> dict[str, Any]:
    explained: dict[str, Any] = (await desk.kit.staff("risk").get(f"/v1/clients/{desk.client_id}/risk")).json()
    return explained


async def test_the_reasons_say_since_when_they_hold(desk: Any) -> None:
    await desk.registered(level="major")
    desk.kit.now += timedelta(days=20)
    await run(desk)

    reasons = {reason["code"]: reason["since"] for reason in (await why(desk))["today"]["reasons"]}

    assert reasons == {"major_complaint_open": "2026-03-02", "complaint_overdue": "2026-03-18"}


JUDGEMENT = {"level": "low", "reason": "客户已续签，经核实无流失意向。", "expires_on": "2026-03-12"}


async def test_a_judgement_stands_in_place_of_the_rule_until_it_expires(desk: Any) -> None:
    await desk.registered(level="major")
    await run(desk)
    risk, path = desk.kit.staff("risk"), f"/v1/clients/{desk.client_id}/risk/override"
    given = await risk.post(path, json=JUDGEMENT)
    await run(desk)
    during = await why(desk)
    desk.kit.now += timedelta(days=10)
    await run(desk, DAILY)
    after = await why(desk)

    assert (given.status_code, given.json()["until"]) == (201, "2026-03-12")
    assert (during["level"], during["today"]["level"], during["override"]["reason"]) == (
        *("low", "high", JUDGEMENT["reason"]),
    )
    assert during["is_current"]
    assert (after["level"], after["override"]) == ("high", None)
    told = [type_.split(".")[2] for type_, _ in await desk.kit.outbox() if ".risk." in type_]
    assert told == ["client_flagged", "client_cleared", "client_flagged"]
    async with desk.kit.database.session() as session:
        action = text("SELECT reason FROM audit_entry WHERE action = 'risk.overridden'")
        assert (await session.execute(action)).scalar_one() == JUDGEMENT["reason"]


async def test_a_judgement_can_be_taken_back_and_has_an_end(desk: Any) -> None:
    await desk.registered(level="major")
    risk, path = desk.kit.staff("risk"), f"/v1/clients/{desk.client_id}/risk"

    for day in ("2026-03-02", "2026-06-01"):
        late = await risk.post(f"{path}/override", json=JUDGEMENT | {"expires_on": day})
        desk.refused(late, 422, "override_too_long", "/expires_on")
    desk.refused(await risk.post(f"{path}/end-override", json={"reason": "x"}), 409, "not_overridden")
    desk.refused(await desk.supervisor.post(f"{path}/override", json=JUDGEMENT), 403, "forbidden")
    desk.refused(await risk.post(f"/v1/clients/{new_id()}/risk/override", json=JUDGEMENT), 404, "not_found")
    assert (await risk.post(f"{path}/override", json=JUDGEMENT)).status_code == 201
    assert (await risk.post(f"{path}/override", json=JUDGEMENT | {"level": "medium"})).status_code == 201
    assert (await why(desk))["level"] == "medium"
    assert (await risk.post(f"{path}/end-override", json={"reason": "情况有变"})).status_code == 204
    assert (await why(desk))["level"] == "high"
