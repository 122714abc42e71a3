"""Bodies of routes that take files: as large as the contract says, and passed on in pieces."""

from collections.abc import AsyncIterator

import pytest
from fake_service import FILE_BYTES
from gateway_kit import GatewayKit


@pytest.mark.parametrize("in_chunks", [False, True])
@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 413)])
async def test_a_route_that_takes_files_takes_as_much_as_its_contract_says(
    kit: GatewayKit, over: int, status: int, in_chunks: bool
) -> None:
    size = FILE_BYTES + over

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    content = pieces() if in_chunks else b"x" * size
    answer = await kit.http.put("/v1/files/1", content=content, headers=await kit.staff("admin"))

    assert answer.status_code == status
    if not over:
        assert answer.json()["size"] == size
    assert (await kit.http.get("/health/live")).status_code == 200


async def test_a_large_body_to_nowhere_is_not_passed_on(kit: GatewayKit) -> None:
    headers = await kit.staff("admin")
    kit.fake.reset()

    answer = await kit.http.put("/v1/nothing", content=b"x" * (FILE_BYTES + 1), headers=headers)

    assert answer.status_code == 404
    assert kit.fake.seen == []
