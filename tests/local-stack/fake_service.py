"""Stands in for a service: answers /health/ready, and misbehaves as its first argument says.

    python fake_service.py BEHAVIOR JOURNAL NAME PORT

It appends `NAME started` and `NAME stopped` to the file JOURNAL.
"""

import http.server
import json
import signal
import subprocess
import sys
import time
from types import FrameType

behavior, journal, name, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


def note(what: str) -> None:
    with open(journal, "a") as file:
        file.write(f"{name} {what}\n")


def stop(_signal: int, _frame: FrameType | None) -> None:
    if behavior == "stubborn":
        return
    note("stopped")
    sys.exit(0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if behavior == "unready" else 200)
        self.end_headers()
        self.wfile.write(b'{"problems": ["topic complaints.complaint is missing"]}')

    def do_POST(self) -> None:
        """Answer the gateway's sign-in."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"access_token": "token-of-the-admin"}')

    def log_message(self, format: str, *args: object) -> None:
        print(json.dumps({"level": "info", "event": format % args}), flush=True)


signal.signal(signal.SIGTERM, stop)
note("started")
if behavior == "crash":
    print(json.dumps({"level": "error", "event": "no such column"}), flush=True)
    raise SystemExit("the settings are wrong")
if behavior == "stubborn":
    child = subprocess.Popen(["sleep", "60"])
    note(f"has child {child.pid}")
if behavior == "brief":
    time.sleep(1)
    raise SystemExit(3)
if behavior == "slow":
    time.sleep(1)
note("listens")
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
