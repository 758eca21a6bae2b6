"""What keeps things, where it is not there at the start or not as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.storage.files.s3 import Told, failing_s3, sound_s3, with_keys
from tests.storage.servers import running
from vtai import settings, wiring
from vtai.core.errors import SettingsError, StorageUnavailable
from vtai.core.readiness import Readiness
from vtai.settings import Loaded
from vtai.wiring.storing import FILES, STORE, Storing


def loaded(data_dir: Path, **overrides: str) -> Loaded:
    return replace(settings.load(overrides), data_dir=data_dir)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.01)


async def failed(readiness: Readiness, part: str, warm: Callable[[], Awaitable[None]]) -> StorageUnavailable:
    """What it fails with, noted as at the start."""
    with pytest.raises(StorageUnavailable) as caught:
        await warm()
    readiness.mark_failed(part, caught.value)
    return caught.value


async def test_a_folder_that_can_be_written_later_makes_the_store_ready(tmp_path: Path) -> None:
    (in_the_way := tmp_path / "data").touch()
    readiness = Readiness((STORE,))
    storing = Storing(loaded(in_the_way), readiness, first_wait_s=0.01)
    try:
        error = await failed(readiness, STORE, storing.warm)
        assert "data folder" in error.message
        assert readiness.states == {STORE: "failed"}
        in_the_way.unlink()
        await until(lambda: readiness.is_ready)
        await readiness.wait(STORE)
    finally:
        await storing.aclose()


async def test_who_asks_first_makes_it_ready_too(tmp_path: Path) -> None:
    (in_the_way := tmp_path / "data").touch()
    readiness = Readiness((STORE,))
    storing = Storing(loaded(in_the_way), readiness, first_wait_s=3_600)
    try:
        await failed(readiness, STORE, storing.warm)
        in_the_way.unlink()
        await storing.ready()
        assert readiness.states == {STORE: "ready"}
    finally:
        await storing.aclose()


async def test_it_ends_while_it_still_tries(tmp_path: Path) -> None:
    (in_the_way := tmp_path / "data").touch()
    readiness = Readiness((STORE,))
    storing = Storing(loaded(in_the_way), readiness, first_wait_s=0.01)
    await failed(readiness, STORE, storing.warm)
    await storing.aclose()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


def through_link(url: str, folder: Path) -> tuple[Path, Path, str]:
    """Where the server's socket lies, a link to it that is still to be made, and the address by that link."""
    address, link = urlsplit(url), folder / "run"
    at_link = address._replace(query=urlencode({"host": str(link)})).geturl()
    return Path(parse_qs(address.query)["host"][0]), link, at_link


@pytest.mark.slow
async def test_a_database_that_goes_away_is_noticed_and_so_is_its_return(tmp_path: Path) -> None:
    with running() as server, server.database(is_empty=True) as url:
        folder, link, at_link = through_link(url, tmp_path)
        link.symlink_to(folder)
        readiness = Readiness((STORE,))
        storing = Storing(loaded(tmp_path, database_url=at_link), readiness, look_every_s=0.01)
        try:
            await storing.ready()
            assert readiness.is_ready
            link.unlink()
            server.hang_up()
            await until(lambda: readiness.states == {STORE: "failed"})
            with pytest.raises(StorageUnavailable, match="cannot be reached"):
                await readiness.wait(STORE)
            link.symlink_to(folder)
            await until(lambda: readiness.is_ready)
        finally:
            await storing.aclose()


@pytest.mark.slow
async def test_a_postgresql_that_comes_up_later_makes_the_store_ready(tmp_path: Path) -> None:
    """Its socket lies in a folder that is somewhere else at the start."""
    with running() as server, server.database(is_empty=True) as url:
        folder, link, at_link = through_link(url, tmp_path)
        readiness = Readiness((STORE,))
        storing = Storing(loaded(tmp_path, database_url=at_link), readiness, first_wait_s=0.01)
        try:
            error = await failed(readiness, STORE, storing.warm)
            assert "cannot be reached" in error.message
            link.symlink_to(folder)
            await until(lambda: readiness.is_ready)
        finally:
            await storing.aclose()


@pytest.mark.slow
async def test_files_are_tried_out_at_the_start_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keys(monkeypatch)
    with sound_s3() as (address, bucket):
        import boto3

        readiness = Readiness((FILES,))
        place = loaded(tmp_path, files_url=f"s3://{bucket}-late/vtai", files_endpoint=address)
        storing = Storing(place, readiness, first_wait_s=0.01)
        assert tuple(storing.warm_ups) == (STORE, FILES)
        try:
            error = await failed(readiness, FILES, storing.try_files)
            assert "no such bucket" in error.message
            client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
            await asyncio.to_thread(client.create_bucket, Bucket=f"{bucket}-late")
            await until(lambda: readiness.is_ready)
            left = await asyncio.to_thread(client.list_objects_v2, Bucket=f"{bucket}-late")
            assert left["KeyCount"] == 0
            client.close()
        finally:
            await storing.aclose()


@pytest.mark.slow
async def test_files_whose_keys_are_refused_are_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keys(monkeypatch)
    with failing_s3(Told(403, "InvalidAccessKeyId")) as address:
        storing = Storing(loaded(tmp_path, files_url="s3://bucket", files_endpoint=address))
        with pytest.raises(StorageUnavailable, match="refuses its keys"):
            await storing.try_files()


@pytest.mark.parametrize(
    ("url", "endpoint", "said"),
    [
        pytest.param("https://bucket/x", None, "VT_FILES_URL", id="another scheme"),
        pytest.param("s3://", None, "VT_FILES_URL", id="no bucket"),
        pytest.param("s3:///prefix", None, "VT_FILES_URL", id="no bucket and a prefix"),
        pytest.param("bucket", None, "VT_FILES_URL", id="a bare name"),
        pytest.param("s3://bucket", "s3.example.org", "VT_FILES_ENDPOINT", id="an endpoint without scheme"),
    ],
)
def test_where_files_can_never_be_kept_the_start_is_refused(
    tmp_path: Path, url: str, endpoint: str | None, said: str
) -> None:
    place = loaded(tmp_path, files_url=url, **({"files_endpoint": endpoint} if endpoint else {}))
    with pytest.raises(SettingsError, match=said):
        wiring.build(place)


def test_files_in_the_data_folder_are_no_part_of_their_own(tmp_path: Path) -> None:
    assert tuple(Storing(loaded(tmp_path)).warm_ups) == (STORE,)
