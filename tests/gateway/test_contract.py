"""The merged contract, the route table and what the gateway itself serves say the same."""

import json
from pathlib import Path

from gateway import openapi
from gateway.application import create_pages
from gateway.permissions import PERMISSIONS
from gateway.portal.merge import INTERNAL
from gateway.routing.guard import MAX_BODY_BYTES
from gateway.routing.table import METHODS, OWN, compile_table
from gateway.settings import OPENAPI_FILE
from gateway.table_base import Table
from shared.files.receiving import MAX_FILE_BYTES
from shared.http.permissions import api_routes
from shared.migrations import differences

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_contract_is_what_the_services_say() -> None:
    assert OPENAPI_FILE.read_text() == openapi.text_of(ROOT), "run: python -m gateway.openapi"


def test_every_operation_of_every_service_is_routed_to_it_and_nothing_else_is() -> None:
    routes = {(r.service, r.method, r.template) for r in compile_table(json.loads(OPENAPI_FILE.read_text())).routes}
    documents = {**openapi.read_documents(ROOT), OWN: openapi.own_document()}

    served = {
        (service, method.upper(), path)
        for service, document in documents.items()
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item and not path.startswith(INTERNAL)
    }
    assert routes == served


def test_only_routes_that_take_files_take_more_than_two_mebibytes() -> None:
    routes = compile_table(json.loads(OPENAPI_FILE.read_text())).routes

    larger = {(r.method, r.template): r.max_body_bytes for r in routes if r.max_body_bytes != MAX_BODY_BYTES}
    assert larger == {("PUT", "/v1/complaints/{complaint_id}/evidence/{evidence_id}/file"): MAX_FILE_BYTES}


def test_a_request_to_each_template_finds_that_template() -> None:
    table = compile_table(json.loads(OPENAPI_FILE.read_text()))

    for route in table.routes:
        path = route.template.replace("{", "").replace("}", "")
        assert table.find(route.method, path) == route


def test_the_gateways_own_permissions_name_its_routes() -> None:
    assert {name for name, _ in api_routes(create_pages(with_sign_in=False))} == set(PERMISSIONS)


def test_in_production_the_dev_sign_in_is_not_there() -> None:
    paths = {getattr(route, "path", "") for route in create_pages(with_sign_in=False).routes}

    assert "/oauth2/token" in paths
    assert "/dev/sign-in" not in paths


def test_the_migrated_database_is_what_the_tables_say(gateway_database: str) -> None:
    import gateway.oauth_clients.tables
    import gateway.oauth_tokens.tables  # noqa: F401  # their import fills the metadata

    assert differences(Table.metadata, gateway_database) == []
