"""The Java archives that make up Apache Kafka: pinned by hash in `kafka_jars.txt`, fetched once into a cache folder.

To move to another Kafka, change the constants and run `python -m local_stack.kafka_jars`: it writes the pins anew.
"""

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext
from jgo.parse import Coordinate

from local_stack.errors import StackError

BROKER = "org.apache.kafka:kafka_2.13:4.4.0"
# Ties the broker's logging interface to the log4j that it brings along, so of the same version; without it, no logs.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"
# Kafka's own command line tools; of what they need the broker brings all that we use of them.
TOOLS = "org.apache.kafka:kafka-tools:4.4.0"
PINS = Path(__file__).with_name("kafka_jars.txt")


def are_there(cache_dir: Path) -> bool:
    """Return whether `fetch` has nothing to download."""
    return all(jar.exists() for jar in _jars(cache_dir).values())


def fetch(cache_dir: Path) -> list[Path]:
    """Return the archives, all in `cache_dir / "kafka-jars"`, after downloading those not there yet (43 MB in all).

    Several processes may do this at once: a file gets its name only when it is complete and its hash is right.

    Raises:
        StackError: an archive cannot be had, or is not the one that was pinned.
    """
    jars = _jars(cache_dir)
    missing = [(coordinate, sha256, jar) for (coordinate, sha256), jar in jars.items() if not jar.exists()]
    if missing:
        (cache_dir / "kafka-jars").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="download-", dir=cache_dir) as staging, ThreadPoolExecutor(8) as pool:
            context = _context(Path(staging))
            list(pool.map(lambda wanted: _fetch_one(context, *wanted), missing))
    return list(jars.values())


def _jars(cache_dir: Path) -> dict[tuple[str, str], Path]:
    """Return where each pinned archive, a coordinate and a hash, belongs."""
    pins = [line.split() for line in PINS.read_text().splitlines()]
    return {(coordinate, sha256): cache_dir / "kafka-jars" / _file_name(coordinate) for coordinate, sha256 in pins}


def _file_name(coordinate: str) -> str:
    _group, name, version = coordinate.split(":")
    return f"{name}-{version}.jar"


def _fetch_one(context: MavenContext, coordinate: str, sha256: str, jar: Path) -> None:
    try:
        downloaded = _artifact(context, coordinate).resolve()
    except (RuntimeError, OSError) as error:
        # An OSError is one of the connection, whose text tells a newcomer nothing; its kind does.
        reason = type(error).__name__ if isinstance(error, OSError) else str(error)
        raise StackError(
            f"Could not download {coordinate}, a part of Apache Kafka: {reason}.\n"
            f"Check that this machine reaches Maven Central and try again; what has arrived in {jar.parent} is kept.\n"
            "For a mirror, set `central = <its address>` under [repositories] in ~/.config/jgo.conf.\n"
            "To use a Kafka that already runs, set KAFKA_BOOTSTRAP_SERVERS=host:port."
        ) from error
    if _sha256(downloaded) != sha256:
        raise StackError(
            f"{coordinate} as downloaded is not the file that is pinned in {PINS.name}; it was thrown away.\n"
            "Try again. If it happens again, something between here and Maven Central changes files."
        )
    downloaded.replace(jar)


def _context(repository: Path) -> MavenContext:
    remotes = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(repo_cache=repository, remote_repos=remotes, timeout=60)


def _artifact(context: MavenContext, coordinate: str) -> Artifact:
    group, name, version = coordinate.split(":")
    return context.project(group, name).at_version(version).artifact()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pin() -> None:
    """Resolve `BROKER` with all it needs at run time, add the others, write each with its hash to `kafka_jars.txt`."""
    with tempfile.TemporaryDirectory() as staging:
        context = _context(Path(staging))
        inputs, transitive = context.resolver.resolve([context.create_dependency(Coordinate.parse(BROKER))])
        needed = [dependency for dependency in transitive if dependency.scope in ("compile", "runtime")]
        artifacts = [dependency.artifact for dependency in [*inputs, *needed]]
        artifacts += [_artifact(context, added) for added in (LOGGING, TOOLS)]
        lines = sorted(f"{a.groupId}:{a.artifactId}:{a.version} {_sha256(a.resolve())}\n" for a in artifacts)
        PINS.write_text("".join(lines))


if __name__ == "__main__":
    pin()
