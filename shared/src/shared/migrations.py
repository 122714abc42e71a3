"""Migrations of a service's database: numbered files in its `migrations` folder, applied under one lock.

    python -m shared.migrations upgrade complaints       # <PREFIX>_DATABASE_URL says where
    python -m shared.migrations new complaints reviews   # writes the next file from the tables' changes

Expand, migrate, contract: old and new code run side by side, so a step never renames or drops what old code reads.
The tables of `shared` come from its own versioned steps, which migrations call with `op.execute(DELIVERY_V1)`.
"""

import argparse
import importlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text

from shared.database import Database, sqlalchemy_url

_LOCK = 7_240_301
#: Tables that belong to `shared` and are made by its steps, not by a service's models.
SHARED_TABLES = frozenset(
    {
        "outbox", "witness", "inbox", "parked_key", "parked_event", "idempotency_key",
        "audit_entry", "audit_seal", "policy_row", "erased_client", "erasure_receipt", "client_lineage",
        "stored_file", "alembic_version",
    }
)  # fmt: skip


def _scripts(service: str) -> ScriptDirectory:
    folder = Path(importlib.import_module(service).__path__[0]) / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(service: str, url: str) -> None:
    """Apply every missing migration of `service` (import name) to the database at `url`; waits for its lock.

    Raises:
        sqlalchemy.exc.DBAPIError: a step failed; nothing of this run is left behind.
    """
    scripts = _scripts(service)

    def steps(revision: Any, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)

    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '3s'"))
        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection=connection, target_metadata=None)
            environment.run_migrations()
        connection.commit()
    engine.dispose()


async def pending(service: str, database: Database) -> list[str]:
    """Return the migrations of `service` that its database does not have yet."""
    scripts = _scripts(service)

    def missing(connection: Connection) -> list[str]:
        current = set(MigrationContext.configure(connection).get_current_heads())
        done = {step.revision for head in current for step in scripts.iterate_revisions(head, "base")}
        return [step.revision for step in scripts.walk_revisions() if step.revision not in done]

    async with database.engine.connect() as connection:
        return await connection.run_sync(missing)


def differences(metadata: MetaData, url: str) -> list[Any]:
    """Return how the tables of the models differ from the migrated database at `url`; empty when they agree."""
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        found = compare_metadata(_comparison(connection), metadata)
    engine.dispose()
    return list(found)


def _comparison(connection: Connection) -> MigrationContext:
    def is_own(_object: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
        return not (kind == "table" and reflected and name in SHARED_TABLES)

    return MigrationContext.configure(connection, opts={"include_object": is_own})


def new(service: str, name: str, metadata: MetaData, url: str) -> Path:
    """Write the next migration file of `service` from the difference between its tables and the database at `url`."""
    scripts = _scripts(service)
    heads = scripts.get_heads()
    number = 1 + sum(1 for _ in scripts.walk_revisions())
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        steps = produce_migrations(_comparison(connection), metadata)
    engine.dispose()
    assert steps.upgrade_ops is not None  # noqa: S101  # produce_migrations always fills it
    body = render_python_code(steps.upgrade_ops)
    revision = f"{number:04d}"
    file = Path(scripts.versions) / f"{revision}_{name}.py"
    file.write_text(
        f'"""{name.replace("_", " ").capitalize()}."""\n\n'
        "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n\n"
        f'revision = "{revision}"\ndown_revision = {repr(heads[0]) if heads else None}\n\n\n'
        f"def upgrade() -> None:\n    {body.strip()}\n"
    )
    return file


def _metadata(service: str) -> MetaData:
    package = Path(importlib.import_module(service).__path__[0])
    metadata: MetaData = importlib.import_module(f"{service}.table_base").Table.metadata
    for file in sorted(package.glob("*/tables.py")):
        importlib.import_module(f"{service}.{file.parent.name}.tables")
    return metadata


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.migrations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, about in (("upgrade", "apply what is missing"), ("new", "write the next file from the tables")):
        sub = commands.add_parser(command, help=about)
        sub.add_argument("service", help="import name, e.g. complaints")
        if command == "new":
            sub.add_argument("name", help="what changes, e.g. reviews")
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    variable = f"{given.service.upper()}_DATABASE_URL"
    url = os.environ.get(variable)
    if not url:
        parser.error(f"set {variable} to the database to work on")
    if given.command == "upgrade":
        upgrade(given.service, url)
    else:
        print(new(given.service, given.name, _metadata(given.service), url))


if __name__ == "__main__":
    main()
