"""A closed case with its cause, the owner of an action against it, and the shortest way to an action in any state."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio

from shared.ids import new_id

EVIDENCE = "修订后的风险揭示书（版本2）及培训签到表"


@dataclass
class Works:
    """Who works on an action, and how it gets on.

    Attributes:
        owner_id, unit_id: The owner at work, and the owner's unit.
        judge: Somebody who may judge and neither owns nor does it.
    """

    desk: Any
    owner_id: UUID = field(default_factory=new_id)
    unit_id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.owner = self.desk.kit.staff("product_manager", id=self.owner_id, unit_id=self.unit_id)
        self.judge = self.desk.kit.staff("compliance")

    def day(self, days: int = 0) -> str:
        return str(self.desk.kit.now.date() + timedelta(days=days))

    def wanted(self, **fields: Any) -> dict[str, Any]:
        given = {"what": "修订风险揭示书并培训", "owner_id": str(self.owner_id), "due_on": self.day(20)}
        return given | fields

    async def opened(self, complaint_id: str | None = None, **fields: Any) -> dict[str, Any]:
        complaint_id = complaint_id or await self.desk.closed()
        path = f"/v1/complaints/{complaint_id}/improvement-actions"
        answer = await self.desk.handler.post(path, json=self.wanted(**fields))
        assert answer.status_code == 201, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def done(self, action_id: str, **fields: Any) -> dict[str, Any]:
        body = {"done_on": self.day(), "evidence": EVIDENCE} | fields
        return await self.does(self.owner, action_id, "report-done", body)

    async def judged(self, action_id: str, **body: Any) -> dict[str, Any]:
        return await self.does(self.judge, action_id, "check", {"findings": "抽查10份，均已执行"} | body)

    async def does(self, caller: Any, action_id: str, command: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.tries(caller, action_id, command, body)
        assert answer.is_success, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def tries(self, caller: Any, action_id: str, command: str, body: dict[str, Any]) -> Any:
        read = await self.read(action_id)
        headers = {"If-Match": f'"{read["version"]}"'}
        return await caller.post(f"/v1/improvement-actions/{action_id}/{command}", json=body, headers=headers)

    async def read(self, action_id: str) -> dict[str, Any]:
        read: dict[str, Any] = (await self.desk.supervisor.get(f"/v1/improvement-actions/{action_id}")).json()
        return read

    async def effect(self, action_id: str) -> dict[str, Any]:
        read: dict[str, Any] = (await self.desk.supervisor.get(f"/v1/improvement-actions/{action_id}/effect")).json()
        return read

    async def listed(self, query: str, caller: Any = None) -> list[str]:
        found = (await (caller or self.desk.supervisor).get(f"/v1/improvement-actions{query}")).json()
        return [one["id"] for one in found["items"]]


@pytest_asyncio.fixture
async def works(desk: Any) -> Works:
    works = Works(desk)
    await desk.joined(works.owner_id, "product_manager", units=[works.unit_id])
    return works
