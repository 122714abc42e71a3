"""A served process: what it keeps from the garbage collector, and that it ends when told."""

import signal
import socket
import subprocess
import sys
import time

import httpx

_PROGRAM = """
import gc, sys
from fastapi import FastAPI
from shared.serve import serve_api
from shared.settings import ProcessSettings

app = FastAPI()

@app.get("/frozen")
async def frozen() -> int:
    return gc.get_freeze_count()

serve_api(app, ProcessSettings(database_url="postgresql://nobody@127.0.0.1:1/none", port=int(sys.argv[1])))
"""


def test_what_was_there_at_the_start_is_never_collected_and_sigterm_ends_the_process() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(port)]) as process:
        try:
            assert int(_get(f"http://127.0.0.1:{port}/frozen").text) > 10_000
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)


def _get(address: str) -> httpx.Response:
    until = time.monotonic() + 60
    while True:
        try:
            return httpx.get(address)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
