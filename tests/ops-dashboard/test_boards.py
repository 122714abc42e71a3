from datetime import date, timedelta
from random import Random
from typing import Any

from ops_dashboard.flow.rules import per_service
from ops_dashboard.worker import HANDLERS
from shared.events import channel_commission as commission
from shared.events import complaints as cases
from shared.events import interaction_log as log
from shared.events.base import Event
from shared.ids import new_id
from shared.money import Money
from shared.testing.service import START, ServiceKit

TODAY = date(2026, 3, 2)


def _case(**changes: Any) -> cases.ComplaintRegistered:
    values: dict[str, Any] = {
        "occurred_at": START,
        "complaint_id": new_id(),
        "level": "ordinary",
        "reason": "service",
        "received_on": TODAY,
        "due_on": TODAY + timedelta(days=15),
    }
    return cases.ComplaintRegistered(**values | changes)


async def _due(kit: ServiceKit) -> dict[str, Any]:
    found: dict[str, Any] = (await kit.staff("operations").get("/v1/operations/due")).json()
    return found


async def test_due_work_is_counted_by_its_day(kit: ServiceKit) -> None:
    await kit.receive(HANDLERS, *(_case(due_on=TODAY + timedelta(days=days)) for days in (-1, 0, 3, 4)))

    due = await _due(kit)

    assert due["as_of"] == "2026-03-02"
    assert due["complaints_open"] == 4
    assert due["complaints_overdue"] == 1
    assert due["complaints_due_today"] == 1
    assert due["complaints_due_in_3_days"] == 2


async def test_a_case_leaves_the_board_when_the_complainant_is_informed(kit: ServiceKit) -> None:
    case = _case()
    told = cases.ComplaintInformed(
        occurred_at=START, complaint_id=case.complaint_id, informed_on=TODAY, is_in_time=True
    )
    await _receive_versions(kit, case, told)

    assert (await _due(kit))["complaints_open"] == 0
    assert (await kit.staff("operations").get("/v1/operations/complaints")).json()["items"] == []


async def test_a_late_duplicate_of_an_older_event_changes_nothing(kit: ServiceKit) -> None:
    case = _case()
    extended = cases.ComplaintExtended(
        occurred_at=START, complaint_id=case.complaint_id, due_on=TODAY + timedelta(days=30), limit_days=30
    )
    await _receive_versions(kit, case, extended)

    await _receive_versions(kit, case)

    (item,) = (await kit.staff("operations").get("/v1/operations/complaints")).json()["items"]
    assert item["due_on"] == "2026-04-01"


async def test_a_follow_up_planned_anew_moves(kit: ServiceKit) -> None:
    values: dict[str, Any] = {"occurred_at": START, "follow_up_id": new_id(), "client_id": new_id(), "reason": "rhythm"}
    await _receive_versions(
        kit,
        log.FollowUpScheduled(**values, due_on=TODAY - timedelta(days=1)),
        log.FollowUpScheduled(**values, due_on=TODAY),
    )

    due = await _due(kit)

    assert (due["follow_ups_open"], due["follow_ups_overdue"], due["follow_ups_due_today"]) == (1, 0, 1)


async def test_a_cleared_client_is_no_longer_listed(kit: ServiceKit) -> None:
    client_id = new_id()
    risk: dict[str, Any] = {"occurred_at": START, "client_id": client_id, "rule_version": "v"}
    flagged = cases.ClientFlagged(**risk, level="medium", score=35, reasons=["open_complaint"])
    worse = cases.ClientRiskChanged(
        **risk | {"occurred_at": START + timedelta(days=1)}, level="high", score=70, reasons=["overdue"]
    )
    cleared = cases.ClientCleared(**risk, level="low", score=0, reasons=[])
    caller = kit.staff("operations")

    await _receive_versions(kit, flagged, worse)
    (item,) = (await caller.get("/v1/operations/clients-at-risk", params={"level": "high"})).json()["items"]
    assert item["score"] == 70
    assert item["flagged_at"] == "2026-03-02T04:00:00Z"

    await _receive_versions(kit, flagged, worse, cleared, begin_at=3)
    assert (await caller.get("/v1/operations/clients-at-risk")).json()["items"] == []


async def test_statements_are_summed_by_where_they_stand(kit: ServiceKit) -> None:
    period = commission.PeriodClosed(
        occurred_at=START, period_id=new_id(), period="2026-02", statements=2, total=Money.from_fen(300)
    )
    await kit.receive(HANDLERS, period)
    first, second = (_statement(fen) for fen in (100, 200))
    await _receive_versions(kit, first, commission.SettlementChecked(**first.model_dump()))
    await _receive_versions(kit, second)

    caller = kit.staff("finance")
    (month,) = (await caller.get("/v1/operations/periods")).json()
    assert month["status"] == "closed"
    assert [(one["status"], one["statements"], one["amount"]["amount"]) for one in month["by_status"]] == [
        ("calculated", 1, "2.00"),
        ("checked", 1, "1.00"),
    ]
    page = (await caller.get("/v1/operations/settlements", params={"period": "2026-02"})).json()
    assert len(page["items"]) == 2


async def test_money_is_not_shown_to_everybody_who_watches_nor_the_rest_to_finance(kit: ServiceKit) -> None:
    assert (await kit.staff("finance").get("/v1/operations/due")).status_code == 403
    assert (await kit.staff("relationship_manager").get("/v1/operations/periods")).status_code == 403


async def test_flow_counts_every_event_by_its_service(kit: ServiceKit) -> None:
    await kit.receive(HANDLERS, _case(), _case())

    flow = (await kit.staff("operations").get("/v1/operations/flow")).json()

    by_service = {one["service"]: one for one in flow["services"]}
    assert by_service["complaints"]["events_total"] == 2
    assert by_service["complaints"]["waiting"] is None
    assert sum(one["events"] for one in flow["last_minutes"]) == 2


def test_counts_are_summed_per_service_in_any_order() -> None:
    counts = [("complaints.risk.client_flagged.v1", 1, 3), ("complaints.complaint.closed.v1", 2, 4)]
    Random(1).shuffle(counts)

    assert per_service(counts)["complaints"] == (3, 7)


def _statement(fen: int) -> commission.SettlementCalculated:
    return commission.SettlementCalculated(
        occurred_at=START,
        statement_id=new_id(),
        channel_id=new_id(),
        period="2026-02",
        bearer="company",
        amount=Money.from_fen(fen),
        digest="0" * 64,
    )


async def _receive_versions(kit: ServiceKit, *events: Event, begin_at: int = 1) -> None:
    """Hand over events of one aggregate with its versions; those before `begin_at` came earlier."""
    for version, event in enumerate(events, start=1):
        if version >= begin_at:
            await kit.receive(HANDLERS, event, version=version)
