"""What one project folder remembers between two runs: secrets made once, ports used last, and who runs here now."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import ECKey

from local_stack import ports
from local_stack.errors import StackError

KEPT_BY_RESET = {"cache", "lock"}


@dataclass
class State:
    """The contents of `.local/`.

    Attributes:
        folder: `.local` of the project.
        remembered: JSON object behind `state.json`: secrets and ports by name.
    """

    folder: Path
    remembered: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> "State":
        """Read the folder, or begin an empty one."""
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        (folder / "keys").mkdir(exist_ok=True, mode=0o700)
        file = folder / "state.json"
        return cls(folder, json.loads(file.read_text()) if file.exists() else {})

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """Return the secret called `name`, made at the first call and the same ever after."""
        if name not in self.remembered:
            self._remember(name, make())
        return self.remembered[name]

    def port(self, name: str) -> int:
        """Return a free port for `name`: the one of the last run if nobody took it, so that bookmarks keep working."""
        last = self.remembered.get(f"port of {name}")
        port = ports.find_free(preferred=int(last) if last else None)
        self._remember(f"port of {name}", str(port))
        return port

    def signing_key_files(self) -> tuple[Path, Path]:
        """Return the gateway's private key (JWK, ES256) and the public keys that the services trust (JWKS)."""
        private, public = self.folder / "keys" / "gateway.jwk", self.folder / "keys" / "internal.jwks"
        if not private.exists():
            key = ECKey.generate_key("P-256", auto_kid=True)
            public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
            _write_secret(private, json.dumps(key.as_dict(private=True)))
        return private, public

    @property
    def clock_file(self) -> Path:
        """Return the file whose seconds shift "now" in every process; the demo writes it."""
        return self.folder / "clock"

    def log_file(self, name: str) -> Path:
        """Return where the full log of a part goes."""
        return self.folder / "logs" / f"{name}.log"

    def write_addresses(self, variables: Mapping[str, str]) -> None:
        """Write where databases and Kafka are, for `trust-crm` and for other tools, as lines of NAME=value."""
        lines = "".join(f"{name}={value}\n" for name, value in sorted(variables.items()))
        _write_secret(self.folder / "addresses.env", lines)

    def _remember(self, name: str, value: str) -> None:
        self.remembered[name] = value
        _write_secret(self.folder / "state.json", json.dumps(self.remembered, indent=2))


def _write_secret(file: Path, text: str) -> None:
    """Write the file at once and for its owner only."""
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    new.replace(file)


@contextmanager
def held_alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the lock goes with the process, however it ends.

    Raises:
        StackError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StackError(
                f"`make run` is already running in this folder (pid {lock.read() or 'unknown'}).\n"
                "Stop it with Ctrl-C in its terminal, or use a second clone: data and ports are kept per folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def reset(folder: Path) -> None:
    """Delete all data, keys and logs of the folder. Downloads are kept."""
    for entry in folder.iterdir():
        if entry.name in KEPT_BY_RESET:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
