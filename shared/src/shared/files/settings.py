"""Where a service's files lie, as its environment says: one address, and an account where it is a bucket."""

from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, model_validator

from shared.files.bucket import Account, Bucket
from shared.files.store import Folder, Store
from shared.settings import ServiceSettings


class ServiceWithFiles(ServiceSettings):
    """Settings of a service that keeps files.

    Attributes:
        files_url: `file:///folder` that all processes of the service share, or `s3://bucket` with a prefix behind it.
        files_endpoint: Address of an S3-compatible store; left out for that of AWS.
        files_region: Region that signatures name.
        files_access_key: The bucket's account.
        files_secret_key: Its secret.
    """

    files_url: str
    files_endpoint: str | None = None
    files_region: str = "us-east-1"
    files_access_key: str | None = None
    files_secret_key: SecretStr | None = None

    @model_validator(mode="after")
    def _files_can_be_kept(self) -> Self:
        url = urlsplit(self.files_url)
        is_folder = url.scheme == "file" and not url.netloc and url.path.startswith("/") and url.path != "/"
        is_bucket = url.scheme == "s3" and bool(url.netloc)
        if not (is_folder or is_bucket) or url.query or url.fragment:
            raise ValueError("files_url is file:///a/folder or s3://bucket/prefix")
        if is_bucket and not (self.files_access_key and self.files_secret_key):
            raise ValueError("a bucket needs files_access_key and files_secret_key")
        if is_folder and (self.files_endpoint or self.files_access_key or self.files_secret_key):
            raise ValueError("a folder has neither endpoint nor keys; did you mean s3://?")
        return self

    def file_store(self) -> Store:
        """Return the store; nothing is looked for or made before it is used."""
        url = urlsplit(self.files_url)
        if url.scheme == "file":
            return Folder(Path(unquote(url.path)))
        assert self.files_access_key is not None  # noqa: S101  # checked above
        assert self.files_secret_key is not None  # noqa: S101  # checked above
        account = Account(
            self.files_endpoint, self.files_region, self.files_access_key, self.files_secret_key.get_secret_value()
        )
        return Bucket(url.netloc, prefix=url.path.strip("/"), account=account)
