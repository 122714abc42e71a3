"""Ports on 127.0.0.1: find a free one, and say who holds one that is not."""

import errno
import random
import socket

import psutil

HOST = "127.0.0.1"
# Below the range from which the kernel hands out ports for outgoing connections, so that none is taken between the
# moment we look and the moment the server listens.
SEARCHED = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now; one closed a moment ago counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def find_free(*, preferred: int | None = None) -> int:
    """Return `preferred` if it is free, else some free port."""
    if preferred is not None and is_free(preferred):
        return preferred
    for port in random.sample(SEARCHED, 200):
        if is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, f"200 ports between {SEARCHED.start} and {SEARCHED.stop} tried, none is free")


def holder(port: int) -> str | None:
    """Return who listens on the port as `name (pid 123)`, or None where the system does not tell us."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.AccessDenied, OSError):
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return _name(connection.pid)
    return None


def _name(pid: int | None) -> str | None:
    if pid is None:
        return None
    try:
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        return f"pid {pid}"
