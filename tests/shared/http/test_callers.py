import base64
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey

from shared.http.callers import Actor, mint
from shared.http.permissions import Permissions
from shared.ids import new_id
from shared.testing.service import ServiceKit

NOTE: dict[str, Any] = {"title": "见面", "amount": {"amount": "12.50", "currency": "CNY"}}
ADMIN = Actor("staff", new_id(), frozenset({"admin"}))


async def _status(kit: ServiceKit, token: str) -> int:
    answer = await kit.staff("admin").get("/v1/notes", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_call_without_a_token_is_refused(kit: ServiceKit) -> None:
    assert (await kit.staff("admin").get("/v1/notes", headers={"Authorization": ""})).status_code == 401


async def test_a_token_of_the_gateway_is_taken(kit: ServiceKit) -> None:
    assert await _status(kit, mint(ADMIN, audience="notes", key=kit.key)) == 200


async def test_tokens_for_others_expired_or_forged_are_refused(kit: ServiceKit) -> None:
    good = mint(ADMIN, audience="notes", key=kit.key)
    header, claims, signature = good.split(".")
    stranger = ECKey.generate_key("P-256", auto_kid=True)

    assert await _status(kit, mint(ADMIN, audience="complaints", key=kit.key)) == 401
    assert await _status(kit, mint(ADMIN, audience="notes", key=kit.key, now=time.time() - 120)) == 401
    assert await _status(kit, mint(ADMIN, audience="notes", key=stranger)) == 401
    assert await _status(kit, f"{header}.{claims}.{signature[::-1]}") == 401
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    assert await _status(kit, f"{unsigned}.{claims}.") == 401
    assert await _status(kit, "x" * 70_000) == 401


async def test_a_role_without_permission_is_refused(kit: ServiceKit) -> None:
    answer = await kit.staff("auditor").post("/v1/notes", json=NOTE)

    assert answer.status_code == 403
    assert "admin" in answer.json()["needed"]
    assert await kit.count("note") == 0


async def test_a_channel_needs_the_scope_and_sees_only_its_own(kit: ServiceKit) -> None:
    mine, other = new_id(), new_id()
    assert (await kit.channel(mine, "note.write").post("/v1/notes", json=NOTE)).status_code == 201

    assert (await kit.channel(mine, "note.read").post("/v1/notes", json=NOTE)).status_code == 403
    assert len((await kit.channel(mine, "note.write").get("/v1/notes")).json()["items"]) == 1
    assert (await kit.channel(other, "note.write").get("/v1/notes")).json()["items"] == []


async def test_own_rows_are_seen_by_their_owner_and_all_rows_by_admin(kit: ServiceKit) -> None:
    manager = new_id()
    await kit.staff("relationship_manager", id=manager).post("/v1/notes", json=NOTE)

    assert len((await kit.staff("relationship_manager", id=manager).get("/v1/notes")).json()["items"]) == 1
    assert (await kit.staff("relationship_manager").get("/v1/notes")).json()["items"] == []
    assert (await kit.staff("team_lead").get("/v1/notes")).json()["items"] == []
    assert len((await kit.staff("admin").get("/v1/notes")).json()["items"]) == 1


def test_a_service_with_a_route_nobody_may_call_does_not_start(
    create_notes: Callable[[Permissions], FastAPI],
) -> None:
    with pytest.raises(RuntimeError, match="permissions missing"):
        create_notes({})
