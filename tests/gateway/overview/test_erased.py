"""The overview of an erased client says so, once for all parts."""

import json

from gateway_kit import GatewayKit

from gateway.overview.rules import CLIENT
from shared.ids import new_id


async def test_the_overview_of_an_erased_client_is_gone(kit: GatewayKit) -> None:
    client_id = new_id()
    gone = {"status": 410, "code": "client_erased", "title": "Gone"}
    kit.fake.answers[CLIENT.target_for(client_id)] = (410, json.dumps(gone).encode(), 0)

    answer = await kit.http.get(f"/v1/clients/{client_id}/overview", headers=await kit.staff("relationship_manager"))

    assert (answer.status_code, answer.json()["code"]) == (410, "client_erased")
    assert answer.headers["content-type"] == "application/problem+json"
