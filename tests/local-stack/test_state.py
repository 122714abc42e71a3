import json
import os
import stat
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, KeySet

from local_stack import ports
from local_stack.errors import StackError
from local_stack.state import State, held_alone, reset


def test_a_secret_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    first = State.load(tmp_path).secret("complaints database", lambda: "first")
    again = State.load(tmp_path).secret("complaints database", lambda: "second")

    assert first == again == "first"
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600


def test_a_part_gets_the_port_of_its_last_run(tmp_path: Path) -> None:
    port = State.load(tmp_path).port("gateway")

    assert State.load(tmp_path).port("gateway") == port
    assert ports.is_free(port)


def test_services_trust_the_public_half_of_the_key_that_the_gateway_signs_with(tmp_path: Path) -> None:
    private_file, public_file = State.load(tmp_path).signing_key_files()

    private = ECKey.import_key(json.loads(private_file.read_text()))
    (public,) = KeySet.import_key_set(json.loads(public_file.read_text())).keys
    assert private.is_private
    assert not public.is_private
    assert public.kid == private.kid == private.thumbprint()
    assert stat.S_IMODE(private_file.stat().st_mode) == 0o600


def test_the_signing_key_is_the_same_in_the_next_run(tmp_path: Path) -> None:
    first = State.load(tmp_path).signing_key_files()[0].read_text()

    assert State.load(tmp_path).signing_key_files()[0].read_text() == first


def test_a_second_run_in_the_same_folder_is_told_who_holds_it(tmp_path: Path) -> None:
    told = pytest.raises(StackError, match=rf"already running in this folder \(pid {os.getpid()}\)")

    with held_alone(tmp_path), told, held_alone(tmp_path):
        pytest.fail("two runs hold one folder")


def test_the_folder_can_be_held_again_after_it_was_left(tmp_path: Path) -> None:
    for _ in range(2):
        with held_alone(tmp_path):
            assert (tmp_path / "lock").exists()


def test_reset_deletes_all_but_the_downloads(tmp_path: Path) -> None:
    State.load(tmp_path).signing_key_files()
    for folder in ("cache", "postgres", "kafka"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").touch()

    with held_alone(tmp_path):
        reset(tmp_path)

    assert {entry.name for entry in tmp_path.iterdir()} == {"cache", "lock"}
    assert (tmp_path / "cache" / "file").exists()
