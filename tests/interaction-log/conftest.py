"""The service under test, and what it hears of: events of others, in versions as their senders count them."""

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from interaction_log.main import create_app
from interaction_log.settings import Settings
from interaction_log.worker import HANDLERS, TIMERS
from shared.delivery.handlers import deliver
from shared.events.base import Event, Received
from shared.events.client_profile import (
    ClientActivated,
    ClientAssigned,
    ClientRegistered,
    ServiceClassChanged,
    StaffJoined,
)
from shared.events.risk import ClientFlagged
from shared.ids import new_id
from shared.testing.postgres import TestPostgres
from shared.testing.service import ServiceKit, service_kit
from shared.timers import run_due


@pytest_asyncio.fixture(scope="session")
async def service(postgres_server: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServiceKit]:
    folder = tmp_path_factory.mktemp("keys")
    async with service_kit("interaction-log", create_app, Settings, postgres_server, folder) as kit:
        yield kit


@pytest_asyncio.fixture
async def kit(service: ServiceKit) -> ServiceKit:
    await service.reset()
    return service


class World:
    """What happens around the service: events of others, calls, and time."""

    def __init__(self, kit: ServiceKit) -> None:
        self.kit = kit
        self._versions: Counter[tuple[str, str]] = Counter()

    def received(self, event: Event) -> Received[Event]:
        """Return `event` as its sender's next one about the same aggregate."""
        one = self.kit.received(event)
        self._versions[one.topic, one.key] += 1
        return dataclasses.replace(one, aggregate_version=self._versions[one.topic, one.key])

    async def hear(self, *events: Event) -> list[Received[Event]]:
        batch = [self.received(event) for event in events]
        await self.deliver(*batch)
        return batch

    async def deliver(self, *batch: Received[Event]) -> None:
        async with self.kit.database.transaction() as session:
            await deliver(session, HANDLERS, batch)

    async def run_timers(self) -> None:
        for timer in TIMERS:
            await run_due(timer, self.kit.database, clock=lambda: self.kit.now)

    async def client(
        self,
        *,
        manager_id: UUID | None = None,
        unit_id: UUID | None = None,
        service_class: str | None = None,
        is_active: bool = True,
        at: datetime | None = None,
    ) -> UUID:
        """Return a client that client-profile has told of; its follow-ups are planned."""
        client_id, at = new_id(), at or self.kit.now
        events: list[Event] = [ClientRegistered(occurred_at=at, client_id=client_id, kind="person")]
        if is_active:
            events.append(ClientActivated(occurred_at=at, client_id=client_id))
        if manager_id:
            unit_id = unit_id or new_id()
            events.append(ClientAssigned(occurred_at=at, client_id=client_id, manager_id=manager_id, unit_id=unit_id))
        if service_class:
            events.append(
                ServiceClassChanged(
                    occurred_at=at, client_id=client_id, service_class=service_class, rule_version="service_class@2026"
                )
            )
        await self.hear(*events)
        await self.run_timers()
        return client_id

    async def staff(self, *roles: str, unit_path: list[UUID]) -> UUID:
        """Return a staff member of the first of these units; the others stand above it."""
        staff_id = new_id()
        await self.hear(
            StaffJoined(
                occurred_at=self.kit.now,
                staff_id=staff_id,
                unit_id=unit_path[0],
                unit_path=unit_path,
                roles=list(roles),
            )
        )
        return staff_id

    def contact(self, client_id: UUID, **fields: Any) -> dict[str, Any]:
        """Return the body of a call that reached the client just now."""
        defaults = {
            "client_id": str(client_id),
            "kind": "call",
            "direction": "outbound",
            "started_at": self.kit.now.isoformat(),
            "is_reached": True,
        }
        return {**defaults, **fields}

    async def record(self, client_id: UUID, caller: httpx.AsyncClient | None = None, **fields: Any) -> dict[str, Any]:
        answer = await (caller or self.kit.staff("customer_service")).post(
            "/v1/interactions", json=self.contact(client_id, **fields)
        )
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def follow_ups(self, client_id: UUID) -> list[tuple[str, str, date]]:
        """Return reason, status and last day of the client's follow-ups, in the order they were planned."""
        statement = "SELECT reason, status, due_on FROM follow_up WHERE client_id = :client_id ORDER BY id"
        async with self.kit.database.session() as session:
            rows = await session.execute(text(statement), {"client_id": client_id})
            return [(row.reason, row.status, row.due_on) for row in rows]

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        async with self.kit.database.session() as session:
            return [dict(row) for row in (await session.execute(text(statement), values)).mappings()]

    @staticmethod
    def problem(answer: httpx.Response, status: int) -> tuple[str, list[str]]:
        """Return the code and the pointers of a problem answer."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        return body["code"], [error["pointer"] for error in body.get("errors", [])]

    async def request_follow_up(self, client_id: UUID, **fields: Any) -> dict[str, Any]:
        """Return a follow-up that customer service asked for, due in a week."""
        wanted = {"client_id": str(client_id), "due_on": "2026-03-09", "note": "回复开放期问题", **fields}
        answer = await self.kit.staff("customer_service").post("/v1/follow-ups", json=wanted)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def flag(self, client_id: UUID) -> str:
        """Return the id of the follow-up that a flag of the client brings."""
        at = self.kit.now
        await self.hear(
            ClientFlagged(
                occurred_at=at, client_id=client_id, level="high", score=60, reasons=["outflow"], rule_version="1"
            )
        )
        statement = "SELECT id FROM follow_up WHERE reason = 'at_risk' AND client_id = :id"
        (row,) = await self.rows(statement, id=client_id)
        return str(row["id"])

    async def forget_outbox(self) -> None:
        async with self.kit.database.transaction() as session:
            await session.execute(text("DELETE FROM outbox"))


@pytest.fixture
def world(kit: ServiceKit) -> World:
    return World(kit)
