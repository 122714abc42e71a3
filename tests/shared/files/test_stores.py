"""Both stores keep their promises: whole or not at all, found again, gone when deleted, away when they are away."""

import asyncio
import io
import os
import random
from pathlib import Path
from typing import Any

import pytest

from shared.files import store as stores
from shared.files.bucket import Account, Bucket
from shared.files.store import FileLost, Folder, Store, StoreAway
from shared.ids import new_id

MEBI = 1024 * 1024


async def content_of(store: Store, id: Any) -> bytes:
    return b"".join([piece async for piece in await store.read(id)])


@pytest.mark.parametrize("size", [1, stores.PIECE, stores.PIECE + 1, 5 * MEBI, 8 * MEBI, 20 * MEBI + 7])
async def test_a_content_comes_back_byte_for_byte_in_bounded_pieces(store: Store, size: int) -> None:
    id, content = new_id(), random.Random(size).randbytes(size)
    await store.put(id, io.BytesIO(content))

    pieces = [piece async for piece in await store.read(id)]

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 8 * MEBI


async def test_a_content_is_put_from_its_beginning_wherever_its_file_stands(store: Store) -> None:
    id, file = new_id(), io.BytesIO(b"from the beginning")
    file.read()

    await store.put(id, file)

    assert await content_of(store, id) == b"from the beginning"


async def test_what_was_never_put_or_is_deleted_is_lost_and_deleting_it_again_does_nothing(store: Store) -> None:
    id = new_id()
    with pytest.raises(FileLost):
        await store.read(id)
    await store.put(id, io.BytesIO(b"x"))
    await store.delete(id)
    await store.delete(id)

    with pytest.raises(FileLost):
        await store.read(id)


async def test_the_same_put_again_changes_nothing(store: Store) -> None:
    id = new_id()
    for _ in range(2):
        await store.put(id, io.BytesIO(b"same"))

    assert await content_of(store, id) == b"same"


async def test_contents_do_not_mix_when_many_are_put_at_once(store: Store) -> None:
    contents = {new_id(): bytes([place]) * 300_000 for place in range(12)}
    await asyncio.gather(*(store.put(id, io.BytesIO(content)) for id, content in contents.items()))

    for id, content in contents.items():
        assert await content_of(store, id) == content


class Breaking(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 9 * MEBI:
            raise OSError(5, "the disk is broken")
        return super().read(size)


async def test_a_content_that_breaks_off_is_not_there(store: Store) -> None:
    id = new_id()

    with pytest.raises(StoreAway):
        await store.put(id, Breaking(b"x" * (20 * MEBI)))

    with pytest.raises(FileLost):
        await store.read(id)


def files_in(folder: Path) -> list[Path]:
    return sorted(found for found in folder.rglob("*") if found.is_file())


def names_in(folder: Path) -> list[str]:
    return [found.name for found in files_in(folder)]


async def test_a_folder_holds_nothing_of_a_content_that_broke_off(folder: Path) -> None:
    with pytest.raises(StoreAway):
        await Folder(folder).put(new_id(), Breaking(b"x" * (20 * MEBI)))

    assert names_in(folder) == []


async def test_in_a_folder_a_content_is_on_the_disk_before_it_has_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, steps = new_id(), list[str]()
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        target = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        steps.append(f"fsync {'folder' if target.is_dir() else target.suffix}")
        fsync(descriptor)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    await Folder(folder).put(id, io.BytesIO(b"x"))

    assert steps == ["fsync .part", "replace", "fsync folder", "fsync folder"]
    assert names_in(folder) == [str(id)]


async def test_only_the_service_itself_may_read_a_folder(folder: Path) -> None:
    id = new_id()
    await Folder(folder).put(id, io.BytesIO(b"x"))

    assert {found.stat().st_mode & 0o077 for found in files_in(folder)} == {0}


async def test_what_a_process_that_died_left_of_a_content_goes_with_it(folder: Path) -> None:
    id = new_id()
    await Folder(folder).put(id, io.BytesIO(b"x"))
    [kept] = files_in(folder)
    kept.with_suffix(".part").write_bytes(b"half")

    await Folder(folder).delete(id)

    assert names_in(folder) == []


@pytest.fixture
def blocked(folder: Path) -> Path:
    folder.write_text("in the way")
    return folder


async def test_a_folder_that_cannot_be_written_is_away(blocked: Path) -> None:
    for attempt in (Folder(blocked).put(new_id(), io.BytesIO(b"x")), Folder(blocked).read(new_id())):
        with pytest.raises(StoreAway):
            await attempt


async def test_a_bucket_that_does_not_exist_or_does_not_answer_is_away(s3_address: str) -> None:
    account = Account(s3_address, "us-east-1", "key", "secret")
    nowhere = Account("http://127.0.0.1:1", "us-east-1", "key", "secret")
    for bucket in (Bucket("nobodys", prefix="", account=account), Bucket("evidence", prefix="", account=nowhere)):
        with pytest.raises(StoreAway):
            await bucket.put(new_id(), io.BytesIO(b"x"))


async def test_in_a_bucket_contents_lie_under_their_prefix(s3_address: str) -> None:
    id = new_id()
    account = Account(s3_address, "us-east-1", "key", "secret")
    ours, others = [Bucket("evidence", prefix=prefix, account=account) for prefix in ("house/files", "")]

    await ours.put(id, io.BytesIO(b"x"))

    assert await content_of(ours, id) == b"x"
    with pytest.raises(FileLost):
        await others.read(id)
