"""Who sees what: the whole house watches, money also goes to finance and channel managers, nothing leaves the house."""

import pytest

from ops_dashboard.permissions import PERMISSIONS
from shared.http.permissions import Role
from shared.ids import new_id
from shared.testing.service import ServiceKit

_WATCHERS = {
    "operations",
    "admin",
    "executive",
    "compliance",
    "consumer_protection",
    "complaint_supervisor",
    "risk",
    "auditor",
}
_MONEY = {"/v1/operations/periods", "/v1/operations/settlements"}
# The feed itself does not end; its list is under the same rule.
_PATHS = sorted(route.removeprefix("GET ") for route in PERMISSIONS if route != "GET /v1/feed")


@pytest.mark.parametrize("path", _PATHS)
async def test_each_role_sees_what_it_watches_and_nothing_else(kit: ServiceKit, path: str) -> None:
    allowed = _WATCHERS | ({"finance", "channel_manager"} if path in _MONEY else set())

    seen = {role.value for role in Role if (await kit.staff(role.value).get(path)).status_code == 200}

    assert seen == allowed


@pytest.mark.parametrize("path", _PATHS)
async def test_clients_channels_and_strangers_see_nothing(kit: ServiceKit, path: str) -> None:
    stranger = kit.staff("operations")
    stranger.headers.pop("authorization")

    assert (await kit.client(new_id()).get(path)).status_code == 403
    assert (await kit.channel(new_id(), "statement.read", "client.read").get(path)).status_code == 403
    assert (await stranger.get(path)).status_code == 401


async def test_the_feed_is_under_the_same_rule_as_its_list(kit: ServiceKit) -> None:
    assert PERMISSIONS["GET /v1/feed"] == PERMISSIONS["GET /v1/feed/entries"]
    ahead = {"Last-Event-ID": "99"}
    assert (await kit.staff("finance").get("/v1/feed", headers=ahead)).status_code == 403
    assert (await kit.staff("auditor").get("/v1/feed", headers=ahead)).status_code == 200
