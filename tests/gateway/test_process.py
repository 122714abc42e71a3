"""The gateway as the process an operator starts: from the environment, through a lost database, to SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from fake_service import FakeService, free_port, serving

from shared.testing.postgres import TestPostgres, clone


class Process:
    """A running `python -m gateway.main`."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "gateway.main"],
            env={**os.environ, **environment, "GATEWAY_PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def until_ready(self, wanted: int) -> httpx.Response:
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = httpx.get(f"{self.url}/health/ready")
                if answer.status_code == wanted:
                    return answer
            except httpx.TransportError:
                assert self.popen.poll() is None, self.popen.communicate()[0].decode()
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def fake(gateway_files: Path) -> Iterator[tuple[FakeService, int]]:
    service = FakeService(gateway_files / "public.json")
    with serving(service) as port:
        yield service, port


@pytest.fixture
def process(
    postgres_server: TestPostgres, gateway_database: str, gateway_files: Path, fake: tuple[FakeService, int]
) -> Iterator[Process]:
    # A database of its own, since this test takes it away.
    template = f"t{postgres_server.run.id}_gateway_template"
    port = free_port()
    environment = {
        "GATEWAY_ENVIRONMENT": "dev",
        "GATEWAY_DATABASE_URL": clone(postgres_server, template, suffix="_process"),
        "GATEWAY_SIGNING_KEY_FILE": str(gateway_files / "key.json"),
        "GATEWAY_ISSUER": f"http://127.0.0.1:{port}",
        "GATEWAY_UPSTREAMS": json.dumps({"complaints": f"http://127.0.0.1:{fake[1]}"}),
        "GATEWAY_DEV_SIGN_IN": "true",
    }
    process = Process(environment, port)
    yield process
    if process.popen.poll() is None:
        process.popen.kill()
    process.popen.communicate(timeout=10)


def test_it_starts_serves_survives_its_database_and_stops(process: Process, postgres_server: TestPostgres) -> None:
    assert process.until_ready(200).json()["problems"] == []
    token = httpx.post(f"{process.url}/dev/sign-in", json={"bootstrap": "admin"}).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{process.url}/v1/code-lists", headers=headers).status_code == 200

    database = f"t{postgres_server.run.id}_gateway_{postgres_server.run.worker}_process"
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        assert process.until_ready(503).json()["status"] == "not ready"
        registered = httpx.get(f"{process.url}/v1/oauth-clients", headers=headers)
        assert (registered.status_code, registered.headers["retry-after"]) == (503, "2")
        assert httpx.get(f"{process.url}/v1/code-lists", headers=headers).status_code == 200
        assert httpx.get(f"{process.url}/health/live").status_code == 200
        admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
    process.until_ready(200)

    process.popen.send_signal(signal.SIGTERM)
    output, _ = process.popen.communicate(timeout=15)
    assert process.popen.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in output.decode().splitlines()]
    assert {line["service"] for line in lines} == {"gateway"}
    assert {line["route"] for line in lines if line["event"] == "request"} >= {"/v1/code-lists", "/dev/sign-in"}


def test_a_request_under_way_is_answered_before_it_ends(process: Process, fake: tuple[FakeService, int]) -> None:
    service, _ = fake
    service.answers["/v1/complaints"] = (200, b"{}", 1.5)
    process.until_ready(200)
    token = httpx.post(f"{process.url}/dev/sign-in", json={"bootstrap": "admin"}).json()["access_token"]

    with ThreadPoolExecutor(3) as callers:
        headers = {"Authorization": f"Bearer {token}"}
        asked = [callers.submit(httpx.get, f"{process.url}/v1/complaints", headers=headers) for _ in range(3)]
        deadline = time.monotonic() + 10
        while len(service.seen) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.popen.send_signal(signal.SIGTERM)
        answers = [one.result(20) for one in asked]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    process.popen.communicate(timeout=15)
    assert process.popen.returncode in (0, -signal.SIGTERM)


def test_it_does_not_start_in_production_with_the_dev_sign_in(gateway_files: Path) -> None:
    environment = {
        "GATEWAY_ENVIRONMENT": "production",
        "GATEWAY_DATABASE_URL": "postgresql://u:p@127.0.0.1:1/gateway",
        "GATEWAY_SIGNING_KEY_FILE": str(gateway_files / "key.json"),
        "GATEWAY_ISSUER": "https://crm.example.com",
        "GATEWAY_UPSTREAMS": "{}",
        "GATEWAY_DEV_SIGN_IN": "true",
    }
    process = Process(environment, free_port())

    output, _ = process.popen.communicate(timeout=60)

    assert process.popen.returncode != 0
    assert b"dev_sign_in lets anybody in" in output
