"""The parts of Trust CRM and what each is told by its environment: the one table to change when a part is added."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_stack import ports
from local_stack.state import State

GATEWAY = "gateway"
# Folder name of every service, and the secrets of its own that it asks for.
SERVICES: Mapping[str, tuple[str, ...]] = {
    "client-profile": ("DATA_KEY", "LOOKUP_KEY"),
    "interaction-log": (),
    "complaints": ("DATA_KEY",),
    "channel-commission": ("DATA_KEY",),
    "ops-dashboard": (),
}
WITH_DATABASE = (*SERVICES, GATEWAY)
WITH_FILES = frozenset({"complaints"})


@dataclass(frozen=True)
class Part:
    """A process of the stack.

    Attributes:
        name: what people call it; its log is `logs/<name>.log`.
        command: program and arguments.
        env: variables added to our own environment.
        port: where it answers `GET /health/ready`; None for a command that runs to its end.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None

    @property
    def address(self) -> str:
        """Return `http://127.0.0.1:port`."""
        return f"http://{ports.HOST}:{self.port}"


def import_name(name: str) -> str:
    """Return the Python package of a part: `client_profile` for `client-profile`."""
    return name.replace("-", "_")


def prefix(name: str) -> str:
    """Return how the variables of a part begin: `CLIENT_PROFILE` for `client-profile`."""
    return import_name(name).upper()


def outside_database(name: str) -> str | None:
    """Return the address of the database that the caller of `make run` gave this part, if any."""
    return os.environ.get(f"{prefix(name)}_DATABASE_URL")


def outside_kafka() -> str | None:
    """Return the Kafka cluster that the caller of `make run` gave, if any."""
    return os.environ.get("KAFKA_BOOTSTRAP_SERVERS")


def service(name: str, *, state: State, database_url: str, kafka: str, port: int) -> Part:
    """Return a service, its API and worker in one process to save memory."""
    _, public_keys = state.signing_key_files()
    own_secrets = {key: state.secret(f"{name} {key}", lambda: secrets.token_hex(32)) for key in SERVICES[name]}
    settings = {
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "PORT": str(port),
        "RUN_WORKER": "true",
        "INTERNAL_KEYS_FILE": str(public_keys),
        **own_secrets,
        **_files(name, state),
    }
    return _part(name, settings, clock_file=state.clock_file, port=port)


def _files(name: str, state: State) -> dict[str, str]:
    """Return where a service keeps files: where the caller of `make run` says, else in a folder of ours."""
    if name not in WITH_FILES:
        return {}
    ours = (state.folder.absolute() / "files" / name).as_uri()
    return {"FILES_URL": os.environ.get(f"{prefix(name)}_FILES_URL", ours)}


def gateway(*, state: State, database_url: str, upstreams: Mapping[str, str], port: int) -> Part:
    """Return the gateway; `upstreams` are the services' addresses by folder name."""
    private_key, _ = state.signing_key_files()
    settings = {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "SIGNING_KEY_FILE": str(private_key),
        "ISSUER": f"http://{ports.HOST}:{port}",
        "DEV_SIGN_IN": "true",
        "UPSTREAMS": json.dumps(dict(upstreams)),
    }
    return _part(GATEWAY, settings, clock_file=state.clock_file, port=port)


def _part(name: str, settings: Mapping[str, str], *, clock_file: Path, port: int) -> Part:
    everywhere = {"ENVIRONMENT": "dev", "CLOCK_FILE": str(clock_file)}
    env = {f"{prefix(name)}_{key}": value for key, value in {**everywhere, **settings}.items()}
    return Part(name, (sys.executable, "-m", f"{import_name(name)}.main"), env, port)


def migrations(databases: Mapping[str, str]) -> Part:
    """Return the command that brings the tables of all parts up to date; `databases` are addresses by name."""
    return Part("migrations", (sys.executable, "-m", "local_stack.migrate"), _database_urls(databases))


def addresses(databases: Mapping[str, str], *, kafka: str) -> dict[str, str]:
    """Return the variables by which tools find all databases and Kafka."""
    return {**_database_urls(databases), "KAFKA_BOOTSTRAP_SERVERS": kafka}


def _database_urls(databases: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix(name)}_DATABASE_URL": url for name, url in databases.items()}


def topics(*, kafka: str) -> Part:
    """Return the command that creates the topics that are missing."""
    command = (sys.executable, "-m", "shared.delivery.topics", "create")
    return Part("topics", command, {"KAFKA_BOOTSTRAP_SERVERS": kafka})


def download() -> Part:
    """Return the command that fetches Kafka into the cache."""
    return Part("download", (sys.executable, "-m", "local_stack", "fetch"))
