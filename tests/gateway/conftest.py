"""The gateway as a real server on loopback, before a fake service."""

import io
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey

sys.path.insert(0, str(Path(__file__).parent))  # the kit is plain Python beside the tests

from fake_service import FakeService, fake_contract, free_port, serving, stuck_port
from gateway_kit import GatewayKit

from gateway.limits.rules import Plan
from gateway.main import create_app
from gateway.routing.access_log import AccessLog
from gateway.routing.protocol import BoundedProtocol
from gateway.settings import GatewaySettings
from shared import migrations
from shared.testing.postgres import TestPostgres, clone, template_database

SERVICES = ("client-profile", "interaction-log", "complaints", "channel-commission", "fragile")


@pytest.fixture(scope="session")
def gateway_database(postgres_server: TestPostgres) -> str:
    template = template_database(postgres_server, "gateway", lambda url: migrations.upgrade("gateway", url))
    return clone(postgres_server, template)


@pytest.fixture(scope="session")
def signing_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@pytest.fixture(scope="session")
def gateway_files(tmp_path_factory: pytest.TempPathFactory, signing_key: ECKey) -> Path:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "key.json").write_text(json.dumps(signing_key.as_dict(private=True)))
    (folder / "public.json").write_text(json.dumps({"keys": [signing_key.as_dict(private=False)]}))
    (folder / "openapi.json").write_text(json.dumps(fake_contract()))
    return folder


@pytest_asyncio.fixture(scope="session")
async def running(gateway_database: str, gateway_files: Path, signing_key: ECKey) -> AsyncIterator[GatewayKit]:
    fake = FakeService(gateway_files / "public.json")
    with serving(fake) as service_port, stuck_port() as stuck:
        addresses = {name: f"http://127.0.0.1:{service_port}" for name in SERVICES}
        settings = GatewaySettings(
            environment="dev",
            database_url=gateway_database,
            signing_key_file=gateway_files / "key.json",
            openapi_file=gateway_files / "openapi.json",
            issuer="http://gateway.test",
            upstreams={**addresses, "away": f"http://127.0.0.1:{free_port()}", "stuck": f"http://127.0.0.1:{stuck}"},
            plans={"standard": Plan(6000, 1000), "tiny": Plan(60, 5)},
            token_plan=Plan(60_000, 10_000),
            dev_sign_in=True,
            upstream_concurrency=5,
            upstream_seconds=3,
            log_level="warning",
        )
        output = io.StringIO()
        app = create_app(settings, access_log=AccessLog(output))
        with serving(app, http=BoundedProtocol, proxy_headers=False, server_header=False) as port:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
                yield GatewayKit(port, app, settings, fake, signing_key, output, http)


@pytest.fixture
def kit(running: GatewayKit) -> GatewayKit:
    running.fake.reset()
    return running
