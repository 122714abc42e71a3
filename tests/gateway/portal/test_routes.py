import re

import pytest
from gateway_kit import GatewayKit

from gateway.portal.rules import code_lists


async def test_the_contract_is_served_as_it_is_committed(kit: GatewayKit) -> None:
    answer = await kit.http.get("/openapi.json")

    assert answer.content == kit.settings.openapi_file.read_bytes()
    assert answer.headers["content-type"] == "application/json"


async def test_the_reference_page_loads_only_what_the_gateway_serves(kit: GatewayKit) -> None:
    page = await kit.http.get("/docs")
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert assets
    for asset in assets:
        answer = await kit.http.get(asset)
        assert answer.status_code == 200, asset
        assert answer.headers["content-type"].split(";")[0] in ("text/css", "text/javascript")


@pytest.mark.parametrize("name", ["nothing.js", "rapidoc-LICENSE.txt", "routes.py", "..%2froutes.py"])
async def test_no_other_file_is_served(kit: GatewayKit, name: str) -> None:
    answer = await kit.http.get(f"/docs/{name}")

    assert answer.status_code in (400, 404)


async def test_everybody_with_a_token_reads_the_code_lists(kit: GatewayKit) -> None:
    channel = await kit.channel("complaint.create")

    for headers in (await kit.staff("auditor"), await channel.headers()):
        answer = await kit.http.get("/v1/code-lists", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["oauth_client_status"] == {"active": "启用", "suspended": "停用"}

    assert (await kit.http.get("/v1/code-lists")).status_code == 401


async def test_metrics_are_counted_by_template(kit: GatewayKit) -> None:
    await kit.http.get("/v1/things/123456", headers=await kit.staff("admin"))

    metrics = (await kit.http.get("/metrics")).text

    assert 'http_requests_total{method="GET",route="/v1/things/{thing_id}",status="200"}' in metrics
    assert "123456" not in metrics
    assert "gateway_upstream_in_flight" in metrics


async def test_a_ready_gateway_says_so(kit: GatewayKit) -> None:
    answer = await kit.http.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "problems": []})


def test_code_lists_of_a_document_without_any_are_empty() -> None:
    assert code_lists({}) == {}
