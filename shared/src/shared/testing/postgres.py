"""The PostgreSQL server of a test run, and its databases: per service one template, per test worker one clone of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from shared.testing.run import Run


@dataclass(frozen=True)
class TestPostgres:
    """The server's address as superuser, and the run that its databases belong to."""

    __test__ = False

    admin_url: str
    run: Run

    def url(self, database: str, *, user: str | None = None) -> str:
        """Return `postgresql://…/database` for the superuser, or for a role that this run made."""
        url = make_url(self.admin_url).set(drivername="postgresql", database=database)
        if user is not None:
            url = url.set(username=user, password=self.run.secret)
        return url.render_as_string(hide_password=False)


def server(run: Run) -> TestPostgres:
    """Return the server at `TEST_DATABASE_URL` (a superuser's address) if set, else the run's own."""
    return TestPostgres(admin_url=os.environ.get("TEST_DATABASE_URL") or run.server("postgres"), run=run)


def template_database(server: TestPostgres, name: str, migrate: Callable[[str], None]) -> str:
    """Make a database that `clone` copies, once per test run, and return its name.

    `migrate` gets its address, as the role that owns it: one of this run, without superuser rights, as a service has it
    in production, so that row-level security holds in tests too.
    """
    from local_stack import databases

    role = f"t{server.run.id}_{name}"
    template = f"{role}_template"
    with server.run.lock(f"template-{name}"):
        done = server.run.directory / f"template-{name}.done"
        if not done.exists():
            admin = server.url("postgres")
            databases.ensure_role(admin, role=role, password=server.run.secret)
            _drop(admin, template)
            databases.ensure_database(admin, database=template, owner=role)
            migrate(server.url(template, user=role))
            done.touch()
    return template


def clone(server: TestPostgres, template: str, *, suffix: str = "") -> str:
    """Return the address of this test worker's own fresh copy of the template, for the role that owns it.

    The same call again begins anew: the copy made before is dropped. `suffix` makes a further copy beside it.
    """
    role = template.removesuffix("_template")
    database = f"{role}_{server.run.worker}{suffix}"
    admin = server.url("postgres")
    _drop(admin, database)
    with psycopg.connect(admin, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
        connection.execute(copy.format(*map(sql.Identifier, (database, role, template))))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    return server.url(database, user=role)


def forget(run: Run) -> None:
    """Drop what the run made on a server that outlives it."""
    if "TEST_DATABASE_URL" not in os.environ or not any(run.directory.glob("template-*.done")):
        return
    admin = server(run).url("postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        mine = f"t{run.id}_"
        for (database,) in connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [mine]
        ).fetchall():
            _drop(admin, database)
        for (role,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [mine]
        ).fetchall():
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _drop(admin_url: str, database: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
