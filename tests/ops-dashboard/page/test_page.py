"""The operations page: served whole from here, and in agreement with the API it calls."""

import re
from typing import Any

import pytest

from ops_dashboard.permissions import PERMISSIONS
from shared.testing.service import ServiceKit

_SCRIPTS = ("operations.js", "feed.js", "labels.js")


async def _text(kit: ServiceKit, path: str) -> str:
    answer = await kit.staff("operations").get(path)
    assert answer.status_code == 200, path
    return answer.text


async def test_the_page_asks_nobody_else_for_anything(kit: ServiceKit) -> None:
    page = await kit.staff("operations").get("/operations")

    policy = page.headers["content-security-policy"]
    assert policy == "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
    linked = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert linked == ["/operations/operations.css", "/operations/operations.js"]
    files = {path.rsplit("/", 1)[1] for path in linked} | set(_SCRIPTS)
    for name in files:
        content = await _text(kit, f"/operations/{name}")
        assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import", content) == [], name
        assert set(re.findall(r'from "([^"]+)"', content)) <= {f"/operations/{script}" for script in _SCRIPTS}
    # The policy allows no script or style inside the page either.
    assert re.findall(r"<style|<script(?! type=\"module\" src=)| on[a-z]+=| style=", page.text) == []


async def test_the_page_calls_routes_that_exist(kit: ServiceKit) -> None:
    scripts = "".join([await _text(kit, f"/operations/{name}") for name in _SCRIPTS])

    called = {path.split("?")[0] for path in re.findall(r'"(/v1/[^"]+)"', scripts)}

    assert {f"GET {path}" for path in called} - {"GET /v1/code-lists"} == {
        "GET /v1/feed",
        "GET /v1/feed/entries",
        "GET /v1/operations/due",
        "GET /v1/operations/complaints",
        "GET /v1/operations/follow-ups",
        "GET /v1/operations/clients-at-risk",
        "GET /v1/operations/periods",
        "GET /v1/operations/flow",
    }
    assert {f"GET {path}" for path in called} - {"GET /v1/code-lists"} <= PERMISSIONS.keys()


async def test_the_scripts_find_their_places_on_the_page(kit: ServiceKit) -> None:
    page = await _text(kit, "/operations")
    script = await _text(kit, "/operations/operations.js")

    used = set(re.findall(r'(?:byId|fill|panelProblem|deny)\("([a-z-]+)"', script))
    used |= set(re.findall(r'\["([a-z]+-panel)"', script))

    assert len(used) > 15
    assert used <= set(re.findall(r'id="([a-z-]+)"', page))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/operations", "text/html; charset=utf-8"),
        ("/operations/operations.css", "text/css; charset=utf-8"),
        ("/operations/feed.js", "text/javascript; charset=utf-8"),
    ],
)
async def test_files_are_served_to_anybody_and_asked_for_anew(kit: ServiceKit, path: str, kind: str) -> None:
    caller: Any = kit.staff("operations")
    caller.headers.pop("authorization")

    answer = await caller.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["permissions.py", "..%2Fsettings.py", "operations.html"])
async def test_nothing_else_is_served(kit: ServiceKit, name: str) -> None:
    assert (await kit.staff("operations").get(f"/operations/{name}")).status_code in (404, 422)
