"""The overview of a merged client leads to that of the client that stands for it."""

import json

from gateway_kit import GatewayKit

from gateway.overview.rules import CLIENT
from shared.ids import new_id


async def test_the_overview_of_a_merged_client_leads_to_the_one_that_stands_for_it(kit: GatewayKit) -> None:
    client_id, survivor_id = new_id(), new_id()
    moved = {"status": 301, "code": "client_merged", "merged_into": str(survivor_id)}
    kit.fake.answers[CLIENT.target_for(client_id)] = (301, json.dumps(moved).encode(), 0)

    answer = await kit.http.get(f"/v1/clients/{client_id}/overview", headers=await kit.staff("relationship_manager"))

    assert (answer.status_code, answer.json()["code"]) == (301, "client_merged")
    assert answer.headers["Location"] == f"/v1/clients/{survivor_id}/overview"
