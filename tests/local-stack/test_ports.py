import os
import socket
from collections.abc import Iterator

import pytest

from local_stack import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((ports.HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_on_which_somebody_listens_is_not_free(taken: int) -> None:
    assert not ports.is_free(taken)


def test_who_holds_a_port_is_named(taken: int) -> None:
    assert f"(pid {os.getpid()})" in (ports.holder(taken) or "")


def test_nobody_holds_a_free_port() -> None:
    assert ports.holder(ports.find_free()) is None


def test_the_preferred_port_is_taken_when_free() -> None:
    port = ports.find_free()

    assert ports.find_free(preferred=port) == port


def test_another_port_is_found_when_the_preferred_one_is_taken(taken: int) -> None:
    found = ports.find_free(preferred=taken)

    assert found != taken
    assert found in ports.SEARCHED
    assert ports.is_free(found)
