"""How tests enter, send and read evidence."""

from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from complaints.worker import TIMERS
from shared.files import keeping
from shared.testing.files import a_pdf
from shared.timers import run_due

CONTRACT = {
    "kind": "contract",
    "description": "信托合同，第七条约定收益分配日",
    "provider": "complainant",
    "received_on": "2026-03-02",
    "file_name": "信托合同（张三）.pdf",
}
WHY = {"reason": "核对合同第七条"}


def path_of(complaint_id: str, *rest: str) -> str:
    return "/".join((f"/v1/complaints/{complaint_id}/evidence", *rest))


async def entered(desk: Any, complaint_id: str, **fields: Any) -> str:
    given = {name: value for name, value in (CONTRACT | fields).items() if value is not None}
    answer = await desk.agent.post(path_of(complaint_id), json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def sent(desk: Any, complaint_id: str, evidence_id: str, content: bytes) -> httpx.Response:
    answer: httpx.Response = await desk.agent.put(path_of(complaint_id, evidence_id, "file"), content=content)
    return answer


async def filed(desk: Any, complaint_id: str, content: bytes = b"", **fields: Any) -> str:
    evidence_id = await entered(desk, complaint_id, **fields)
    answer = await sent(desk, complaint_id, evidence_id, content or a_pdf())
    assert answer.status_code == 200, answer.text
    return evidence_id


async def download(caller: httpx.AsyncClient, complaint_id: str, evidence_id: str) -> httpx.Response:
    return await caller.post(path_of(complaint_id, evidence_id, "download"), json=WHY)


async def audited(desk: Any, action: str) -> list[Any]:
    async with desk.kit.database.session() as session:
        statement = text("SELECT * FROM audit_entry WHERE action = :action ORDER BY id")
        return list((await session.execute(statement, {"action": action})).all())


def files_of(desk: Any) -> list[Path]:
    root = desk.kit.app.state.files.store._root
    return [found for found in root.rglob("*") if found.is_file()]


async def settle(desk: Any) -> None:
    """Let the timers of files do what is due."""
    dating = [one for one in TIMERS if one.name == "evidence_dating"]
    for timer in (*dating, *keeping.timers(desk.kit.app.state.files.store)):
        await run_due(timer, desk.kit.database, clock=lambda: desk.kit.now)
