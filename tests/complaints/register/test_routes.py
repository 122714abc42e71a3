"""The register as pages and as a workbook: the same rows, masked, for who may see them, with a trace of who took it."""

import io
from datetime import date
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import text

from complaints.worker import HANDLERS
from shared.events.client_profile import ClientAssigned, ClientRegistered
from shared.events.erasure import ClientErased
from shared.ids import new_id
from shared.testing.statements import statements

PERIOD = {"received_from": "2026-03-01", "received_to": "2026-03-31"}
WHY = {"reason": "监管现场检查调阅"}
STRANGER = {"name": "李小明", "phone": "13812345678"}


async def listed(caller: Any, **query: str) -> list[dict[str, Any]]:
    answer = await caller.get("/v1/complaint-register", params=PERIOD | {"limit": "200"} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]  # type: ignore[no-any-return]  # JSON


async def exported(caller: Any, **body: Any) -> Any:
    answer = await caller.post("/v1/complaint-register/export", json=PERIOD | WHY | body)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["cache-control"] == "no-store"
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def rows_of(book: Any) -> list[dict[str, Any]]:
    head, *rows = book["台账"].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


async def full_case(desk: Any) -> str:
    """Return a closed case about which as much as possible was said."""
    complaint_id = await desk.assigned(
        client_id=None,
        complainant=STRANGER,
        source="nfra",
        forwarding_number="银保监转〔2026〕12号",
        facts="销售时承诺保本，请回电13812345678。",
        demand="=退还本金",
        request_kinds=["refund", "reply"],
        tags=["media"],
        amount={"amount": "1000000.50", "currency": "CNY"},
        product_id=str(new_id()),
    )
    extension = {"reason": "需调取13900001111的录音", "complainant_told_on": "2026-03-02"}
    await desk.does(desk.supervisor, complaint_id, "extend", extension)
    again = {"method": "phone", "facts": "再次来电催办"}
    assert (await desk.agent.post(f"/v1/complaints/{complaint_id}/repeats", json=again)).is_success
    await desk.does(desk.handler, complaint_id, "propose", desk.proposal)
    read = await desk.supervisor.get(f"/v1/complaints/{complaint_id}")
    await desk.does(desk.supervisor, complaint_id, "approve", None, {"If-Match": read.headers["ETag"]})
    await desk.inform(complaint_id)
    await desk.does(desk.handler, complaint_id, "close", desk.closing)
    return complaint_id


async def test_an_entry_tells_all_that_is_held_and_masks_who_complains(desk: Any) -> None:
    complaint_id = await full_case(desk)

    (entry,) = await listed(desk.supervisor)

    assert entry["id"] == complaint_id
    told = {
        "complainant_name": "李**",
        "complainant_phone": "13****78",
        "client_id": None,
        "facts": "销售时承诺保本，请回电13****78。",
        "forwarding_number": "银保监转〔2026〕12号",
        "amount": {"amount": "1000000.50", "currency": "CNY"},
        "request_kinds": ["refund", "reply"],
        "wants_reply": True,
        "extension_reasons": ["需调取13****11的录音"],
        "repeated_filings": 1,
        "handling_days": 0,
        "is_in_time": True,
        "is_upheld": True,
        "root_cause": "disclosure",
        "handler_id": str(desk.handler_id),
        "due_on": "2026-04-01",
        "is_erased": False,
        "tracks": [],
        "review_outcome": None,
    }
    assert {name: entry[name] for name in told} == told
    assert entry["handling_unit_id"] is not None


async def test_the_workbook_holds_the_same_rows_with_amounts_and_days_as_such(desk: Any) -> None:
    await full_case(desk)
    for _ in range(3):
        await desk.registered()
    entries = await listed(desk.supervisor)

    book = await exported(desk.supervisor)

    rows = rows_of(book)
    assert [row["投诉编号"] for row in rows] == [entry["number"] for entry in entries]
    first = rows[0]
    assert first["投诉人姓名"] == "李**"
    assert first["联系电话"] == "13****78"
    assert first["涉及金额（元）"] == 1000000.5
    assert first["受理日期"].date() == date(2026, 3, 2)
    assert first["超15日原因（延期原因）"] == "需调取13****11的录音"
    assert first["是否升级"] == "否"
    assert "13812345678" not in str(rows)
    cell = next(cell for cell in book["台账"][2] if cell.value == "=退还本金")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


async def test_whoever_takes_it_leaves_a_trace_in_the_trail_and_on_the_first_sheet(desk: Any) -> None:
    await desk.registered(source="app")
    await desk.registered(source="letter")

    book = await exported(desk.supervisor, source="app")

    told = dict(book["说明"].iter_rows(values_only=True))
    assert (told["导出事由"], told["件数"], told["其他条件"]) == (WHY["reason"], 1, "移动客户端")
    async with desk.kit.database.session() as session:
        row = (await session.execute(text("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1"))).one()
    assert (row.action, row.actor, row.reason) == (
        "complaint_register.exported", f"staff:{desk.supervisor_id}", WHY["reason"],
    )  # fmt: skip
    assert row.facts == PERIOD | {"source": "app", "rows": 1}
    assert told["导出编号"] == str(row.subject_id)


