"""Cases of a sample are examined once, findings put right and checked again, all of it read at once."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from complaints.worker import HANDLERS
from shared.events.erasure import ClientErased
from shared.ids import new_id
from shared.testing.statements import statements

FOUND = {"severity": "serious", "what": "未在期限内首次联系投诉人", "basis": "投诉处理办法：首问负责"}
MINOR = {"severity": "minor", "what": "归档目录缺页码", "basis": "档案管理规定"}


class Inspection:
    """A running inspection of two decided cases, and an inspector of it."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.inspector_id = desk, new_id()
        self.inspector = desk.kit.staff("auditor", id=self.inspector_id)
        self.path = ""
        self.cases: list[str] = []

    async def begin(self) -> None:
        await self.desk.joined(self.inspector_id, "auditor")
        self.cases = [await self.desk.closed(), await self.desk.decided()]
        plan = {"title": "抽查", "received_from": "2026-03-01", "received_to": "2026-03-02", "sample_size": 5}
        answer = await self.inspector.post("/v1/inspections", json=plan | {"inspector_ids": [str(self.inspector_id)]})
        self.path = f"/v1/inspections/{answer.json()['id']}"
        assert (await self.inspector.post(f"{self.path}/draw-sample")).is_success

    async def examine(self, case: str, *found: dict[str, Any], caller: Any = None) -> Any:
        body = {"findings": list(found)}
        return await (caller or self.inspector).post(f"{self.path}/cases/{case}/examine", json=body)

    async def report(self, caller: Any = None) -> dict[str, Any]:
        read: dict[str, Any] = (await (caller or self.inspector).get(f"{self.path}/report")).json()
        return read


@pytest_asyncio.fixture
async def inspection(desk: Any) -> Inspection:
    inspection = Inspection(desk)
    await inspection.begin()
    return inspection


async def test_an_inspection_from_findings_to_its_end(desk: Any, works: Any, inspection: Inspection) -> None:
    first, second = inspection.cases
    read = (await inspection.examine(first, FOUND, MINOR)).json()
    assert [one["severity"] for one in read["findings"]] == ["serious", "minor"]
    left = await inspection.inspector.post(f"{inspection.path}/complete", json={"conclusion": "总体合规"})
    assert desk.refused(left, 409, "cases_not_examined")["left"] == 1
    assert (await inspection.examine(second)).json()["findings"] == []

    done = await inspection.inspector.post(f"{inspection.path}/complete", json={"conclusion": "总体合规"})
    assert (done.json()["status"], done.json()["allowed"]) == ("completed", ["close", "improvement-actions"])
    serious = read["findings"][0]["id"]
    early = desk.refused(await inspection.inspector.post(f"{inspection.path}/close"), 409, "findings_not_put_right")
    assert early["findings"] == [serious]
    opened = await inspection.inspector.post(
        f"{inspection.path}/findings/{serious}/improvement-actions", json=works.wanted()
    )
    action = opened.json()
    assert (action["origin"], action["origin_id"], action["root_cause"]) == ("finding", serious, None)
    await works.done(action["id"])
    # A finding is checked again as soon as it is put right.
    await works.judged(action["id"], is_effective=True)
    closed = await inspection.inspector.post(f"{inspection.path}/close")

    assert closed.json()["status"] == "closed"
    report = await inspection.report()
    assert (report["sampled"], report["examined"], report["with_findings"]) == (2, 2, 1)
    assert report["by_severity"] == {"minor": 1, "serious": 1, "grave": 0}
    assert [one["is_put_right"] for one in report["findings"]] == [True, True]
    assert [one["status"] for one in report["findings"][0]["actions"]] == ["effective"]
    assert report["inspection"]["conclusion"] == "总体合规"


async def test_a_case_is_examined_once(desk: Any, inspection: Inspection) -> None:
    await inspection.examine(inspection.cases[0])

    again = desk.refused(await inspection.examine(inspection.cases[0], FOUND), 409, "case_examined")

    assert again["examined_by"] == str(inspection.inspector_id)
    assert await desk.kit.count("finding") == 0


