"""A database with the table of files, and both stores: a folder, and a bucket of an S3-compatible server."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import pytest_asyncio

from shared.database import Database
from shared.files.bucket import Account, Bucket
from shared.files.schema import FILES_V1
from shared.files.store import Folder, Store
from shared.testing.postgres import TestPostgres, clone, template_database

sys.path.insert(0, str(Path(__file__).parent))  # the keeper is plain Python beside the tests


@pytest.fixture(scope="session")
def files_url(postgres_server: TestPostgres) -> str:
    def migrate(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(FILES_V1)

    return clone(postgres_server, template_database(postgres_server, "files", migrate))


@pytest_asyncio.fixture
async def database(files_url: str) -> AsyncIterator[Database]:
    with psycopg.connect(files_url) as connection:
        connection.execute("TRUNCATE stored_file")
    database = Database(files_url, service="files")
    yield database
    await database.close()


@pytest.fixture(scope="session")
def s3_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3-compatible server in a process of its own, spoken to over HTTP as any other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address, process, log)
            assert httpx.put(f"{address}/evidence").status_code == 200
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(address)
        except httpx.TransportError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        else:
            return


def a_bucket(address: str, name: str = "evidence") -> Bucket:
    return Bucket(name, prefix="files", account=Account(address, "us-east-1", "key", "secret"))


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path / "files")
    return a_bucket(request.getfixturevalue("s3_address"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a `Folder` of this test lies in; not made yet."""
    return tmp_path / "files"
