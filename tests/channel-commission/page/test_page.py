"""The partner's page: served whole from here, and in agreement with the API it calls."""

import re
from typing import Any

from channel_commission.permissions import PERMISSIONS


async def test_the_page_asks_nobody_else_for_anything(market: Any) -> None:
    caller = market.staff("finance")
    page = await caller.get("/partner")

    policy = page.headers["content-security-policy"]
    assert policy == "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
    linked = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert linked == ["/partner/partner.css", "/partner/partner.js"]
    for path in linked:
        answer = await caller.get(path)
        assert answer.status_code == 200
        assert re.findall(r"https?://|url\(|@import|innerHTML", answer.text) == [], path
    # The policy allows no script or style inside the page either.
    assert re.findall(r"<style|<script(?! type=\"module\" src=)| on[a-z]+=| style=", page.text) == []
    assert (await caller.get("/partner/statement.typ")).status_code == 422


async def test_the_page_calls_routes_that_a_channel_may_call(market: Any) -> None:
    script = (await market.staff("finance").get("/partner/partner.js")).text
    called = {re.sub(r"\$\{[^}]+\}", "{statement_id}", path) for path in re.findall(r"[`\"](/v1/[^`\"?]+)", script)}

    assert called - {"/v1/code-lists"} == {
        "/v1/settlements",
        "/v1/settlements/{statement_id}",
        "/v1/settlements/{statement_id}/lines",
        "/v1/settlements/{statement_id}/file",
        "/v1/settlements/{statement_id}/confirm",
        "/v1/settlements/{statement_id}/dispute",
    }
    for path in called - {"/v1/code-lists"}:
        allowed = {role for method in ("GET", "POST") for role in PERMISSIONS.get(f"{method} {path}", {})}
        assert allowed & {"channel:commission.read", "channel:commission.confirm"}, path
