"""The outcome of cases about a channel's sale, as told to whoever evaluates the channel."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.ids import new_id

TYPE = "complaints.complaint.channel_outcome_recorded.v1"
MONEY = {"amount": "100.00", "currency": "CNY"}


async def told(desk: Any) -> list[dict[str, Any]]:
    return [payload for type_, payload in await desk.kit.outbox() if type_ == TYPE]


async def is_highest(desk: Any, complaint_id: str) -> bool:
    """Whether the case's last event is an outcome, with the version of the case's row."""
    found = text("SELECT type, aggregate_version FROM outbox WHERE aggregate_id = :id ORDER BY seq DESC LIMIT 1")
    async with desk.kit.database.transaction() as session:
        last = (await session.execute(found, {"id": UUID(complaint_id)})).one()
    return (last.type, last.aggregate_version) == (TYPE, (await desk.row(complaint_id)).version)


async def states(desk: Any, channel_id: UUID, complaint_id: str) -> None:
    channel = desk.kit.channel(channel_id, "complaint.create", "complaint.read")
    answer = await channel.post(f"/v1/complaints/{complaint_id}/cooperation", json={"statement": "已提供双录资料。"})
    assert answer.status_code == 201, answer.text


async def test_informing_and_closing_tell_outcome_and_cooperation(desk: Any) -> None:
    channel_id = new_id()
    complaint_id = await desk.assigned(channel_id=str(channel_id), level="major")
    desk.kit.now += timedelta(days=1)
    await states(desk, channel_id, complaint_id)
    desk.kit.now += timedelta(days=1)
    await states(desk, channel_id, complaint_id)
    await desk.does(desk.handler, complaint_id, "propose", desk.proposal)
    await desk.approves(desk.executive, complaint_id)
    await desk.inform(complaint_id)
    day = "2026-03-04"
    agreed = {"amount": MONEY, "agreed_on": day, "agreement": "和解协议 12"}
    await desk.does(desk.handler, complaint_id, "agree-compensation", agreed)
    await desk.approves(desk.executive, complaint_id, "approve-compensation")
    await desk.does(desk.supervisor, complaint_id, "pay-compensation", {"paid_on": day, "proof": "回单 7"})
    await desk.does(desk.handler, complaint_id, "close", desk.closing | {"compensation": MONEY})

    first, second = await told(desk)
    expected = {
        "complaint_id": complaint_id,
        "client_id": str(desk.client_id),
        "channel_id": str(channel_id),
        "product_id": None,
        "level": "major",
        "reason": "disclosure",
        "outcome": "upheld",
        "received_on": "2026-03-02",
        "ended_on": "2026-03-04",
        "is_in_time": True,
        "root_cause": None,
        "compensation": None,
        "statements": 2,
        "first_stated_on": "2026-03-03",
    }
    assert {name: first[name] for name in expected} == expected
    closed = expected | {"root_cause": "disclosure", "compensation": MONEY}
    assert {name: second[name] for name in expected} == closed
    assert await is_highest(desk, complaint_id)


async def test_a_withdrawn_case_and_a_silent_channel_are_told_too(desk: Any) -> None:
    complaint_id = await desk.decided(channel_id=str(new_id()))

    await desk.does(
        desk.agent, complaint_id, "withdraw", {"withdrawn_on": "2026-03-02", "reason": "已和解", "proof": "录音 7"}
    )

    (payload,) = await told(desk)
    assert (payload["outcome"], payload["ended_on"], payload["is_in_time"]) == ("withdrawn", "2026-03-02", None)
    assert (payload["statements"], payload["first_stated_on"]) == (0, None)


async def test_a_case_without_a_channel_and_an_open_one_tell_nothing(desk: Any) -> None:
    await desk.closed()
    await desk.decided(channel_id=str(new_id()))

    assert await told(desk) == []


async def test_cases_of_the_past_tell_their_outcome_and_what_becomes_known_later(desk: Any) -> None:
    item = {"received_on": "2025-01-10", "channel_id": str(new_id())}
    sent = [
        item | {"external_id": "1", "informed_on": "2025-01-30"},
        item | {"external_id": "2", "informed_on": "2025-01-20", "is_upheld": False, "root_cause": "process"},
        item | {"external_id": "3", "withdrawn_on": "2025-01-12"},
        item | {"external_id": "4"},
    ]
    results = await _take_in(desk, sent)
    assert [(one["outcome"], one["ended_on"], one["is_in_time"]) for one in await told(desk)] == [
        ("unstated", "2025-01-30", False),
        ("not_upheld", "2025-01-20", True),
        ("withdrawn", "2025-01-12", None),
    ]

    sent[0] |= {"compensation": MONEY}
    await _take_in(desk, sent)
    await _take_in(desk, sent)

    assert len(await told(desk)) == 4
    last = (await told(desk))[-1]
    assert (last["complaint_id"], last["compensation"]) == (results[0]["id"], MONEY)
    assert await is_highest(desk, results[0]["id"])


async def _take_in(desk: Any, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = {"origin": "cfpb", "items": items}
    answer = await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results
