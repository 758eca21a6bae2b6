"""Contents under keys, in a folder and in an S3-compatible store: the same promises."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.storage.files.s3 import BUCKET, Told, failing_s3, s3_blobs, sound_s3, with_keys
from vtai.core.errors import SettingsError, StorageUnavailable, UnknownName
from vtai.storage.files.blobs import PIECE_BYTES, Blobs, blobs_at, new_key
from vtai.storage.files.local import LocalBlobs
from vtai.storage.files.s3 import S3Blobs

KEY = "0123456789abcdef0123456789abcdef"
LONG = bytes(range(256)) * 4096  # several pieces, the last one full


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Blobs]:
    if request.param == "folder":
        yield blobs_at(None, None, tmp_path)
        return
    with_keys(monkeypatch)
    with sound_s3() as (address, bucket):
        yield s3_blobs(address, tmp_path, bucket)


async def content(blobs: Blobs, key: str, start: int = 0, length: int | None = None) -> bytes:
    async with contextlib.aclosing(blobs.read(key, start, length)) as pieces:
        return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("given", [b"", b"hello", LONG], ids=["nothing", "little", "pieces"])
async def test_what_was_put_is_read_again(blobs: Blobs, tmp_path: Path, given: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(given)
    other = new_key()
    await blobs.put(KEY, given)
    await blobs.put(other, source)
    for key in (KEY, other):
        assert await content(blobs, key) == given
        assert (await blobs.path(key)).read_bytes() == given


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 1), (5, None), (PIECE_BYTES - 1, 2), (0, PIECE_BYTES + 1), (len(LONG) - 3, 3), (7, 0)],
)
async def test_a_part_is_read_alone(blobs: Blobs, start: int, length: int | None) -> None:
    await blobs.put(KEY, LONG)
    end = None if length is None else start + length
    assert await content(blobs, KEY, start, length) == LONG[start:end]


async def test_what_was_deleted_is_not_there_any_more(blobs: Blobs) -> None:
    await blobs.put(KEY, b"hello")
    await blobs.path(KEY)
    await blobs.delete(KEY)
    await blobs.delete(KEY)
    with pytest.raises(UnknownName):
        await content(blobs, KEY)
    with pytest.raises(UnknownName):
        await blobs.path(KEY)
    assert [each async for each in blobs.all()] == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "ab/cd", KEY.upper(), KEY + "\n", KEY[:-1]])
async def test_a_key_of_another_form_is_unknown(blobs: Blobs, key: str) -> None:
    with pytest.raises(UnknownName):
        await content(blobs, key)
    with pytest.raises(UnknownName):
        await blobs.path(key)
    with pytest.raises(UnknownName):
        await blobs.put(key, b"")


async def test_all_keys_are_listed_with_their_time(blobs: Blobs) -> None:
    keys = {new_key() for _ in range(5)}
    for key in keys:
        await blobs.put(key, b"hello")
    listed = {key: at async for key, at in blobs.all()}
    assert set(listed) == keys
    assert min(listed.values()) > 1_700_000_000


async def test_a_folder_keeps_its_files_from_others_and_leaves_no_rest(tmp_path: Path) -> None:
    blobs = blobs_at(None, None, tmp_path)
    with pytest.raises(StorageUnavailable):
        await blobs.put(KEY, tmp_path / "missing")
    await blobs.put(KEY, b"hello")
    path = tmp_path / "files" / KEY[:2] / KEY[2:]
    assert [found for found in (tmp_path / "files").rglob("*") if found.is_file()] == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


async def test_what_a_crash_left_unfinished_is_listed_and_deleted(tmp_path: Path) -> None:
    blobs = blobs_at(None, None, tmp_path)
    await blobs.put(KEY, b"hello")
    path = await blobs.path(KEY)
    path.rename(path.with_name(path.name + ".abcd1234.part"))
    assert [key async for key, _ in blobs.all()] == [KEY]
    with pytest.raises(UnknownName):
        await blobs.path(KEY)
    await blobs.delete(KEY)
    assert list(path.parent.iterdir()) == []


async def test_the_cache_of_a_store_keeps_to_its_size(tmp_path: Path) -> None:
    cache = LocalBlobs(tmp_path)
    keys = [new_key() for _ in range(4)]
    for age, key in enumerate(keys):
        await cache.put(key, b"x" * 100)
        os.utime(await cache.path(key), (1_000_000 - age, 1_000_000 - age))
    await cache.touch(keys[3])
    await cache.touch(new_key())
    await cache.shrink(250, spared_s=600)
    assert {key async for key, _ in cache.all()} == {keys[0], keys[3]}
    await cache.shrink(0, spared_s=600)
    assert {key async for key, _ in cache.all()} == {keys[3]}, "what was used just now stays"


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        pytest.param("https://bucket", None, id="no s3"),
        pytest.param("s3://", None, id="no bucket"),
        pytest.param("s3://Bucket_1/x", None, id="no name for a bucket"),
        pytest.param("s3://bucket", "localhost:9000", id="endpoint without scheme"),
        pytest.param("s3://bucket", "http://", id="endpoint without host"),
    ],
)
def test_a_wrong_address_stops_the_start(url: str, endpoint: str | None, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        blobs_at(url, endpoint, tmp_path)
    assert "VT_FILES_" in refused.value.message
    assert "works" in refused.value.hint


@pytest.mark.slow
async def test_objects_are_called_by_prefix_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    with_keys(monkeypatch)
    with sound_s3() as (address, bucket):
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.put_object(Bucket=bucket, Key="vtai/readme.txt", Body=b"not ours")
        client.put_object(Bucket=bucket, Key=new_key(), Body=b"another prefix")
        blobs = s3_blobs(address, tmp_path, f"{bucket}/vtai/")
        await blobs.put(KEY, b"hello")
        assert client.get_object(Bucket=bucket, Key=f"vtai/{KEY}")["Body"].read() == b"hello"
        assert [key async for key, _ in blobs.all()] == [KEY]
        client.close()


@pytest.mark.slow
async def test_a_missing_bucket_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_keys(monkeypatch)
    with sound_s3() as (address, bucket):
        blobs = blobs_at(f"s3://{bucket}-2", address, tmp_path)
        with pytest.raises(StorageUnavailable, match="no such bucket") as refused:
            await blobs.put(KEY, b"hello")
        assert "VT_FILES_URL" in refused.value.hint
        with pytest.raises(StorageUnavailable, match="no such bucket"):
            await blobs.put(KEY, _written(tmp_path, b"hello"))


def _written(folder: Path, given: bytes) -> Path:
    path = folder / "given"
    path.write_bytes(given)
    return path


@pytest.fixture
async def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[S3Blobs, Told]]:
    with_keys(monkeypatch)
    told = Told()
    with failing_s3(told) as address:
        cache = LocalBlobs(tmp_path / "cache")
        yield S3Blobs(BUCKET, "", address, cache=cache, cache_bytes=1_000, read_s=0.5, tries=1), told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "code", "said", "hint"),
    [
        (403, "InvalidAccessKeyId", "refuses its keys", "AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", "refuses its keys", "AWS_SECRET_ACCESS_KEY"),
        (403, "AccessDenied", "refuses its keys", "what they allow"),
        (404, "NoSuchBucket", "no such bucket", "VT_FILES_URL"),
        (503, "SlowDown", "did not do its part", "Try again"),
        (500, "InternalError", "did not do its part", "Try again"),
    ],
    ids=lambda value: str(value).replace(" ", "-"),
)
async def test_what_the_store_refuses_is_said_in_plain_words(
    failing: tuple[S3Blobs, Told], tmp_path: Path, status: int, code: str, said: str, hint: str
) -> None:
    blobs, told = failing
    told.status, told.code = status, code
    works = (
        lambda: blobs.put(KEY, b"hello"),
        lambda: blobs.put(KEY, _written(tmp_path, b"hello")),
        lambda: content(blobs, KEY),
        lambda: blobs.delete(KEY),
    )
    for work in works:
        with pytest.raises(StorageUnavailable, match=said) as refused:
            await work()
        assert hint in refused.value.hint
        assert "secret words" not in refused.value.message + refused.value.hint


@pytest.mark.slow
async def test_a_store_that_says_nothing_is_given_up(failing: tuple[S3Blobs, Told]) -> None:
    blobs, told = failing
    told.silent = threading.Event()
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        await content(blobs, KEY)


@pytest.mark.slow
async def test_a_content_that_breaks_off_is_no_content(failing: tuple[S3Blobs, Told]) -> None:
    blobs, told = failing
    told.sent = 1_000
    with pytest.raises(StorageUnavailable):
        await content(blobs, KEY)
    with pytest.raises(StorageUnavailable):
        await blobs.path(KEY)
    told.sent, told.code, told.status = None, "NoSuchKey", 404
    with pytest.raises(UnknownName):
        await blobs.path(KEY)


@pytest.mark.slow
async def test_a_store_that_is_not_there_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_keys(monkeypatch)
    with failing_s3(Told()) as address:
        pass
    with pytest.raises(StorageUnavailable, match="cannot be reached") as refused:
        await s3_blobs(address, tmp_path).put(KEY, b"hello")
    assert "VT_FILES_ENDPOINT" in refused.value.hint


@pytest.mark.slow
async def test_missing_keys_of_the_store_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with failing_s3(Told()) as address, pytest.raises(StorageUnavailable, match="no keys") as refused:
        await s3_blobs(address, tmp_path).put(KEY, b"hello")
    assert "AWS_ACCESS_KEY_ID" in refused.value.hint


@pytest.mark.slow
async def test_two_who_want_the_same_content_both_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keys(monkeypatch)
    with sound_s3() as (address, bucket):
        blobs = s3_blobs(address, tmp_path, bucket)
        await blobs.put(KEY, LONG)
        paths = await asyncio.gather(*(blobs.path(KEY) for _ in range(4)))
        assert {path.read_bytes() for path in paths} == {LONG}
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
