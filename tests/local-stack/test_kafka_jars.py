import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local_stack import kafka_jars
from local_stack.errors import StackError

JAR = b"an archive"
COORDINATE = "org.example:archive:1.0"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def use_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def use(port: int) -> None:
        config = tmp_path / "jgo.conf"
        config.write_text(f"[repositories]\ncentral = http://127.0.0.1:{port}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(config))

    return use


@pytest.fixture
def repository(tmp_path: Path, use_repository: Callable[[int], None]) -> Iterator[ThreadingHTTPServer]:
    jar = tmp_path / "repository" / "org" / "example" / "archive" / "1.0" / "archive-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(JAR)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "repository"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        use_repository(server.server_port)
        yield server
        server.shutdown()


def pin(folder: Path, monkeypatch: pytest.MonkeyPatch, sha256: str) -> None:
    pins = folder / "pins.txt"
    pins.write_text(f"{COORDINATE} {sha256}\n")
    monkeypatch.setattr(kafka_jars, "PINS", pins)


def test_an_archive_is_downloaded_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    repository: ThreadingHTTPServer,
    use_repository: Callable[[int], None],
) -> None:
    pin(tmp_path, monkeypatch, hashlib.sha256(JAR).hexdigest())
    assert not kafka_jars.are_there(tmp_path)

    (first,) = kafka_jars.fetch(tmp_path)
    use_repository(1)
    (second,) = kafka_jars.fetch(tmp_path)

    assert first == second == tmp_path / "kafka-jars" / "archive-1.0.jar"
    assert first.read_bytes() == JAR
    assert kafka_jars.are_there(tmp_path)


def test_an_archive_with_another_hash_than_pinned_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: ThreadingHTTPServer
) -> None:
    pin(tmp_path, monkeypatch, "0" * 64)

    with pytest.raises(StackError, match=r"archive:1\.0 as downloaded is not the file that is pinned"):
        kafka_jars.fetch(tmp_path)

    assert not kafka_jars.are_there(tmp_path)


def test_an_archive_that_cannot_be_downloaded_is_named_with_what_to_do(
    tmp_path: Path, use_repository: Callable[[int], None]
) -> None:
    use_repository(1)

    with pytest.raises(StackError, match=r"ConnectionError.*\n.*try again.*\n.*mirror.*\n.*KAFKA_BOOTSTRAP_SERVERS"):
        kafka_jars.fetch(tmp_path)


def test_the_pins_name_the_broker_and_its_logging_with_a_hash_each() -> None:
    pins = dict(line.split() for line in kafka_jars.PINS.read_text().splitlines())

    assert {kafka_jars.BROKER, kafka_jars.LOGGING} <= set(pins)
    assert all(len(sha256) == 64 for sha256 in pins.values())
    logging_version = kafka_jars.LOGGING.rpartition(":")[2]
    assert f"org.apache.logging.log4j:log4j-core:{logging_version}" in pins
