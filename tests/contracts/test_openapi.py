"""The committed OpenAPI files are what the code says, complete enough for a front-end developer."""

import json

import pytest

from shared.http.contract import file_of, openapi_of, text_of

SERVICES = ("client_profile", "interaction_log", "complaints", "channel_commission", "ops_dashboard")


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_file_is_what_the_code_says(service: str) -> None:
    assert file_of(service).read_text() == text_of(openapi_of(service)), "run make contracts and look at the difference"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_what_it_does(service: str) -> None:
    document = json.loads(file_of(service).read_text())
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} has no description"
            assert operation["tags"], f"{method} {path} has no tag"
