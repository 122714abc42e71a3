"""The migrated database is what the tables say, in every service."""

import importlib

import pytest

from shared import migrations
from shared.testing.postgres import TestPostgres, clone, template_database

SERVICES = ("client_profile", "interaction_log", "complaints", "channel_commission", "ops_dashboard")


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_lead_to_the_tables(service: str, postgres_server: TestPostgres) -> None:
    template = template_database(postgres_server, service, lambda url: migrations.upgrade(service, url))
    url = clone(postgres_server, template, suffix="_compared")
    importlib.import_module(f"{service}.main")

    metadata = importlib.import_module(f"{service}.table_base").Table.metadata
    assert migrations.differences(metadata, url) == []


@pytest.mark.parametrize("service", SERVICES)
def test_applying_migrations_twice_changes_nothing(service: str, postgres_server: TestPostgres) -> None:
    template = template_database(postgres_server, service, lambda url: migrations.upgrade(service, url))
    url = clone(postgres_server, template, suffix="_compared")

    migrations.upgrade(service, url)
