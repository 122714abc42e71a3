"""A service that does what each test needs, and real servers on loopback."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from gateway.application import own_document
from gateway.portal.merge import merge
from shared.http.callers import Actor, TokenVerifier, keys_in

#: What one route of the fake service takes.
FILE_BYTES = 6 * 1024 * 1024


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def stuck_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that a further one is never made."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield address[1]


@contextmanager
def serving(app: Any, *, http: Any = "httptools", **options: Any) -> Iterator[int]:
    """Serve `app` in a thread on a free port of loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, http=http, ws="none", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the server ended while starting"
        assert time.monotonic() < deadline, "the server did not start in 60 s"
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass
class Seen:
    """A request as the fake service got it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    size: int = 0

    def values(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]


@dataclass
class FakeService:
    """Stands for every service. `answers` says what a path gets; other paths are answered with what was seen."""

    keys_file: Path
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes, float]] = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)
    working: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0

    def reset(self) -> None:
        self.seen.clear()
        self.answers.clear()
        self.cancelled.clear()
        self.working.clear()
        self.at_once = self.most_at_once = 0

    def actor(self, audience: str) -> Actor:
        """Who the last request's internal token, verified for `audience`, says is calling."""
        token = self.seen[-1].values("authorization")[0].removeprefix("Bearer ")
        return TokenVerifier(lambda: keys_in(self.keys_file), audience).verify(token)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        query = scope["query_string"].decode()
        target = scope["raw_path"].decode() + (f"?{query}" if query else "")
        fields = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
        seen = Seen(scope["method"], target, fields)
        self.seen.append(seen)
        behave = {
            "/v1/large": self.large, "/v1/events": self.events, "/v1/slow": self.slow, "/v1/raw": self.raw,
            "/v1/cut": self.cut, "/v1/early": self.early,
        }.get(scope["path"], self.answer)  # fmt: skip
        await behave(seen, receive, send)

    async def answer(self, seen: Seen, receive: Any, send: Any) -> None:
        while (message := await receive()).get("more_body"):
            seen.size += len(message["body"])
        seen.size += len(message.get("body", b""))
        told = json.dumps({"target": seen.target, "method": seen.method, "size": seen.size}).encode()
        status, body, delay = self.answers.get(seen.target, (200, told, 0))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(delay)
        self.at_once -= 1
        kind = b"application/json" if status < 400 else b"application/problem+json"
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})

    async def large(self, _seen: Seen, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
        for _ in range(32 * 16):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def events(self, _seen: Seen, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"id: 1\ndata: first\n\n", "more_body": True})
        await self.until_gone(receive)

    async def slow(self, _seen: Seen, receive: Any, send: Any) -> None:
        await self.until_gone(receive)

    async def until_gone(self, receive: Any) -> None:
        self.working.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        self.cancelled.set()

    async def raw(self, _seen: Seen, _receive: Any, send: Any) -> None:
        headers = [
            (b"content-type", b"application/json"), (b"content-encoding", b"x-known"), (b"etag", b'"7"'),
            (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"connection", b"x-internal-note"),
            (b"x-internal-note", b"secret"), (b"keep-alive", b"timeout=9"), (b"server", b"inner/1.0"),
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"\x00not decoded\xff"})

    async def cut(self, _seen: Seen, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionAbortedError("the service dies in the middle of its answer")

    async def early(self, _seen: Seen, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 422, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})


def fake_contract() -> dict[str, Any]:
    """What the fake service is said to answer."""
    operations = {"get": {}, "post": {}}
    paths = {
        "client-profile": {
            "/v1/things": operations, "/v1/things/{thing_id}": {"get": {}, "patch": {}},
            "/v1/large": operations, "/v1/events": {"get": {}}, "/v1/raw": {"get": {}}, "/v1/early": {"post": {}},
            "/v1/sign-in/staff/{number}": {"get": {}},
            "/v1/clients/{client_id}": {"get": {}},
            "/v1/files/{file_id}": {"put": {"x-max-body-bytes": FILE_BYTES}},
        },
        "complaints": {"/v1/complaints": operations},
        "channel-commission": {"/v1/channels": {"get": {}}},
        "fragile": {"/v1/slow": operations, "/v1/cut": {"get": {}}, "/v1/fragile": {"get": {}}},
        "away": {"/v1/away": operations},
        "stuck": {"/v1/stuck": operations},
        "unconfigured": {"/v1/unconfigured": {"get": {}}},
    }  # fmt: skip
    documents: dict[str, Any] = {"gateway": own_document()}
    for service, items in paths.items():
        named = {
            path: {
                method: {"operationId": f"{method} {path}", "responses": {}, **said} for method, said in methods.items()
            }
            for path, methods in items.items()
        }
        documents[service] = {"paths": named}
    documents["client-profile"]["paths"]["/page"] = {"get": {"operationId": "page", "security": [], "responses": {}}}
    return merge(documents)
