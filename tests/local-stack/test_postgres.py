import getpass
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from local_stack import databases, ports, postgres
from local_stack.errors import StackError


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture
def server(data_dir: Path) -> Iterator[postgres.PostgresServer]:
    server = postgres.start(data_dir)
    yield server
    server.stop()


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_data_survives_a_crash_and_the_port_can_be_taken_again(data_dir: Path) -> None:
    server = postgres.start(data_dir)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.kill()

    again = postgres.start(data_dir, port=server.port)
    try:
        assert value(again.url(), "SELECT answer FROM kept") == 42
    finally:
        again.stop()


def test_chinese_text_has_trigrams(server: postgres.PostgresServer) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")

    assert value(server.url(), "SELECT cardinality(show_trgm('流失预警'))") == 5


def test_it_listens_on_this_machine_only(server: postgres.PostgresServer) -> None:
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(server.process.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_a_wrong_password_is_refused(server: postgres.PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="guessed"))


def test_data_outside_tests_is_written_through_to_the_disk(server: postgres.PostgresServer) -> None:
    assert value(server.url(), "SHOW fsync") == "on"


@pytest.mark.skipif(getpass.getuser() != "root", reason="LOUD: only root has another account to run the server as")
def test_it_never_runs_as_root(server: postgres.PostgresServer) -> None:
    assert psutil.Process(server.process.pid).username() == "nobody"


def test_a_server_that_an_earlier_run_left_behind_is_stopped(data_dir: Path) -> None:
    left_behind = postgres.start(data_dir)

    server = postgres.start(data_dir)
    try:
        assert left_behind.process.wait(10) == 0
        assert value(server.url(), "SELECT 1") == 1
    finally:
        server.stop()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(data_dir: Path) -> None:
    with pytest.raises(StackError, match='unrecognized configuration parameter "no_such_setting"'):
        postgres.start(data_dir, settings={"no_such_setting": "1"})


def test_a_service_reaches_its_own_database_only(server: postgres.PostgresServer) -> None:
    for name in ("complaints", "client_profile"):
        databases.ensure_role(server.url(), role=name, password="secret of " + name)
        databases.ensure_database(server.url(), database=name, owner=name)
    own = server.url("complaints", user="complaints", password="secret of complaints")

    assert value(own, "SELECT current_database() || rolsuper FROM pg_roles WHERE rolname = current_user") == (
        "complaintsfalse"
    )
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(server.url("client_profile", user="complaints", password="secret of complaints"))


def test_making_databases_again_changes_nothing_but_the_password(server: postgres.PostgresServer) -> None:
    for password in ("first", "second"):
        databases.ensure_role(server.url(), role="gateway", password=password)
        databases.ensure_database(server.url(), database="gateway", owner="gateway")

    assert value(server.url("gateway", user="gateway", password="second"), "SELECT 1") == 1


def test_the_address_quotes_what_urls_reserve() -> None:
    server = postgres.PostgresServer(process=None, port=1, password="a/b@c", log_file=Path())  # type: ignore[arg-type]  # nothing runs

    assert server.url("complaints") == f"postgresql://postgres:a%2Fb%40c@{ports.HOST}:1/complaints"
