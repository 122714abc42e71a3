"""Where files lie is said in one address; half of what a bucket needs is refused at start."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.files.bucket import Bucket
from shared.files.settings import ServiceWithFiles
from shared.files.store import Folder

BASE: dict[str, Any] = {
    "database_url": "postgresql://nobody@127.0.0.1:1/none",
    "kafka_bootstrap_servers": "127.0.0.1:1",
    "internal_keys_file": Path("none.json"),
}
ACCOUNT = {"files_access_key": "key", "files_secret_key": "secret"}


@pytest.mark.parametrize("extra", [{}, {"files_endpoint": "http://127.0.0.1:1"}])
def test_a_bucket_has_an_account(extra: dict[str, str]) -> None:
    settings = ServiceWithFiles(**BASE, files_url="s3://evidence/house", **ACCOUNT, **extra)

    assert isinstance(settings.file_store(), Bucket)


def test_a_folder_has_none() -> None:
    settings = ServiceWithFiles(**BASE, files_url="file:///var/lib/trust%20crm/files")

    store = settings.file_store()

    assert isinstance(store, Folder)
    assert store._root == Path("/var/lib/trust crm/files")


@pytest.mark.parametrize(
    "wrong",
    [
        {"files_url": ""},
        {"files_url": "/var/lib/files"},
        {"files_url": "file://"},
        {"files_url": "file:///"},
        {"files_url": "file://relative/files"},
        {"files_url": "file:///files?x=1"},
        {"files_url": "s3://"},
        {"files_url": "https://s3.example/evidence"},
        {"files_url": "s3://evidence"},
        {"files_url": "s3://evidence", "files_access_key": "key"},
        {"files_url": "file:///files", **ACCOUNT},
        {"files_url": "file:///files", "files_endpoint": "http://127.0.0.1:1"},
    ],
)
def test_anything_else_is_refused_at_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ServiceWithFiles(**BASE, **wrong)


def test_the_secret_is_not_shown() -> None:
    settings = ServiceWithFiles(**BASE, files_url="s3://evidence", files_access_key="key", files_secret_key="hidden-42")

    assert "hidden-42" not in repr(settings)
