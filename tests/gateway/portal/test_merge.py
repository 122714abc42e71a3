from typing import Any

import pytest

from gateway.portal.merge import Unmergeable, merge
from gateway.portal.rules import code_lists, list_name


def document(paths: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    return {"paths": paths, "components": {"schemas": schemas}}


def get(operation_id: str, schema: str | None = None) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"} if schema else {}
    content = {"application/json": {"schema": reference}}
    return {"get": {"operationId": operation_id, "responses": {"200": {"content": content}}}}


def test_paths_of_all_services_come_together_and_say_whose_they_are() -> None:
    merged = merge({"complaints": document({"/v1/a": get("a")}), "client-profile": document({"/v1/b": get("b")})})

    assert {path: item["get"]["x-service"] for path, item in merged["paths"].items()} == {
        "/v1/a": "complaints",
        "/v1/b": "client-profile",
    }


def test_a_schema_that_is_the_same_everywhere_stands_once() -> None:
    same = {"type": "object", "properties": {"amount": {"type": "string"}}}
    merged = merge(
        {
            "x": document({"/v1/a": get("a", "Money")}, Money=same),
            "y": document({"/v1/b": get("b", "Money")}, Money=same),
        }
    )

    assert merged["components"]["schemas"] == {"Money": same}


def test_schemas_of_one_name_that_differ_are_prefixed_also_where_they_are_referred_to() -> None:
    page = {"items": {"$ref": "#/components/schemas/Entry"}}
    merged = merge(
        {
            "client-profile": document({"/v1/a": get("a", "Page")}, Page=page, Entry={"title": "one"}),
            "complaints": document({"/v1/b": get("b", "Page")}, Page=page, Entry={"title": "other"}),
        }
    )

    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"ClientProfilePage", "ClientProfileEntry", "ComplaintsPage", "ComplaintsEntry"}
    assert schemas["ComplaintsPage"]["items"]["$ref"] == "#/components/schemas/ComplaintsEntry"
    content = merged["paths"]["/v1/b"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["$ref"] == "#/components/schemas/ComplaintsPage"


def test_operation_ids_are_told_apart() -> None:
    merged = merge(
        {"x-y": document({"/v1/a": get("list")}), "z": document({"/v1/b": get("list"), "/v1/c": get("own")})}
    )

    ids = [item["get"]["operationId"] for item in merged["paths"].values()]
    assert ids == ["x_y_list", "z_list", "own"]


def test_what_only_the_gateway_may_ask_is_left_out_with_its_schemas() -> None:
    merged = merge({"x": document({"/v1/sign-in/staff/{number}": get("a", "Secret")}, Secret={})})

    assert merged["paths"] == {}
    assert merged["components"]["schemas"] == {}


@pytest.mark.parametrize("path", ["/v1/a/{id}", "/v1/a/{other}"])
def test_two_answers_to_one_request_cannot_be_merged(path: str) -> None:
    with pytest.raises(Unmergeable):
        merge({"x": document({"/v1/a/{id}": get("a")}), "y": document({path: get("b")})})


def test_pages_may_need_no_token_but_data_always_does() -> None:
    def lax(operation_id: str) -> dict[str, Any]:
        return {**get(operation_id)["get"], "security": []}

    service = {"/v1/a": {"get": lax("a")}, "/page": {"get": lax("p"), "post": lax("q")}, "/closed": get("c")}
    merged = merge({"x": document(service), "gateway": document({"/oauth2/token": get("t"), "/v1/b": get("b")})})

    public = {
        (method, path)
        for path, item in merged["paths"].items()
        for method, operation in item.items()
        if operation.get("security") == []
    }
    assert public == {("get", "/page"), ("get", "/oauth2/token")}


def test_the_documents_given_are_left_as_they_are() -> None:
    given = document({"/v1/a": get("same", "S")}, S={"a": 1})
    merge({"x": given, "y": document({"/v1/b": get("same", "S")}, S={"a": 2})})

    assert given == document({"/v1/a": get("same", "S")}, S={"a": 1})


def test_every_error_is_a_problem_document_as_it_is_answered() -> None:
    response = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}}
    operation = {"operationId": "a", "responses": {"201": {"description": "made"}, "422": response}}
    merged = merge({"x": document({"/v1/a": {"post": operation}}, HTTPValidationError={"a": 1}, Problem={"b": 2})})

    responses = merged["paths"]["/v1/a"]["post"]["responses"]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert responses["201"] == {"description": "made"}
    assert responses["422"]["content"] == responses["default"]["content"] == problem
    assert merged["components"]["schemas"] == {"Problem": {"b": 2}}


def test_codes_are_described_by_their_chinese_names() -> None:
    level = {"enum": ["high"], "x-labels": {"high": "高"}, "description": "How bad."}
    merged = merge({"x": document({"/v1/a": get("a", "Level")}, Level=level)})

    assert merged["components"]["schemas"]["Level"]["description"] == "How bad.\n\n`high` 高"


@pytest.mark.parametrize(
    ("schema", "name"),
    [("ServiceClass", "service_class"), ("Role", "role"), ("OAuthScope", "oauth_scope"), ("KYCStatus", "kyc_status")],
)
def test_a_code_list_is_named_as_in_a_body(schema: str, name: str) -> None:
    assert list_name(schema) == name


def test_code_lists_are_the_schemas_with_labels() -> None:
    labels = {"high": "高", "low": "低"}
    schemas = {
        "RiskLevel": {"type": "string", "enum": ["high", "low"], "x-labels": labels},
        "Other": {"type": "string"},
    }

    assert code_lists({"components": {"schemas": schemas}}) == {"risk_level": labels}
