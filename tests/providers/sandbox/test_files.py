"""Names, kinds and the keeping of files that code made; folders that it left behind."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import Clock, key
from vtai.providers.sandbox.files import KeptFiles, clean_name, media_type, unlike
from vtai.providers.sandbox.trees import remove_tree
from vtai.providers.sandbox.watchdog import is_within, resident_bytes

MIB = 1 << 20


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack("!I4sII", 13, b"IHDR", width, height) + b"\x08\x02\x00\x00\x00"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        pytest.param("plot.png", "plot.png", id="plain"),
        pytest.param("Umsätze 2026 (neu).csv", "Umsätze 2026 (neu).csv", id="words"),
        pytest.param("../../etc/passwd", "passwd", id="up"),
        pytest.param("out\\..\\a.txt", "a.txt", id="backslashes"),
        pytest.param("<img src=x onerror=alert(1)>.html", "_img src=x onerror=alert(1)_.html", id="markup"),
        pytest.param("a\nb\x00c\u202ed.txt", "a_b_c_d.txt", id="controls and a turn of the writing"),
        pytest.param(".bashrc", "bashrc", id="hidden"),
        pytest.param("...", "file", id="dots"),
        pytest.param("\udcff\udcfe", "file", id="no text"),
        pytest.param("CON.txt", "_CON.txt", id="a device of Windows"),
        pytest.param("x" * 300 + ".csv", "x" * 116 + ".csv", id="long"),
        pytest.param("ä" * 300, "ä" * 60, id="long in bytes"),
    ],
)
def test_a_name_becomes_safe_and_stays_like_itself(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert unlike("a.csv", ["A.csv", "a (2).csv"]) == "a (3).csv"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        pytest.param("a.png", png(10, 10), "image/png", id="a picture"),
        pytest.param("a.png", png(30_000, 30_000), "application/octet-stream", id="an enormous picture"),
        pytest.param("a.png", b"<svg onload='alert(1)'>", "application/octet-stream", id="no picture"),
        pytest.param("a.jpg", png(10, 10), "image/png", id="another picture"),
        pytest.param("a.csv", b"a,b\n", "text/csv", id="by its name"),
        pytest.param("a.html", b"<script>", "text/html", id="a page, to download"),
        pytest.param("thing", b"%PDF-1.7", "application/pdf", id="by its beginning"),
        pytest.param("thing", b"\x00\x01", "application/octet-stream", id="unknown"),
    ],
)
def test_the_kind_is_what_name_and_content_agree_on(name: str, data: bytes, kind: str) -> None:
    assert media_type(name, data) == kind


async def test_files_are_kept_up_to_the_limits_under_names_that_say_nothing(tmp_path: Path) -> None:
    clock = Clock()
    kept = KeptFiles(tmp_path, each_bytes=10, total_bytes=15, age_s=100, clock=clock)
    assert await kept.keep(key("c1"), "a/secret.txt", b"x" * 6)
    assert not await kept.keep(key("c1"), "b.txt", b"x" * 5)
    assert await kept.keep(key("c1"), "a/secret.txt", b"y" * 10)
    assert [(file.name, file.path.read_bytes()) for file in kept.of(key("c1"))] == [
        ("a/secret.txt", b"y" * 10)
    ]
    assert not list(tmp_path.rglob("*secret*"))
    assert oct(kept.of(key("c1"))[0].path.parent.stat().st_mode)[-3:] == "700"
    clock.now += 1
    assert await kept.keep(key("c2"), "c.txt", b"x" * 6)
    assert kept.of(key("c1")) == ()
    clock.now += 101
    await kept.forget_old()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    await kept.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_removed_however_deep_and_closed_it_is(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("stays")
    root = tmp_path / "root"
    root.mkdir()
    here = os.open(root, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    (root / "closed").mkdir(mode=0o000)
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to(outside)
    remove_tree(root)
    assert not root.exists()
    assert (outside / "file").read_text() == "stays"


@pytest.mark.parametrize(
    ("make", "is_fine"),
    [
        pytest.param("small", True, id="little in it"),
        pytest.param("large", False, id="too large"),
        pytest.param("many", False, id="too many"),
        pytest.param("deep", False, id="too deep"),
        pytest.param("sparse", True, id="a hole takes no room"),
        pytest.param("link", True, id="what a link leads to is not its own"),
        pytest.param("pipe", True, id="a pipe is not waited for"),
    ],
)
def test_a_folder_is_measured_without_following_anything(tmp_path: Path, make: str, is_fine: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    big = tmp_path / "big"
    big.write_bytes(bytes(3 * MIB))
    match make:
        case "small":
            (folder / "a").write_bytes(bytes(1000))
        case "large":
            (folder / "a").mkdir()
            (folder / "a" / "b").write_bytes(bytes(3 * MIB))
        case "many":
            for number in range(60):
                (folder / str(number)).touch()
        case "deep":
            folder.joinpath(*"d" * 80).mkdir(parents=True)
        case "sparse":
            with (folder / "a").open("wb") as file:
                file.truncate(100 * MIB)
        case "link":
            (folder / "a").symlink_to(big)
            (folder / "b").symlink_to(tmp_path)
        case "pipe":
            os.mkfifo(folder / "a")
    assert is_within(folder, 2 * MIB, 50 if make == "many" else 500) is is_fine


def test_memory_is_that_of_the_process_and_of_nothing_that_is_gone() -> None:
    assert resident_bytes(os.getpid()) > 5 * MIB
    assert resident_bytes(2**22 + 1) == 0