async def test_rows_are_those_in_reach_and_never_about_the_reader(desk: Any) -> None:
    named, lead = new_id(), desk.kit.staff("team_lead", unit_id=desk.unit_id)
    mine = await desk.registered()
    others_client = new_id()
    at = desk.kit.now
    await desk.kit.receive(
        HANDLERS,
        ClientRegistered(occurred_at=at, client_id=others_client, kind="person"),
        ClientAssigned(occurred_at=at, client_id=others_client, manager_id=new_id(), unit_id=new_id()),
    )
    other = await desk.registered(client_id=str(others_client))
    about = await desk.registered(named_staff_id=str(named), reason="marketing")

    async def seen(caller: Any) -> set[str]:
        entries = await listed(caller)
        numbers = {row["投诉编号"] for row in rows_of(await exported(caller))}
        assert numbers == {entry["number"] for entry in entries}
        return {entry["id"] for entry in entries}

    assert await seen(desk.supervisor) == {mine, other, about}
    assert await seen(desk.kit.staff("executive", id=named)) == {mine, other}
    assert await seen(lead) == {mine, about}
    manager = desk.kit.staff("relationship_manager", id=desk.manager_id)
    assert {entry["id"] for entry in await listed(manager)} == {mine, about}
    desk.refused(await manager.post("/v1/complaint-register/export", json=PERIOD | WHY), 403, "forbidden")


async def test_pages_follow_each_other_without_loss(desk: Any) -> None:
    for day in ("2026-02-28", "2026-03-01", "2026-03-02"):
        items = [{"external_id": f"{day} {place}".replace(" ", "-"), "received_on": day} for place in range(4)]
        body = {"origin": "old", "items": items}
        assert (await desk.kit.staff("operations").post("/v1/complaints/bulk", json=body)).is_success
    found: list[dict[str, Any]] = []
    query: dict[str, str] | None = PERIOD | {"limit": "3"}
    while query:
        page = (await desk.supervisor.get("/v1/complaint-register", params=query)).json()
        found += page["items"]
        query = PERIOD | {"limit": "3", "cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert len({one["id"] for one in found}) == len(found) == 8
    assert [one["received_on"] for one in found] == sorted(one["received_on"] for one in found)


async def test_a_workbook_of_many_rows_takes_as_many_statements_as_one_of_few(
    desk: Any,
) -> None:
    async def asked() -> int:
        with statements(desk.kit.database) as ran:
            await exported(desk.supervisor)
        return len(ran)

    await desk.registered()
    few = await asked()
    for _ in range(10):
        await desk.registered(client_id=None, complainant=STRANGER | {"phone": f"1381234{desk.filings:04d}"})

    assert await asked() == few


async def test_an_erased_clients_ended_case_stays_as_a_row_without_the_person(desk: Any) -> None:
    ended, running = await desk.closed(facts="王五的电话是13812345678"), await desk.registered()
    at = desk.kit.now
    await desk.kit.receive(HANDLERS, ClientErased(occurred_at=at, client_id=desk.client_id, ground="service_ended"))

    entries = {entry["id"]: entry for entry in await listed(desk.supervisor)}

    gone = entries[ended]
    assert gone["is_erased"] is True
    assert {gone[name] for name in ("client_id", "facts", "demand", "decision", "basis", "measures")} == {None}
    assert (entries[running]["is_erased"], entries[running]["client_id"]) == (False, str(desk.client_id))
    rows = {row["投诉编号"]: row for row in rows_of(await exported(desk.supervisor))}
    assert rows[gone["number"]]["客户编号"] == "（个人信息已删除）"
    assert "王五" not in str(rows)


async def test_what_was_no_complaint_is_listed_only_when_asked_for(desk: Any) -> None:
    kept, gone = await desk.registered(), await desk.registered(reason="pricing")
    await desk.does(desk.supervisor, gone, "reclassify", {"kind": "enquiry", "reason": "只是咨询"})

    assert [entry["id"] for entry in await listed(desk.supervisor)] == [kept]
    assert [entry["id"] for entry in await listed(desk.supervisor, status="reclassified")] == [gone]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"received_to": "2026-02-28"}, "period_empty", "/received_to"),
        ({"reason": ""}, "invalid", "/reason"),
        ({"status": "lost"}, "invalid", "/status"),
        ({"with_names": True}, "invalid", "/with_names"),
    ],
)
async def test_bad_input_is_named(desk: Any, fields: dict[str, Any], code: str, pointer: str) -> None:
    answer = await desk.supervisor.post("/v1/complaint-register/export", json=PERIOD | WHY | fields)
    desk.refused(answer, 422, code, pointer)
    assert await desk.kit.count("audit_entry") == 0


async def test_a_channel_has_no_register(desk: Any) -> None:
    channel = desk.kit.channel(UUID(int=7), "complaint.read", "complaint.create")
    desk.refused(await channel.get("/v1/complaint-register", params=PERIOD), 403, "forbidden")
    desk.refused(await channel.post("/v1/complaint-register/export", json=PERIOD | WHY), 403, "forbidden")