async def test_only_inspectors_of_the_plan_examine_cases_of_the_sample(desk: Any, inspection: Inspection) -> None:
    stranger = desk.kit.staff("auditor")

    desk.refused(await inspection.examine(inspection.cases[0], caller=stranger), 403, "not_an_inspector")
    desk.refused(await inspection.examine(await desk.closed()), 404, "not_found")


async def test_nobody_examines_what_they_or_their_unit_handled(desk: Any, inspection: Inspection) -> None:
    unit, both = new_id(), new_id()
    await desk.joined(desk.handler_id, "complaint_handler", units=[unit])
    await desk.joined(both, "auditor", units=[unit])
    caller = desk.kit.staff("auditor", "complaint_supervisor", id=both)
    plan = {"title": "复查", "received_from": "2026-03-01", "received_to": "2026-03-02", "sample_size": 5}
    answer = await caller.post("/v1/inspections", json=plan | {"inspector_ids": [str(both)]})
    inspection.path = f"/v1/inspections/{answer.json()['id']}"
    await caller.post(f"{inspection.path}/draw-sample")

    refused = await inspection.examine(inspection.cases[0], caller=caller)

    desk.refused(refused, 409, "inspector_not_independent")


async def test_a_case_that_cannot_be_examined_any_more_is_explained(desk: Any, inspection: Inspection) -> None:
    first, second = inspection.cases
    await inspection.examine(second)
    erased = ClientErased(occurred_at=desk.kit.now, client_id=desk.client_id, ground="service_ended")
    await desk.kit.receive(HANDLERS, erased)

    desk.refused(await inspection.examine(first), 410, "client_erased")
    body = {"conclusion": "已查1件", "why_not_all": "客户个人信息已删除"}
    answer = await inspection.inspector.post(f"{inspection.path}/complete", json=body)

    assert answer.json()["status"] == "completed"


async def test_findings_in_a_complaint_about_oneself_are_not_shown(desk: Any, inspection: Inspection) -> None:
    named = new_id()
    await inspection.examine(inspection.cases[0], FOUND)
    async with desk.kit.database.transaction() as session:
        values = {"named": named, "id": inspection.cases[0]}
        await session.execute(text("UPDATE complaint SET named_staff_id = :named WHERE id = :id"), values)

    executive = desk.kit.staff("executive", id=named)
    assert (await inspection.report(executive))["findings"] == []
    assert len((await inspection.report())["findings"]) == 1


@pytest.mark.parametrize(
    ("findings", "pointer"),
    [
        ([FOUND | {"severity": "bad"}], "/findings/0/severity"),
        ([FOUND, {"severity": "minor", "what": "x"}], "/findings/1/basis"),
        ([FOUND] * 11, "/findings"),
    ],
)
async def test_bad_findings_are_named(
    desk: Any, inspection: Inspection, findings: list[dict[str, Any]], pointer: str
) -> None:
    answer = await inspection.examine(inspection.cases[0], *findings)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_the_report_takes_as_many_statements_however_much_was_found(
    desk: Any, works: Any, inspection: Inspection
) -> None:
    first, second = inspection.cases
    await inspection.examine(first, FOUND)
    with statements(desk.kit.database) as few:
        await inspection.report()
    for finding in (await inspection.examine(second, *[FOUND] * 9)).json()["findings"]:
        path = f"{inspection.path}/findings/{finding['id']}/improvement-actions"
        assert (await inspection.inspector.post(path, json=works.wanted())).is_success

    with statements(desk.kit.database) as many:
        report = await inspection.report()

    assert len(report["findings"]) == 10
    assert len(many) == len(few)


async def test_a_finding_of_another_inspection_is_not_found(desk: Any, works: Any, inspection: Inspection) -> None:
    path = f"{inspection.path}/findings/{new_id()}/improvement-actions"

    desk.refused(await inspection.inspector.post(path, json=works.wanted()), 404, "not_found")
