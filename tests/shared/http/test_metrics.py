"""What a process tells Prometheus over HTTP; one registry for all that runs in it."""

from http import HTTPMethod

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from shared.http.app import create_api
from shared.serve import service_worker
from shared.settings import ServiceSettings
from shared.testing.service import ServiceKit


def samples(text: str) -> dict[str, list[dict[str, str]]]:
    return {
        sample.name: [one.labels for one in family.samples if one.name == sample.name]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_one_process_tells_of_its_requests_and_of_its_worker(
    note_settings: tuple[ServiceSettings, object],
) -> None:
    app = create_api(
        "notes",
        note_settings[0].model_copy(update={"run_worker": True}),
        routers=[],
        permissions={},
        create_worker=lambda settings, database: service_worker(settings, database, handlers={}),
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        await client.get("/health/live")
        answer = await client.get("/metrics")

    found = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain")
    assert {"method": "GET", "route": "/health/live", "status": "200"} in found["http_requests_total"]
    parts = {labels["part"] for labels in found["worker_part_up"] if labels["service"] == "notes"}
    assert {"relay", "measure", "timer seal_audit", "timer forget_inbox"} <= parts
    assert {"service": "notes", "part": "relay"} in found["worker_part_failures_total"], "from the start, at zero"
    assert {"consumer": "notes"} in found["witness_seeks_total"]


async def test_readiness_is_shown_as_it_was_last_asked(note_settings: tuple[ServiceSettings, object]) -> None:
    settings = note_settings[0]
    app = create_api(
        "notes",
        settings,
        routers=[],
        permissions={},
        create_worker=lambda settings, database: service_worker(settings, database, handlers={}),
    )

    async def wrong() -> list[str]:
        return problems

    app.state.checks = [wrong]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as client:
        problems = ["the tide is out"]
        await client.get("/health/ready")
        assert REGISTRY.get_sample_value("ready") == 0
        problems = []
        await client.get("/health/ready")
        assert REGISTRY.get_sample_value("ready") == 1
    await app.state.database.close()


@pytest.mark.parametrize(("method", "path"), [("BREW", "/health/live"), ("BREW", "/nowhere"), ("GET", "/nowhere/7")])
async def test_callers_cannot_make_series_of_their_own(kit: ServiceKit, method: str, path: str) -> None:
    await kit.staff("admin").request(method, path)

    labels = samples(await _metrics(kit))["http_requests_total"]
    # The registry is the process's: whatever other tests asked for stands here too.
    assert {one["method"] for one in labels} <= {*HTTPMethod, "-"}
    assert "/nowhere/7" not in {one["route"] for one in labels}


async def _metrics(kit: ServiceKit) -> str:
    return (await kit.staff("admin").get("/metrics")).text
