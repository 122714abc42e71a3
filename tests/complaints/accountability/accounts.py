"""People of several departments, and the shortest way to a case of accountability in any state."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest_asyncio

from shared.ids import new_id

ROLES = {
    "finder": "consumer_protection",
    "compliance": "compliance",
    "executive": "executive",
    "risk": "risk",
    "subject": "relationship_manager",
    "stranger": "auditor",
}


@dataclass
class Accounts:
    """Everybody of a department of their own, named as in `ROLES`."""

    desk: Any
    ids: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in ROLES})
    units: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in ROLES})
    callers: dict[str, Any] = field(default_factory=dict)

    async def begin(self) -> None:
        for name, role in ROLES.items():
            await self.desk.joined(self.ids[name], role, units=[self.units[name]])
            self.callers[name] = self.desk.kit.staff(role, id=self.ids[name])

    def wanted(self, complaint_id: str, **fields: Any) -> dict[str, Any]:
        given = {
            "origin": "complaint",
            "origin_id": complaint_id,
            "staff_id": str(self.ids["subject"]),
            "severity": "serious",
            "facts": "销售时未揭示延期兑付风险，录音第12分钟",
        }
        return {name: value for name, value in (given | fields).items() if value is not None}

    async def found(self, **fields: Any) -> str:
        body = self.wanted(await self.desk.closed(), **fields)
        answer = await self.callers["finder"].post("/v1/accountability-cases", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def opined(self, decider: str = "executive", measure: str | None = "demotion", **fields: Any) -> str:
        case_id = await self.found(**fields)
        body = {"opinion": "建议问责", "measure": measure, "decider_id": str(self.ids[decider])}
        await self.does("compliance", case_id, "give-opinion", body)
        return case_id

    async def decided(self, measure: str | None = "demotion", **fields: Any) -> str:
        case_id = await self.opined(measure=measure, **fields)
        await self.does("executive", case_id, "decide", {"decision": "事实清楚", "measure": measure})
        return case_id

    async def appealed(self) -> str:
        case_id = await self.decided()
        await self.does("subject", case_id, "appeal", {"grounds": "录音显示已揭示"})
        referral = {"decider_id": str(self.ids["risk"]), "reason": "复议"}
        await self.does("compliance", case_id, "refer", referral)
        return case_id

    async def tries(self, who: str, case_id: str, command: str, body: dict[str, Any]) -> Any:
        return await self.callers[who].post(f"/v1/accountability-cases/{case_id}/{command}", json=body)

    async def does(self, who: str, case_id: str, command: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.tries(who, case_id, command, body)
        assert answer.is_success, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def read(self, who: str, case_id: str) -> Any:
        return await self.callers[who].get(f"/v1/accountability-cases/{case_id}")

    async def told(self) -> list[dict[str, Any]]:
        name = "complaints.accountability.outcome_recorded.v1"
        return [payload for type_, payload in await self.desk.kit.outbox() if type_ == name]


@pytest_asyncio.fixture
async def accounts(desk: Any) -> Accounts:
    accounts = Accounts(desk)
    await accounts.begin()
    return accounts
