"""A database and a role of its own for each service, on any PostgreSQL server that we may administer."""

import psycopg
from psycopg import sql


def ensure_role(admin_url: str, *, role: str, password: str) -> None:
    """Make the login role without further rights, or give the existing one this password."""
    name = sql.Identifier(role)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(verb.format(name, sql.Literal(password)))


def ensure_database(admin_url: str, *, database: str, owner: str) -> None:
    """Make the database, owned by `owner` and closed to other roles, unless it is there."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            return
        create = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0")
        connection.execute(create.format(sql.Identifier(database), sql.Identifier(owner)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
