"""Signing stands between approval and activation; a channel's life follows a plain list of edges."""

import random
from typing import Any

import pytest

SIGNING = {"in_force_on": "2026-03-02", "evidence": "合同编号DX-2026-1，扫描件归档"}
#: The plain model: what each state allows, and what it becomes. Written from the life cycle, not from the code.
LIFE = {
    "prospect": {"start-due-diligence": "due_diligence", "terminate": "terminated"},
    "due_diligence": {"approve": "approved", "terminate": "terminated"},
    "approved": {"sign": "signed", "terminate": "terminated"},
    "signed": {"activate": "active", "terminate": "terminated"},
    "active": {"suspend": "suspended", "terminate": "terminated"},
    "suspended": {"resume": "active", "terminate": "terminated"},
    "terminated": {},
}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "start-due-diligence": ("channel_manager", {}),
    "approve": ("compliance", {"opinion": "可"}),
    "sign": ("channel_manager", SIGNING),
    "activate": ("channel_manager", {}),
    "suspend": ("risk", {"reason": "排查"}),
    "resume": ("compliance", {}),
    "terminate": ("risk", {"reason": "到期"}),
}


async def test_a_channel_signs_once_an_agreement_holds(market: Any) -> None:
    channel = (await market.approved())["id"]
    path = f"/v1/channels/{channel}/sign"
    assert (await market.post("channel_manager", path, SIGNING, status=409))["code"] == "no_agreement_in_force"
    await market.agreement(channel, [market.percent])
    assert (await market.post("channel_manager", path, SIGNING))["status"] == "signed"

    again = await market.post("channel_manager", path, SIGNING, status=409)
    assert (again["code"], again["allowed"]) == ("channel_status_forbids", ["activate", "terminate"])
    assert (await market.post("channel_manager", f"/v1/channels/{channel}/activate"))["status"] == "active"


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_of_commands_does_what_the_life_cycle_says(market: Any, seed: int) -> None:
    dice, channel = random.Random(seed), (await market.prospect())["id"]
    await market.agreement(channel, [market.percent])
    state = "prospect"
    for _ in range(20):
        # Ending is rare, or every walk would be short.
        names = [name for name in CALLS if name != "terminate" or dice.random() < 0.15]
        command = dice.choice(names)
        role, body = CALLS[command]
        new = LIFE[state].get(command)
        answer = await market.post(role, f"/v1/channels/{channel}/{command}", body, status=200 if new else 409)
        if new is None:
            assert answer["allowed"] == sorted(LIFE[state])
        state = new or state
        if new == "due_diligence":
            await market.examine(channel)
        assert (await market.get(f"/v1/channels/{channel}"))["status"] == state
        spans = await market.rows("SELECT active_until FROM channel_active_span WHERE active_until IS NULL")
        assert len(spans) == (1 if state == "active" else 0)
