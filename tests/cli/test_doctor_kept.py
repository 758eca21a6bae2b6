"""`vtai doctor` on what is kept, with a real file, database and store of files."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.doctored import PASSWORD, data_dir, kept, without_secrets
from tests.cli.test_doctor import line
from tests.storage.files.s3 import Told, failing_s3, sound_s3, with_keys
from tests.storage.servers import running


@pytest.fixture
def shell() -> Shell:
    return Shell(uses_model_file=True)


@pytest.fixture
def dead_port() -> Iterator[int]:
    """Taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_nothing_is_made_by_looking(shell: Shell) -> None:
    out = shell("doctor").out
    assert line(out, "database") == "[ok] database: SQLite, empty; the first start makes its tables"
    assert line(out, "files").startswith("[ok] files: in the data folder")
    assert not (data_dir() / "vtai.db").exists()


def test_a_database_of_ones_own_is_told_with_its_size(shell: Shell) -> None:
    kept()
    out = shell("doctor").out
    assert line(out, "database").startswith("[ok] database: SQLite, 0.")
    assert line(out, "database").endswith("tables up to date")
    assert line(out, "files").endswith("one was written, read and deleted")


@pytest.mark.parametrize(
    ("revision", "said", "code"),
    [
        pytest.param("0001", "[!!] database: SQLite, ", 0, id="older"),
        pytest.param("9999", "[no] database: SQLite, ", 1, id="newer"),
    ],
)
def test_tables_of_another_version_are_told_and_left_alone(
    shell: Shell, revision: str, said: str, code: int
) -> None:
    kept()
    with sqlite3.connect(data_dir() / "vtai.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    outcome = shell("doctor")
    assert outcome.code == code
    assert line(outcome.out, "database").startswith(said)
    assert "fix: " in line(outcome.out, "database")
    with sqlite3.connect(data_dir() / "vtai.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
    connection.close()


def test_a_damaged_database_is_a_no_with_its_fix(shell: Shell) -> None:
    data_dir().mkdir(parents=True)
    (data_dir() / "vtai.db").write_bytes(b"nothing that SQLite knows" * 100)
    outcome = shell("doctor")
    assert outcome.code == 1
    assert "vtai restore" in line(outcome.out, "database")


def test_a_database_that_does_not_answer_is_a_no_without_its_password(
    shell: Shell, dead_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VT_DATABASE_URL", f"postgresql://me:{PASSWORD}@127.0.0.1:{dead_port}/vtai")
    outcome = without_secrets(shell("doctor"))
    assert outcome.code == 1
    assert f"cannot be reached just now at 127.0.0.1:{dead_port}/vtai" in line(outcome.out, "database")


@pytest.mark.slow
def test_a_postgresql_is_told_with_its_tables(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as server, server.database() as url, server.database(is_empty=True) as empty:
        monkeypatch.setenv("VT_DATABASE_URL", url)
        assert "tables up to date" in line(shell("doctor").out, "database")
        monkeypatch.setenv("VT_DATABASE_URL", empty)
        assert "the first start makes its tables" in line(shell("doctor").out, "database")


@pytest.mark.slow
def test_a_store_of_files_is_tried_out_and_left_as_it_was(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    with_keys(monkeypatch)
    with sound_s3() as (address, bucket):
        monkeypatch.setenv("VT_FILES_URL", f"s3://{bucket}/vtai")
        monkeypatch.setenv("VT_FILES_ENDPOINT", address)
        told = line(shell("doctor").out, "files")
        assert told == f"[ok] files: s3://{bucket}/vtai at {address}; one was written, read and deleted"
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
        client.close()
        monkeypatch.setenv("VT_FILES_URL", f"s3://{bucket}-other")
        assert "no such bucket" in line(shell("doctor").out, "files")


@pytest.mark.slow
def test_a_store_of_files_that_refuses_is_a_no(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with_keys(monkeypatch)
    with failing_s3(Told(403, "AccessDenied")) as address:
        monkeypatch.setenv("VT_FILES_URL", "s3://bucket")
        monkeypatch.setenv("VT_FILES_ENDPOINT", address)
        told = line(without_secrets(shell("doctor")).out, "files")
        assert told.startswith("[no] files: s3://bucket at ")
        assert "AWS_ACCESS_KEY_ID" in told


def test_the_last_backup_is_told_and_an_old_one_is_a_warning(shell: Shell, tmp_path: Path) -> None:
    kept()
    assert line(shell("doctor").out, "backups").startswith("[--] backups: none")
    assert shell("backup", str(tmp_path / "vtai.tar.gz")).code == 0
    assert line(shell("doctor").out, "backups") == "[ok] backups: the last one was made today"
    os.utime(data_dir() / "last-backup", (1_700_000_000, 1_700_000_000))
    assert line(shell("doctor").out, "backups").startswith("[!!] backups: ")
